"""The deterministic pass: records that share a key are one person, unless they contradict each other."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

import polars as pl

from persona.policy.identity import Key

__all__ = ["LINKS", "links_by_keys", "overshared"]

LINKS = pl.Schema({"a": pl.Int64, "b": pl.Int64, "weight": pl.Float64, "probability": pl.Float64, "reason": pl.String})
"""A link of two records, ``a < b``; ``weight`` (log2 of the odds that they are one), ``probability``: null for keys."""


def links_by_keys(records: pl.DataFrame, keys: Iterable[Key]) -> pl.DataFrame:
    """The pairs of records that share a key and do not differ in what it says must not.

    Grain: one row a pair, sorted; ``reason`` names every key that they share. A value that more than ``max_records``
    records share links nobody.
    """
    found = [_pairs(records, key) for key in keys if set(key.fields) <= set(records.columns)]
    if not found:
        return pl.DataFrame(schema=LINKS)
    reasons = pl.col("reason").sort().str.join(" + ")
    shared = pl.concat(found).group_by("a", "b").agg(reasons).sort("a", "b")
    none = pl.lit(None, dtype=pl.Float64)
    return shared.select("a", "b", weight=none, probability=none, reason="reason").cast(LINKS)


def overshared(records: pl.DataFrame, keys: Iterable[Key]) -> pl.DataFrame:
    """How many values of each key say nothing because too many records share them: key, values, records, most."""
    rows: list[tuple[object, ...]] = []
    for key in keys:
        if not set(key.fields) <= set(records.columns):
            continue
        sizes = records.drop_nulls(list(key.fields)).group_by(key.fields).agg(count=pl.len().cast(pl.Int64))
        rows += (
            sizes.filter(pl.col("count") > key.max_records)
            .select(pl.lit(key.id), pl.len().cast(pl.Int64), pl.col("count").sum(), pl.col("count").max().alias("most"))
            .filter(pl.col("most").is_not_null())
            .rows()
        )
    return pl.DataFrame(rows, schema=_OVERSHARED, orient="row")


def _pairs(records: pl.DataFrame, key: Key) -> pl.DataFrame:
    guards = [name for name in key.unless if name in records.columns]
    said = records.drop_nulls(list(key.fields)).select("record_no", *dict.fromkeys((*key.fields, *guards)))
    size = pl.len().over(key.fields)
    few = said.filter(size.is_between(2, key.max_records))
    both = few.join(few, on=list(key.fields), suffix="_b").filter(pl.col("record_no") < pl.col("record_no_b"))
    differ = [pl.col(name).ne(pl.col(f"{name}_b")).fill_null(value=False) for name in guards if name not in key.fields]
    agreed = both.filter(~reduce(pl.Expr.or_, differ)) if differ else both
    return agreed.select(a="record_no", b="record_no_b", reason=pl.lit(key.id))


_OVERSHARED = {"key": pl.String, "values": pl.Int64, "records": pl.Int64, "most": pl.Int64}
