"""Who is decided for and left in peace, so that the effect of the others' messages can be measured."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from persona.buckets import hashes
from persona.policy.rules import Holdout, Layer

__all__ = ["BUCKETS", "HOLDOUT", "TREATED", "drawn", "leaks", "memberships", "new_arms", "unit_of"]

HOLDOUT, TREATED = "holdout", "treated"
"""The arms of a holdout."""

BUCKETS = 10_000
"""How finely a share is told: a hundredth of a per cent."""


def memberships(units: pl.DataFrame, holdouts: Sequence[Holdout], arms: pl.DataFrame) -> pl.DataFrame:
    """The units, each with the holdouts it is in.

    Grain: one row a row of ``units``, in its order.
    Reads: ``customer_id``, ``household_key``; the ledger ``arms`` (``unit``, ``experiment``, ``arm``), which wins over
    the hash: nobody leaves a holdout, and none is drawn anew. A share that was widened takes in who would have been in
    it from the start: the same salt and a hash below the new share.
    Makes: ``holdout_<id>`` and ``is_ghost`` (in a holdout from all marketing; neither is ever null).

    Source: ``hashed(salt, unit) % 10,000 < share * 10,000``; the unit is the customer's id or the household's key.
    """
    flags = [_is_held(units, rule, arms).alias(f"holdout_{rule.id}") for rule in holdouts]
    for_all = [pl.col(f"holdout_{rule.id}") for rule in holdouts if not rule.offers]
    return units.with_columns(flags).with_columns(is_ghost=pl.any_horizontal(pl.lit(value=False), *for_all))


def new_arms(units: pl.DataFrame, holdouts: Sequence[Holdout], arms: pl.DataFrame, *, day: date) -> pl.DataFrame:
    """The rows that the ledger of arms does not have yet, or has otherwise: who came into a holdout that was widened.

    Grain: one row a unit and experiment, sorted by experiment and unit. Reads: ``units`` as ``memberships`` makes them.
    """
    rows = [no_arms()]
    for rule in holdouts:
        known = arms.filter(pl.col("experiment") == rule.id)
        first = units.unique(unit_of(rule)).join(known, left_on=unit_of(rule), right_on="unit", how="left")
        fresh = first.filter(pl.col("arm").is_null() | ((pl.col("arm") == TREATED) & pl.col(f"holdout_{rule.id}")))
        arm = pl.when(f"holdout_{rule.id}").then(pl.lit(HOLDOUT)).otherwise(pl.lit(TREATED))
        rows.append(entered(fresh, rule, arm, day=day))
    return pl.concat(rows).sort("experiment", "unit")


def no_arms() -> pl.DataFrame:
    """Rows of the ledger of arms, none yet."""
    schema = {"unit": pl.String, "experiment": pl.String, "arm": pl.String, "since": pl.Date, "salt": pl.String}
    return pl.DataFrame(schema=schema)


def entered(units: pl.DataFrame, rule: Holdout | Layer, arm: pl.Expr, *, day: date) -> pl.DataFrame:
    """The rows of the ledger of arms for some units, in the arm that the expression names for each."""
    unit = pl.col(unit_of(rule)).alias("unit")
    return units.select(unit, experiment=pl.lit(rule.id), arm=arm, since=pl.lit(day), salt=pl.lit(rule.salt))


def unit_of(rule: Holdout | Layer) -> str:
    """The column whose value is drawn."""
    return "household_key" if rule.per == "household" else "customer_id"


def drawn(units: pl.DataFrame, rule: Holdout | Layer, arms: pl.DataFrame, *, salt: str) -> pl.Series:
    """Whether each unit is in an arm: what the ledger says, else the hash below the share."""
    told = _known(units, rule, arms)["arm"]
    lot = pl.Series(hashes(salt, units[unit_of(rule)]) % BUCKETS < int(rule.share * BUCKETS))
    return pl.select(pl.coalesce(pl.lit(told) != TREATED, pl.lit(lot)))[:, 0]


def _is_held(units: pl.DataFrame, rule: Holdout, arms: pl.DataFrame) -> pl.Series:
    """Who is held out; where the share was widened, also who was treated and is below it by the same salt."""
    same = arms.filter(pl.col("salt") == rule.salt) if "salt" in arms.columns else arms.clear()
    was_drawn = _known(units, rule, same)["arm"].is_not_null()
    lot = drawn(units, rule, arms.clear(), salt=rule.salt)
    return drawn(units, rule, arms, salt=rule.salt) | (was_drawn & lot)


def _known(units: pl.DataFrame, rule: Holdout | Layer, arms: pl.DataFrame) -> pl.DataFrame:
    known = arms.filter(pl.col("experiment") == rule.id).select("unit", "arm")
    names = units.select(unit=unit_of(rule))
    return names.join(known, on="unit", how="left", maintain_order="left")


def leaks(units: pl.DataFrame, people: pl.DataFrame, holdouts: Sequence[Holdout]) -> pl.DataFrame:
    """Addresses that customers on both sides of a holdout share: what one is told, the other reads.

    Grain: one row a holdout and kind of address with any, sorted.
    Reads: ``units`` as ``memberships`` makes them; ``customer_no``, ``email``, ``phone`` (tokens) of ``people``.
    Makes: ``experiment``, ``address`` (email or phone), ``addresses``, ``customers`` who are held out and share one.
    """
    schema = {"experiment": pl.String, "address": pl.String, "addresses": pl.Int64, "customers": pl.Int64}
    rows: list[tuple[str, str, int, int]] = []
    for rule in holdouts:
        here = units.select("customer_no", held=f"holdout_{rule.id}").join(people, on="customer_no", how="inner")
        for kind in ("email", "phone"):
            known = here.filter(pl.col(kind).is_not_null())
            sides = known.group_by(kind).agg(is_crossed=pl.col("held").n_unique() > 1)
            crossed = known.join(sides.filter("is_crossed"), on=kind, how="semi")
            if crossed.height:
                held = crossed.filter("held")["customer_no"].n_unique()
                rows.append((rule.id, kind, crossed[kind].n_unique(), held))
    return pl.DataFrame(rows, schema=schema, orient="row").sort("experiment", "address")
