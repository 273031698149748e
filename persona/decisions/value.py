"""What each action is worth to the bank with each customer, factor by factor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from persona.money import MILLI
from persona.policy.actions import Action
from persona.policy.catalog import Lever, Offer
from persona.policy.conditions import Checked
from persona.policy.rules import DaySlot

__all__ = [
    "MOST_PERCENT",
    "Reader",
    "Urgencies",
    "factors",
    "hours_off",
    "inclined",
    "minor",
    "propensity",
    "value_milli",
]

Reader = Callable[..., Checked]
"""``(model, *path)``: the compiled expression that stands at a path of a file, as ``Policy.checked`` gives it."""

MOST_PERCENT = 300
"""Levers together multiply a value by 0 to 4, however many of them apply."""

DIGITS = 6
"""Decimals of a propensity, before it is compared with anything."""

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


Urgencies = Mapping[str, Sequence[tuple[str, int]]]
"""By offer the flags of what makes it urgent, and by how many per cent."""


def factors(
    profile: pl.DataFrame, offers: Iterable[Offer], *, day: date, read: Reader, urgencies: Urgencies | None = None
) -> pl.DataFrame:
    """What each offer is worth to accept, and by how many per cent the situation and the business move that.

    Grain: one row a row of ``profile``, in its order.
    Reads: the columns of the offers' ``worth``, ``context`` and ``levers``; the flags of ``urgencies``, as
    ``policy.triggers.urgencies`` gives them: what has just happened is a part of the situation.
    Makes: ``worth_<offer>`` (Int64, minor units, halves to even; null: what it reads is not known);
    ``context_<offer>``, ``lever_<offer>`` (Int64, per cent added, -100..300; a lever that has ended or whose condition
    is unknown adds 0); ``loss_<offer>`` of offers that say what is lost where they are accepted. What an offer with a
    price ladder is worth, ``price_factors`` makes of each price.
    """
    columns = [pl.col("customer_no")]
    for offer in offers:
        if not offer.price:
            columns.append(minor(read(offer, "worth").expr).alias(f"worth_{offer.offer}"))
        urgent = [pl.col(flag).cast(pl.Int64) * more for flag, more in (urgencies or {}).get(offer.offer, ())]
        situation = _percent(offer, "context", offer.context, day, read, *urgent)
        columns.append(situation.alias(f"context_{offer.offer}"))
        columns.append(_percent(offer, "levers", offer.levers, day, read).alias(f"lever_{offer.offer}"))
        if offer.expected_loss and not offer.price:
            columns.append(read(offer, "expected_loss").expr.cast(pl.Float64).alias(f"loss_{offer.offer}"))
    return profile.select(columns)


def minor(number: pl.Expr) -> pl.Expr:
    """A number as whole minor units, halves to even; null where it is none."""
    return number.cast(pl.Float64).round(0, mode="half_to_even").cast(pl.Int64, strict=False)


def hours_off(profile: pl.DataFrame, slots: Iterable[DaySlot]) -> pl.DataFrame:
    """How many hours each part of the day lies off each customer's best hour.

    Of parts of the day that are worth the same the one nearest to his best hour is taken: an hour off costs a
    thousandth of a minor unit.
    Grain: one row a row of ``profile``, in its order. Reads: ``best_hour``. Makes: ``far_<slot>`` (Int64, 0..12; 0
    where the best hour is not known).
    """
    hour = pl.col("best_hour") if "best_hour" in profile.columns else pl.lit(None, dtype=pl.Int64)
    far = {one.id: {at: one.far(at) for at in range(24)} for one in slots}
    told = profile.select("customer_no", hour=hour)
    return told.select(
        pl.col("hour").replace_strict(off, default=0, return_dtype=pl.Int64).alias(f"far_{name}")
        for name, off in far.items()
    )


def _percent(offer: Offer, key: str, levers: Sequence[Lever], day: date, read: Reader, *more: pl.Expr) -> pl.Expr:
    # The key, taken times nothing, spreads a lever without a condition over the rows.
    terms = [pl.col("customer_no") * 0, *more]
    for number, lever in enumerate(levers):
        if day < lever.until:
            applies = read(offer, key, number, "when").expr.fill_null(False) if lever.when else pl.lit(value=True)
            terms.append(applies.cast(pl.Int64) * lever.weight)
    return pl.sum_horizontal(terms).clip(-100, MOST_PERCENT)


def inclined(factors: pl.DataFrame, action: Action) -> pl.Series:
    """By which odds each customer's leaning to the action's channel and part of the day moves its propensity.

    Grain: one row a row of ``factors``. Reads: ``odds_by_<channel>``, ``odds_at_<slot>``; without them nothing moves.
    """
    names = [f"odds_by_{action.channel}", *([f"odds_at_{action.hours.id}"] if action.hours else [])]
    odds = pl.Series("odds", np.ones(factors.height))
    for name in names:
        odds = odds * factors[name] if name in factors.columns else odds
    return odds.round(DIGITS).alias("odds")


def propensity(p: Floats, action: Action) -> Floats:
    """The propensity of the offer on the action's channel, at most 1; 6 digits. Null stays NaN."""
    lifted = np.minimum(p * (100 + action.treatment.lift) / 100.0, 1.0)
    rounded: Floats = np.rint(lifted * 10**DIGITS) / 10**DIGITS
    return rounded


def value_milli(p: Floats, worth_minor: Whole, context: Whole, lever: Whole, action: Action) -> Whole:
    """``p worth context lever - cost - fatigue`` in thousandths of a minor unit; halves to even.

    ``context`` and ``lever`` are per cent added. Without cost and fatigue this is Pega's priority: propensity times
    value times context weight times business lever, each weight being 1 + sum / 100.

    Source: Pega Customer Decision Hub, "Arbitrating between actions" (P * C * V * L).
    """
    weight = ((100 + context) * (100 + lever)).astype(np.float64) / 10_000.0
    gain = np.rint(p * worth_minor.astype(np.float64) * weight * MILLI).astype(np.int64)
    cost = MILLI * (action.treatment.cost_minor + action.treatment.fatigue_minor)
    result: Whole = gain - cost
    return result
