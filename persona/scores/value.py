"""Lifetime value: what each customer will probably spend over a stated horizon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from scipy.special import digamma, gammaln

from persona.scores.affinity_state import Floats, Ints
from persona.scores.bgnbd import BgNbd, expected_purchases, fit_bgnbd
from persona.scores.cards import MeasuredAmount, ModelCard, measured_amount
from persona.scores.habits import Habits, habits_back
from persona.scores.occasions import Occasions
from persona.scores.search import least, rounded

__all__ = ["GammaGamma", "Value", "fit_spending", "fit_value", "usual_spending", "value"]

HORIZON_DAYS = 365
_TEST_DAYS = 90
_LEAST_CUSTOMERS = 100
_MOST_CORRELATED = 0.3
_BOUNDS = (-6.0, 8.0)
_NAIVE = f"as much as in the {_TEST_DAYS} days before"


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """How spending an occasion differs between occasions and customers; 12 digits.

    One occasion is Gamma(p, nu), and nu is Gamma(q, scale) over customers. Not to be trusted where those who come
    often also spend more: amounts are taken to be independent of frequency.
    Source: Fader and Hardie (2013), The Gamma-Gamma Model of Monetary Value.
    """

    p: float
    q: float
    scale: float


@dataclass(frozen=True, slots=True)
class Value:
    """A fitted model; plain numbers, 12 digits."""

    bgnbd: BgNbd
    spending: GammaGamma
    level: float
    """What was spent in the last closed 90 days over what was expected of them."""

    @classmethod
    def of(cls, numbers: Mapping[str, Any]) -> Value | None:
        """The same from the numbers of a card; None where it has none."""
        if not numbers:
            return None
        return cls(BgNbd(**numbers["bgnbd"]), GammaGamma(**numbers["spending"]), numbers["level"])


def fit_spending(number: Floats, mean: Floats) -> GammaGamma:
    """The model of customers with ``number`` occasions (1 or more) of ``mean`` amount (> 0)."""
    order = np.lexsort((mean, number))
    x, z = number[order], mean[order]
    unit = float(z.mean())
    z = z / unit

    def loss(logs: Floats) -> tuple[float, Floats]:
        p, q, scale = np.exp(logs)
        sum_of = x * z + scale
        value = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(scale)
        value = value + (p * x - 1) * np.log(z) + p * x * np.log(x) - (p * x + q) * np.log(sum_of)
        both = digamma(p * x + q)
        slopes = (
            x * (both - digamma(p * x) + np.log(z) + np.log(x) - np.log(sum_of)),
            both - digamma(q) + np.log(scale) - np.log(sum_of),
            q / scale - (p * x + q) / sum_of,
        )
        return -float(value.mean()), -np.array([slope.mean() for slope in slopes]) * np.exp(logs)

    p, q, scale = np.exp(least(loss, np.log([5.0, 4.0, 1.0]).tolist(), bounds=_BOUNDS)).tolist()
    return GammaGamma(*rounded((p, q, scale * unit)))


def usual_spending(model: GammaGamma, number: Floats, mean: Floats) -> Floats:
    """What each customer is expected to spend an occasion; the book's mean of who never bought.

    Source: the note's eq. 5, the weighted mean of the customer's own and the book's.
    """
    weight = model.p * number + model.q - 1
    return np.asarray(model.p * (model.scale + number * mean) / np.where(weight > 0, weight, np.nan))


def fit_value(seen: Occasions, *, as_of: date, incomplete: str = "") -> tuple[Value | None, ModelCard]:
    """The model of a sample's occasions and its card; None where a gate speaks against it.

    That is: fewer than 100 customers have bought on two days, a month is missing, it foretold the last 90 days no
    better than what each customer spent in the 90 days before, or, where that is not so or cannot be tested, who comes
    often also spends more each time, which gamma-gamma takes for chance.

    Its level is that of the last 90 days against what a model of the day before them expected. Its skill is measured
    honestly: the last 90 days against a model and a level of before.
    """
    recent, recent_then = (_recent(one) for one in (seen, seen.earlier(_TEST_DAYS)))
    long_past, past, now = habits_back(seen, 2 * _TEST_DAYS, _TEST_DAYS, 0)
    why = [incomplete] if incomplete else []
    tested = None
    model, then, long_ago = (_bare(one) for one in (now, past, long_past))
    if model and then and not incomplete:
        if long_ago:
            then_levelled = replace(then, level=_level(recent_then, long_past, long_ago))
            tested = _tested(recent, recent_then, past, then_levelled)
        model = replace(model, level=_level(recent, past, then))
    if tested and tested.error >= tested.naive_error:
        why.append("no better than the naive forecast of each customer's spending")
    if model is None:
        why.append(f"fewer than {_LEAST_CUSTOMERS} customers have bought on two days")
    elif (why or not tested) and (bond := _correlation(now)) > _MOST_CORRELATED:
        why.append(f"those who come often also spend more each time (correlation {bond:.2f})")
    model = None if why else model
    return model, _card(model, now, tested, tuple(why), as_of=as_of)


def _level(recent: Floats, past: Habits, model: Value) -> float:
    """What was spent in the last 90 days over what was expected of them, at least a half and at most the double."""
    here = past.count > 0
    expected = float(_expected(past, model, _TEST_DAYS)[here].sum())
    return rounded([np.clip(recent[here].sum() / max(expected, 1.0), 0.5, 2.0)])[0]


def _tested(recent: Floats, recent_then: Floats, past: Habits, model: Value) -> MeasuredAmount | None:
    here = past.count > 0
    foretold = _expected(past, model, _TEST_DAYS)
    return measured_amount(foretold[here], recent[here], recent_then[here], naive=_NAIVE)


def _recent(seen: Occasions) -> Floats:
    """What each customer spent in the last 90 days."""
    spent = np.where(seen.age_days <= _TEST_DAYS, seen.spent_minor, 0).astype(np.float64)
    return np.asarray(np.bincount(seen.who, spent, minlength=len(seen.customers)), dtype=np.float64)


def _bare(seen: Habits) -> Value | None:
    """A model at its own level."""
    several = seen.count > 1
    if several.sum() < _LEAST_CUSTOMERS:
        return None
    here = seen.only(seen.count > 0)
    number, mean = _spending(here)
    repeated = (number > 1) & (mean > 0)
    return Value(fit_bgnbd(here.histories()), fit_spending(number[repeated], mean[repeated]), 1.0)


def _spending(seen: Habits) -> tuple[Floats, Floats]:
    """Occasions and mean spending of each customer."""
    return seen.count.astype(np.float64), seen.spent_minor / np.maximum(seen.count, 1)


def _expected(seen: Habits, model: Value, days: int) -> Floats:
    number, mean = _spending(seen)
    times = expected_purchases(model.bgnbd, seen.histories(), horizon=days)
    return np.asarray(model.level * times * usual_spending(model.spending, number, mean))


def _correlation(seen: Habits) -> float:
    number, mean = _spending(seen)
    several = (number > 1) & (mean > 0)
    if several.sum() < _LEAST_CUSTOMERS or not np.ptp(number[several]) or not np.ptp(mean[several]):
        return 0.0
    return float(np.corrcoef(np.log(number[several]), np.log(mean[several]))[0, 1])


def value(seen: Habits, model: Value | None) -> pl.DataFrame:
    """What each customer will probably spend in the next 365 days, if nothing is done.

    Grain: one row a customer, sorted. Makes: ``spend_next_365d_minor`` (minor units, rounded; null: never bought, or
    no model). It is spending, not the bank's profit: the margin is the bank's own to multiply with.
    """
    if model is None:
        none = pl.lit(None, dtype=pl.Int64).alias("spend_next_365d_minor")
        return pl.DataFrame({"customer_no": seen.customers}).with_columns(none)
    spent: Ints = np.rint(np.nan_to_num(_expected(seen, model, HORIZON_DAYS))).astype(np.int64)
    frame = pl.DataFrame({"customer_no": seen.customers, "spent": spent, "here": seen.count > 0})
    return frame.select("customer_no", spend_next_365d_minor=pl.when("here").then("spent"))


def _card(
    model: Value | None, seen: Habits, tested: MeasuredAmount | None, why: tuple[str, ...], *, as_of: date
) -> ModelCard:
    return ModelCard(
        model="value",
        says=(
            f"What a customer will probably spend in the next {HORIZON_DAYS} days, bills left out, in minor units.",
            "BG/NBD says how often, gamma-gamma how much each time; the level is that of the last 90 days.",
            "It is spending and no profit, and not for credit decisions.",
        ),
        as_of=str(as_of),
        horizon_days=HORIZON_DAYS,
        learnt_from=(f"purchase days before {as_of}", f"level and skill: {as_of - timedelta(days=_TEST_DAYS)} on"),
        customers=int((seen.count > 0).sum()),
        positives=None,
        measured=tested,
        drift={},
        not_trusted_because=why,
        used="BG/NBD with gamma-gamma" if model else "nothing",
        numbers=asdict(model) if model else {},
    )
