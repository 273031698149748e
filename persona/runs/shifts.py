"""Whether the newest delivery of each source looks like the ones before it: in how much it brings, and in what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import polars as pl
from scipy.stats import chi2

from persona.policy.policy import Policy
from persona.policy.source import Source
from persona.runs.slices import slices
from persona.scores.affinity_state import Floats
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
MANY = 20_000_000
"""Rows of one column that are counted in one go."""
FEW = 3
"""Deliveries before it that it takes to know what is usual."""
PAIRS = 13
"""So many days are held against the one before each of them: a year of months, or two weeks of days."""
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

    Makes: ``measure`` (volume: rows of the day; psi: population stability index against the day before), ``before``
    (volume: the median of the earlier days; psi: the most that one of the last of them differed from the day before
    it, null where fewer than three did), ``now``, ``by_chance`` (the index that chance alone stays below at .999; null
    of volumes), ``level`` (as before; alarm: above .1, above chance and above ``before``; act: the same above .25,
    where ``before`` is known).

    Source: Yurdakul and Naranjo (2020), Statistical properties of the population stability index: the index over B bins
    is asymptotically (1/n + 1/m) chi-square with B - 1 degrees of freedom. Bare thresholds alarm by chance. Rows of one
    customer are alike, so n and m are customers. Balances that grow and months with holidays differ each time: what is
    usual is learned from the days before.
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
        seen = _seen(store, source, mine.filter(pl.col("delivered_on").is_in(days.tail(PAIRS + 1).implode())))
        for column in _compared(CANONICAL[source.into]):
            one = _drift(store, source, column, seen)
            rows += [(source.source, file, *row) for row in one]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("source", "measure", "column", nulls_last=False)


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


@dataclass(frozen=True, slots=True)
class _Seen:
    """The rows of a source's last days of delivery."""

    parts: list[pl.LazyFrame]
    """With ``day``; whole customers each."""
    days: list[date]
    customers: dict[date, int]
    """How many there are of each day; a row of none counts as one."""
    is_same: list[bool]
    """Whether each day but the first has the format of the day before it."""


def _seen(store: Store, source: Source, deliveries: pl.DataFrame) -> _Seen:
    day_of = dict(deliveries.select("delivery_no", "delivered_on").iter_rows())
    day = pl.col("delivery_no").replace_strict(day_of, return_dtype=pl.Date)
    parts = [
        store.scan(source.into, buckets).filter(pl.col("delivery_no").is_in(list(day_of))).with_columns(day=day)
        for buckets in slices(store, source.into, most=MANY)
    ]
    known = pl.col("customer_no")
    customers = _added(parts, ["day"], known.drop_nulls().n_unique().cast(pl.Int64) + known.null_count())
    days = sorted(set(day_of.values()))
    formats = [[version.holds_on(one) for version in source.versions] for one in days]
    return _Seen(parts, days, dict(customers.iter_rows()), [one == other for one, other in pairwise(formats)])


def _drift(store: Store, source: Source, column: Column, seen: _Seen) -> Iterator[tuple[object, ...]]:
    """The index of the newest day against the one before it, beside those of the days before."""
    days = seen.days
    bins = _bins(
        store, f"{source.source}.{column.name}", pl.concat(seen.parts).filter(pl.col("day") < days[-1]), column
    )
    if bins is None:
        return
    counted = _added(seen.parts, ["day", _binned(column, bins).alias("bin")], pl.len().cast(pl.Int64))
    counts = [_filled(counted.filter(pl.col("day") == day), len(bins) + 2) for day in days]
    *usual, newest = [_index(one, other) for one, other in pairwise(counts)]
    if newest is None:
        return
    index, used = newest
    # Where the source has changed its format, it has told so itself: that is not how its days usually differ.
    of_before = [one[0] for one, is_same in zip(usual, seen.is_same, strict=False) if one is not None and is_same]
    most = max(of_before) if len(of_before) >= FEW else None
    n, m = (seen.customers.get(day, 1) for day in days[-2:])
    by_chance = float(chi2.ppf(LEVEL, used - 1)) * (1 / n + 1 / m)
    is_real = index > max(by_chance, ALARM, most or 0.0)
    level = "act" if is_real and index > ACT and most is not None else "alarm" if is_real else "as before"
    yield column.name, "psi", None if most is None else round(most, 4), round(index, 4), round(by_chance, 4), level


def _added(parts: list[pl.LazyFrame], by: list[str | pl.Expr], count: pl.Expr) -> pl.DataFrame:
    """The counts of all parts together: the keys, then ``len``."""
    made = pl.concat([part.group_by(by).agg(count.alias("len")).collect() for part in parts])
    return made.group_by(made.columns[:-1]).agg(pl.col("len").sum())


def _filled(counted: pl.DataFrame, bins: int) -> Floats:
    found = dict(counted.select("bin", "len").iter_rows())
    return np.array([float(found.get(place, 0)) for place in range(bins)])


def _index(before: Floats, now: Floats) -> tuple[float, int] | None:
    """The index of two days and the bins that they use; None where a day is empty or both have one bin alone."""
    used = (before + now) > 0
    if used.sum() < 2 or not before.sum() or not now.sum():  # noqa: PLR2004 - one bin alone cannot shift
        return None
    return psi(before[used], now[used]), int(used.sum())


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
