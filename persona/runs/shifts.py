"""Whether the newest delivery of each source looks like the ones before it: in how much it brings, and in what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
from scipy.stats import chi2

from persona.policy.policy import Policy
from persona.scores.drift import psi
from persona.store import Store
from persona.tables import CANONICAL, Column, Contract

__all__ = ["shifts"]

KIND = "bins"
"""The documents of the store that hold the bins of a source's column, made once and kept."""
BINS = 10
WORDS = 40
"""A text column with more different words is not held against its past."""
ALARM, ACT = 0.1, 0.25
LEVEL = 0.999
LITTLE, MUCH = 0.5, 2.0
"""Times what the deliveries before brought: less or more is told."""
FEW = 3
"""Deliveries before it that it takes to know what is usual."""
SCHEMA = {
    "source": pl.String,
    "file": pl.String,
    "column": pl.String,
    "measure": pl.String,
    "before": pl.Float64,
    "now": pl.Float64,
    "by_chance": pl.Float64,
    "level": pl.String,
}


def shifts(store: Store, policy: Policy) -> pl.DataFrame:
    """One row a source and measure, by source; the newest delivery that counts against the earlier ones.

    Makes: ``measure`` (volume: rows of the delivery; psi: population stability index), ``before`` (volume: the median
    of the deliveries before; psi: 0), ``now``, ``by_chance`` (the index that chance alone stays below at .999; null of
    volumes), ``level`` (as before, alarm, act).

    Source: Yurdakul and Naranjo (2020), Statistical properties of the population stability index: the index over B bins
    is asymptotically (1/n + 1/m) chi-square with B - 1 degrees of freedom. Bare thresholds alarm by chance.
    """
    ledger = store.deliveries().filter(pl.col("replaced_by").is_null()).sort("delivered_on", "delivery_no")
    rows: list[tuple[object, ...]] = []
    for source in policy.sources:
        mine = ledger.filter(pl.col("source") == source.source)
        days = mine["delivered_on"].unique().sort()
        if source.into not in CANONICAL or len(days) < 2:  # noqa: PLR2004 - one before, one now
            continue
        now = mine.filter(pl.col("delivered_on") == days[-1])
        before = mine.filter(pl.col("delivered_on") < days[-1])
        file = str(now["name"][0])
        rows += [(source.source, file, *row) for row in _volume(now, before)]
        if source.delivery == "snapshot":
            before = mine.filter(pl.col("delivered_on") == days[-2])
        for column in _compared(CANONICAL[source.into]):
            one = _drift(store, source.source, source.into, column, _numbers(before), _numbers(now))
            rows += [(source.source, file, *row) for row in one]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("source", "measure", "column", nulls_last=False)


def _numbers(deliveries: pl.DataFrame) -> list[int]:
    return deliveries["delivery_no"].to_list()


def _compared(contract: Contract) -> list[Column]:
    """The columns that say what kind of rows these are: no keys, no ids, no instants, nothing that names a person."""
    kinds = (pl.Int64, pl.Float64, pl.String, pl.Boolean)
    return [
        column
        for column in contract.columns
        if column.pii == "none"
        and column.dtype in kinds
        and column.name not in contract.key
        and not column.name.endswith("_id")
    ]


def _volume(now: pl.DataFrame, before: pl.DataFrame) -> Iterator[tuple[object, ...]]:
    per_day = before.group_by("delivered_on").agg(pl.col("loaded").sum())["loaded"]
    usual, rows = float(np.median(per_day.to_numpy())), float(now["loaded"].sum())
    is_odd = len(per_day) >= FEW and not LITTLE * usual <= rows <= MUCH * usual
    yield None, "volume", usual, rows, None, "alarm" if is_odd else "as before"


def _drift(
    store: Store, source: str, table: str, column: Column, before: Sequence[int], now: Sequence[int]
) -> Iterator[tuple[object, ...]]:
    rows = store.scan(table).filter(pl.col("delivery_no").is_in([*before, *now])).select("delivery_no", column.name)
    bins = _bins(store, f"{source}.{column.name}", rows.filter(pl.col("delivery_no").is_in(list(before))), column)
    if bins is None:
        return
    placed = rows.select(_binned(column, bins).alias("bin"), pl.col("delivery_no").is_in(list(now)).alias("is_now"))
    counted = placed.group_by("bin", "is_now").agg(pl.len()).collect()
    sides = []
    for side in (False, True):
        found = dict(counted.filter(pl.col("is_now") == side).select("bin", "len").iter_rows())
        sides.append(np.array([float(found.get(place, 0)) for place in range(len(bins) + 2)]))
    used = (sides[0] + sides[1]) > 0
    n, m = (side.sum() for side in sides)
    if used.sum() < 2 or not n or not m:  # noqa: PLR2004 - one bin alone cannot shift
        return
    index = psi(sides[0][used], sides[1][used])
    by_chance = float(chi2.ppf(LEVEL, int(used.sum()) - 1)) * (1 / n + 1 / m)
    is_real = index > by_chance and index > ALARM
    level = "act" if is_real and index > ACT else "alarm" if is_real else "as before"
    yield column.name, "psi", 0.0, round(index, 4), round(by_chance, 4), level


def _bins(store: Store, name: str, rows: pl.LazyFrame, column: Column) -> list[str] | list[float] | None:
    """The words or inner edges of a column's bins, as kept or made of these rows; None: not to be compared."""
    kept = store.saved(KIND, name)
    if kept is None:
        values = rows.select(column.name).drop_nulls()
        if column.dtype in (pl.String, pl.Boolean):
            words = values.select(pl.col(column.name).cast(pl.String).unique().sort()).head(WORDS + 1).collect()
            kept = {"words": words.to_series().to_list() if words.height <= WORDS else None}
        else:
            at = [number / BINS for number in range(1, BINS)]
            edges = values.select(pl.col(column.name).quantile(q, "lower").alias(str(q)) for q in at).collect().row(0)
            kept = {"edges": sorted({float(edge) for edge in edges if edge is not None})}
        store.save(KIND, name, kept)
    found = kept.get("words", kept.get("edges"))
    return found if isinstance(found, list) and found else None


def _binned(column: Column, bins: list[str] | list[float]) -> pl.Expr:
    """The number of a value's bin; the last two are for words or figures beyond, and for null."""
    value = pl.col(column.name)
    if column.dtype in (pl.String, pl.Boolean):
        places = {word: place for place, word in enumerate(bins)}
        place = value.cast(pl.String).replace_strict(places, default=len(bins), return_dtype=pl.Int64)
    else:
        place = pl.sum_horizontal((value > edge).cast(pl.Int64) for edge in bins)
    return pl.when(value.is_null()).then(len(bins) + 1).otherwise(place)
