"""What each customer can be given: the admissible actions with their factors, ranked by value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from persona.buckets import hashed, hashes, mixed
from persona.decisions.prices import answered, key
from persona.decisions.value import inclined, propensity, value_milli
from persona.policy.actions import SLOTS, Action
from persona.policy.rules import Holdout

__all__ = ["SCHEMA", "proposals", "ties"]

SCHEMA = pl.Schema(
    {
        "customer_no": pl.Int64,
        "slot": pl.UInt8,
        "rank": pl.Int16,
        "action": pl.Int16,
        "value_milli": pl.Int64,
        "tie": pl.UInt64,
        "is_ghost": pl.Boolean,
        "p": pl.Float64,
        "odds": pl.Float64,
        "worth_minor": pl.Int64,
        "context_percent": pl.Int64,
        "lever_percent": pl.Int64,
        "expected_loss_minor": pl.Float64,
        "point": pl.Int8,
        "band": pl.UInt8,
    }
)


def proposals(
    verdicts: pl.DataFrame,
    factors: pl.DataFrame,
    propensities: pl.DataFrame,
    units: pl.DataFrame,
    actions: Sequence[Action],
    *,
    holdouts: Sequence[Holdout] = (),
) -> pl.DataFrame:
    """Every admissible action of every customer, the most valuable first.

    Grain: one row a customer, action and open price of its ladder that nothing refuses and whose value is known; sorted
    by customer, slot, rank.
    Reads: ``reason_<action>`` of ``verdicts``; ``factors``; ``p_<offer>`` of ``propensities``; ``customer_id`` and
    ``holdout_<id>`` of ``units``. All four have the same customers in the same order.
    Makes: ``slot`` (place in SLOTS), ``rank`` (from 1; ties by ``tie``, a hash), ``value_milli``, ``is_ghost`` (a
    holdout keeps it from being sent), the factors of the value, ``expected_loss_minor``: p times the offer's loss (0
    where it says none; null where what it reads is not known), ``point`` (place on the price ladder) and ``band``
    (place in its rate table; both null where the offer has one price).
    """
    hashed_customers = hashes("tie", units["customer_id"])
    frames = [pl.DataFrame(schema={**SCHEMA, "better": pl.Int8})]
    for action in actions:
        rows = np.flatnonzero(verdicts[f"reason_{action.index}"].to_numpy() == 0)
        proposed = pl.concat([_proposed(action, point, rows, factors, propensities) for point in action.points])
        at = proposed["row"].to_numpy()
        frames.append(
            proposed.with_columns(
                slot=pl.lit(SLOTS.index(action.slot), dtype=pl.UInt8),
                rank=pl.lit(None, dtype=pl.Int16),
                action=pl.lit(action.index, dtype=pl.Int16),
                tie=pl.Series(ties(hashed_customers[at], action.name), dtype=pl.UInt64),
                is_ghost=_is_ghost(action, units, holdouts).gather(at),
            )
            .filter(pl.col("value_milli").is_not_null())
            .select(*SCHEMA.names(), "better")
        )
    return _ranked(pl.concat(frames))


def ties(customers: NDArray[np.uint64], name: str) -> NDArray[np.uint64]:
    """What decides between equal values: a hash of each customer's hash and the action's name, ``mixed``."""
    return mixed(customers, hashed("tie", name))


def _proposed(
    action: Action, point: int | None, rows: NDArray[np.int64], factors: pl.DataFrame, propensities: pl.DataFrame
) -> pl.DataFrame:
    """The action of some customers at one price, as far as it is open to them."""
    offer, name = action.offer.offer, key(action.offer, point)
    if point is not None:
        rows = rows[factors[f"open_{name}"].to_numpy()[rows]]
    worth = factors[f"worth_{name}"].gather(rows)
    chance = propensities[f"p_{offer}"].gather(rows)
    odds = inclined(factors, action).gather(rows)
    shift = np.log(odds.to_numpy())
    if point is not None:
        shift = shift + factors[f"shift_{name}"].gather(rows).to_numpy()
    if np.any(shift):
        chance = pl.Series(answered(chance.fill_null(float("nan")).to_numpy(), shift)).fill_nan(None)
    is_known = worth.is_not_null() & chance.is_not_null()
    context, lever = (factors[f"{name}_{offer}"].gather(rows) for name in ("context", "lever"))
    p = propensity(chance.fill_null(0.0).to_numpy(), action)
    loss = factors[f"loss_{name}"].gather(rows) if action.offer.expected_loss else pl.Series([0.0] * len(rows))
    value = value_milli(p, worth.fill_null(0).to_numpy(), context.to_numpy(), lever.to_numpy(), action)
    if action.hours:
        value -= factors[f"far_{action.hours.id}"].gather(rows).to_numpy()
    return pl.DataFrame(
        {
            "customer_no": factors["customer_no"].gather(rows),
            "value_milli": pl.Series(value),
            "p": pl.Series(p),
            "odds": odds,
            "worth_minor": worth,
            "context_percent": context,
            "lever_percent": lever,
            "expected_loss_minor": pl.Series(p) * loss.cast(pl.Float64),
            "point": pl.Series([point] * len(rows), dtype=pl.Int8),
            "band": pl.Series([None] * len(rows), dtype=pl.UInt8)
            if point is None
            else factors[f"band_{offer}"].gather(rows),
            "better": pl.Series([_better(action, point)] * len(rows), dtype=pl.Int8),
            "row": pl.Series(rows),
        }
    ).with_columns(value_milli=pl.when(is_known).then("value_milli"))


def _better(action: Action, point: int | None) -> int:
    """Which of equals is told: the price that is better for the customer."""
    return 0 if action.offer.price is None or point is None else action.offer.price.best_first.index(point)


def _is_ghost(action: Action, units: pl.DataFrame, holdouts: Sequence[Holdout]) -> pl.Series:
    names = [
        f"holdout_{rule.id}"
        for rule in holdouts
        if action.slot == "marketing" and (not rule.offers or action.offer.offer in rule.offers)
    ]
    return units.select(x=pl.any_horizontal(pl.col("customer_id").is_null(), *names))["x"]


def _ranked(frame: pl.DataFrame) -> pl.DataFrame:
    by = ["customer_no", "slot", "value_milli", "tie", "action", "better"]
    ordered = frame.sort(by, descending=[False, False, True, False, False, False]).drop("better")
    rank = pl.int_range(1, pl.len() + 1, dtype=pl.Int16).over("customer_no", "slot")
    return ordered.with_columns(rank=rank)
