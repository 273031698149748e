"""Who is decided for and left in peace, so that the effect of the others' messages can be measured."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from persona.buckets import hashes
from persona.policy.rules import Holdout

__all__ = ["HOLDOUT", "TREATED", "memberships", "new_arms"]

HOLDOUT, TREATED = "holdout", "treated"
"""The arms of a holdout."""

BUCKETS = 10_000
"""How finely a share is told: a hundredth of a per cent."""


def memberships(units: pl.DataFrame, holdouts: Sequence[Holdout], arms: pl.DataFrame) -> pl.DataFrame:
    """The units, each with the holdouts it is in.

    Grain: one row a row of ``units``, in its order.
    Reads: ``customer_id``, ``household_key``; the ledger ``arms`` (``unit``, ``experiment``, ``arm``), which wins over
    the hash, so that a share can grow and nobody changes sides.
    Makes: ``holdout_<id>`` and ``is_ghost`` (in a holdout from all marketing; neither is ever null).

    Source: ``hashed(salt, unit) % 10,000 < share * 10,000``; the unit is the customer's id or the household's key.
    """
    flags = [_is_member(units, rule, arms).alias(f"holdout_{rule.id}") for rule in holdouts]
    for_all = [pl.col(f"holdout_{rule.id}") for rule in holdouts if not rule.offers]
    return units.with_columns(flags).with_columns(is_ghost=pl.any_horizontal(pl.lit(value=False), *for_all))


def new_arms(units: pl.DataFrame, holdouts: Sequence[Holdout], arms: pl.DataFrame, *, day: date) -> pl.DataFrame:
    """The rows that the ledger of arms does not have yet, sorted by experiment and unit.

    Reads: ``units`` as ``memberships`` makes them.
    """
    schema = {"unit": pl.String, "experiment": pl.String, "arm": pl.String, "since": pl.Date, "salt": pl.String}
    rows = [pl.DataFrame(schema=schema)]
    for rule in holdouts:
        known = arms.filter(pl.col("experiment") == rule.id)
        fresh = units.unique(_unit(rule)).join(known, left_on=_unit(rule), right_on="unit", how="anti")
        arm = pl.when(f"holdout_{rule.id}").then(pl.lit(HOLDOUT)).otherwise(pl.lit(TREATED))
        rows.append(
            fresh.select(
                pl.col(_unit(rule)).alias("unit"),
                experiment=pl.lit(rule.id),
                arm=arm,
                since=pl.lit(day),
                salt=pl.lit(rule.salt),
            )
        )
    return pl.concat(rows).sort("experiment", "unit")


def _unit(rule: Holdout) -> str:
    return "household_key" if rule.per == "household" else "customer_id"


def _is_member(units: pl.DataFrame, rule: Holdout, arms: pl.DataFrame) -> pl.Series:
    names = units[_unit(rule)]
    known = arms.filter(pl.col("experiment") == rule.id).select("unit", "arm")
    told = pl.DataFrame({"unit": names}).join(known, on="unit", how="left", maintain_order="left")["arm"]
    drawn = pl.Series(hashes(rule.salt, names) % BUCKETS < int(rule.share * BUCKETS))
    return pl.select(pl.coalesce(pl.lit(told) == HOLDOUT, pl.lit(drawn)))[:, 0]
