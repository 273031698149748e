"""Silent attrition: whether each customer will buy again soon, and who is about to stay away without a word.

BG/NBD knows when a silence is too long for a customer's own beat; decayed counts know how that beat has changed. Both
stacked into one logistic regression were best in six of six tests on real purchases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from persona.scores.affinity_state import Floats
from persona.scores.bgnbd import BgNbd, buys_again, fit_bgnbd
from persona.scores.cards import Measured, ModelCard, measured
from persona.scores.drift import drifts
from persona.scores.gates import few_positives, leaks, no_skill
from persona.scores.habits import TERMS, habits
from persona.scores.logistic import fit_logistic, logistic, weighed
from persona.scores.occasions import Occasions
from persona.scores.search import rounded

__all__ = ["Attrition", "attrition", "chance_to_buy", "fit_attrition"]

HORIZON_DAYS = 30
_EARLIER_DAYS = 90
_LEAST_OCCASIONS = 3
_AT_RISK = 0.5
_RIDGE = 10.0
"""1 / C of an L2 penalty with C = .1."""
_LEAST_POSITIVES = 100
"""Measured on Complete Journey: the stacked model is the better one from about a hundred who stayed away."""
_DIGITS = 6
_NAIVE = "as often as those who did, or did not, buy in the days before"


@dataclass(frozen=True, slots=True)
class Attrition:
    """A fitted model; plain numbers, 12 digits."""

    bgnbd: BgNbd
    gap_days: float
    """The book's mean gap between two occasions."""
    coefficients: tuple[float, ...]
    """Constant and one for each of TERMS; none: the chance of BG/NBD alone is used."""
    horizon_days: int


def fit_attrition(
    seen: Occasions, *, as_of: date, horizon_days: int = HORIZON_DAYS, incomplete: str = ""
) -> tuple[Attrition | None, ModelCard]:
    """The model of a sample's occasions, learnt a horizon back, and its card; None where nobody bought twice before.

    ``incomplete`` says why the last months cannot be learnt from; empty where they can. The skill is measured honestly:
    a model learnt two horizons back foretells the last one.
    """
    past = seen.earlier(horizon_days)
    happened = _bought_within(seen, horizon_days)
    candidates, why = _fitted(past, happened, horizon_days=horizon_days)
    reasons = [one for one in (incomplete, why) if one]
    model, tested = None, None
    for candidate in candidates if not incomplete else candidates[-1:]:
        tested = _tested(seen, horizon_days, is_stacked=bool(candidate.coefficients))
        worse = no_skill(tested.log_loss, tested.naive_log_loss) if tested else ""
        if not worse:
            model = candidate
            break
        reasons.append(f"{_name(candidate)} is {worse}")
    return model, _card(model, seen, past, happened, tested, reasons, as_of=as_of, horizon_days=horizon_days)


def _fitted(past: Occasions, happened: Floats, *, horizon_days: int) -> tuple[tuple[Attrition, ...], str]:
    """The stacked model and, to fall back on, BG/NBD alone; why there are not both."""
    if not len(past.gaps()[0]):
        return (), "nobody has bought on two days"
    bgnbd = fit_bgnbd(past.only(past.count() > 0).histories())
    alone = Attrition(bgnbd, rounded([past.gaps()[1].mean()])[0], (), horizon_days)
    here = past.count() > 0
    terms, label = _terms(past, alone)[here], happened[here]
    why = few_positives(label, least=_LEAST_POSITIVES) or leaks(terms, label, TERMS, habits=TERMS)
    if why:
        return (alone,), why
    fitted = rounded(fit_logistic(terms, label, ridge=_RIDGE))
    return (replace(alone, coefficients=fitted), alone), ""


def _name(model: Attrition | None) -> str:
    if model is None:
        return "nothing"
    return "BG/NBD stacked with decayed counts" if model.coefficients else "BG/NBD alone"


def _bought_within(seen: Occasions, days: int) -> Floats:
    bought = np.zeros(len(seen.customers))
    bought[seen.who[seen.age_days <= days]] = 1.0
    return bought


def _terms(seen: Occasions, model: Attrition) -> Floats:
    chance = np.clip(buys_again(model.bgnbd, seen.histories(), horizon=model.horizon_days), 1e-6, 1 - 1e-6)
    return habits(seen, gap_days=model.gap_days, renewal=np.log(chance / (1 - chance)))


def chance_to_buy(seen: Occasions, model: Attrition) -> Floats:
    """The probability that each customer buys within the horizon, 6 digits; 0 of those who never bought."""
    chance = buys_again(model.bgnbd, seen.histories(), horizon=model.horizon_days)
    if model.coefficients:
        chance = logistic(weighed(_terms(seen, model), model.coefficients))
    return np.asarray(np.round(np.where(seen.count() > 0, chance, 0.0), _DIGITS))


def attrition(seen: Occasions, model: Attrition | None) -> pl.DataFrame:
    """Whether each customer will buy again, and who is at risk of leaving in silence.

    Grain: one row a customer, sorted. Makes: ``buys_30d`` (probability to buy anything within the horizon, 6 digits;
    null: never bought, or no model), ``is_at_risk`` (it is below half of the customer's own of 90 days ago; false also
    where fewer than three occasions were known then, whose beat says nothing; null: no model).
    """
    here = seen.count() > 0
    if model is None:
        flag = pl.lit(None, dtype=pl.Boolean)
        return pl.DataFrame({"customer_no": seen.customers}).with_columns(
            buys_30d=pl.lit(None, dtype=pl.Float64), is_at_risk=flag
        )
    then = seen.earlier(_EARLIER_DAYS)
    now, before = chance_to_buy(seen, model), chance_to_buy(then, model)
    at_risk = (then.count() >= _LEAST_OCCASIONS) & (now < _AT_RISK * before)
    frame = pl.DataFrame({"customer_no": seen.customers, "now": now, "here": here, "is_at_risk": at_risk})
    return frame.select("customer_no", buys_30d=pl.when("here").then("now"), is_at_risk="is_at_risk")


def _tested(seen: Occasions, horizon_days: int, *, is_stacked: bool) -> Measured | None:
    """A model learnt two horizons back, against what happened in the last one."""
    long_past, past = seen.earlier(2 * horizon_days), seen.earlier(horizon_days)
    learnt, happened = _bought_within(past, horizon_days), _bought_within(seen, horizon_days)
    models, _ = _fitted(long_past, learnt, horizon_days=horizon_days)
    if not models:
        return None
    model = models[0 if is_stacked else -1]
    here, before = past.count() > 0, long_past.count() > 0
    rates = _rates(_bought_within(long_past, horizon_days)[before], learnt[before])
    naive = rates[_bought_within(past, horizon_days).astype(np.int64)]
    return measured(chance_to_buy(past, model)[here], happened[here], naive[here], naive=_NAIVE)


def _rates(recent: Floats, happened: Floats) -> Floats:
    """How often those bought who did not, and who did, buy in the days before."""
    kinds = recent.astype(np.int64)
    bought, all_of = np.bincount(kinds, happened, minlength=2), np.bincount(kinds, minlength=2)
    return np.asarray((bought + 0.5) / (all_of + 1.0), dtype=np.float64)


def _card(
    model: Attrition | None,
    seen: Occasions,
    past: Occasions,
    happened: Floats,
    tested: Measured | None,
    why: Sequence[str],
    *,
    as_of: date,
    horizon_days: int,
) -> ModelCard:
    before = past.count() > 0
    moved = {}
    if model:
        learnt, now = _terms(past, model)[before], _terms(seen, model)[seen.count() > 0]
        moved = drifts(*({name: side[:, at] for at, name in enumerate(TERMS)} for side in (learnt, now)))
    start = as_of - timedelta(days=horizon_days)
    return ModelCard(
        model="attrition",
        says=(
            f"Probability that a customer buys anything in the next {horizon_days} days.",
            f"At risk is who stands below half of his own probability of {_EARLIER_DAYS} days ago.",
            "Inputs: days and amounts of purchases. No age, gender, place or other attribute of the person is used.",
            "Not for credit decisions. Who pays elsewhere has not left the bank: read it beside his balances.",
        ),
        as_of=str(as_of),
        horizon_days=horizon_days,
        learnt_from=(f"purchase days before {start}, and who bought from then until {as_of}",),
        customers=int(before.sum()),
        positives=int(happened[before].sum()),
        measured=tested,
        drift=moved,
        not_trusted_because=tuple(why),
        used=_name(model),
        numbers=asdict(model) if model else {},
    )
