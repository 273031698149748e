"""What was told before and stands in the way now: offers that exclude each other, and offers that follow another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from persona.policy.actions import Action
from persona.policy.rules import Conflict
from persona.policy.rules import Sequence as Order

__all__ = ["NOTHING", "out_of_order"]

NOTHING = pl.DataFrame(schema={"customer_no": pl.Int64, "rule": pl.String, "action": pl.Int64})


def out_of_order(
    units: pl.DataFrame,
    history: pl.DataFrame,
    actions: Sequence[Action],
    *,
    conflicts: Sequence[Conflict],
    orders: Sequence[Order],
    day: date,
) -> pl.DataFrame:
    """Every action that is in conflict with what a customer was told, or comes before what it has to follow.

    Grain: one row a customer, rule and action, sorted.
    Reads: ``customer_no``, ``household_key``, ``is_ghost`` of ``units``; ``history`` as ``contact_history`` makes it:
    what was sent, what is on its way and what waits from runs that are not confirmed. A contact on paper counts for the
    customer himself, and for the others of his household only where they are in a control group too.
    Makes: ``rule``, ``action``.
    """
    found = [NOTHING]
    for conflict in conflicts:
        told = _told(history, conflict.within_days, day).filter(pl.col("offer_id").is_in(conflict.never))
        if conflict.per == "household":
            told = _at_home(told, units)
        for action in actions:
            if action.offer.offer in conflict.never:
                others = told.filter(pl.col("offer_id") != action.offer.offer)
                found.append(_rows(others, conflict.id, action))
    for order in orders:
        before = _told(history, order.within_days, day).filter(pl.col("offer_id") == order.after)
        lacking = units.select("customer_no").join(before, on="customer_no", how="anti")
        found += [_rows(lacking, order.id, one) for one in actions if one.offer.offer == order.offer]
    return pl.concat(found).sort(pl.all())


def _at_home(told: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """What was told to anybody of a household, for each of its members."""
    homes = units.select("customer_no", home="household_key", is_paper="is_ghost")
    theirs = told.join(homes.select("customer_no", "home"), on="customer_no").drop("customer_no")
    beside = homes.join(theirs, on="home").filter(~pl.col("is_ghost") | pl.col("is_paper"))
    return beside.select(told.columns)


def _told(history: pl.DataFrame, days: int, day: date) -> pl.DataFrame:
    return history.filter(pl.col("on") >= day - timedelta(days=days))


def _rows(customers: pl.DataFrame, rule: str, action: Action) -> pl.DataFrame:
    return customers.select("customer_no", rule=pl.lit(rule), action=pl.lit(action.index, dtype=pl.Int64)).unique()
