"""Migration: where customers were the night before, where they are now, and how large each group is."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from persona.tables import Frame

__all__ = ["changed", "migrations", "sizes", "with_before"]

_BEFORE = {"lifecycle": "lifecycle_before", "segment": "segment_before"}


def with_before(now: Frame, before: Frame | None, *, names: Sequence[str] = tuple(_BEFORE)) -> Frame:
    """The phase or main segment of each customer with that of the night before beside it.

    Grain: one row a customer of ``now``. Reads: ``names`` of both. Makes: ``<name>_before`` (null: not seen the night
    before, or in no segment then; null for all without a night before).
    """
    beside = {name: _BEFORE[name] for name in names}
    if before is None:
        return now.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in beside.values())
    then = before.select("customer_no", **{after: pl.col(name) for name, after in beside.items()})
    return now.join(then, on="customer_no", how="left", maintain_order="left")


def migrations(segments: Frame, *, name: str) -> Frame:
    """How many customers went from each phase or main segment of the night before to each of tonight.

    Grain: one row a pair, sorted. Makes: ``before``, ``now`` (null: in none, or not seen), ``customers``.
    """
    pair = (pl.col(_BEFORE[name]).alias("before"), pl.col(name).alias("now"))
    return segments.group_by(*pair).agg(customers=pl.len().cast(pl.Int64)).sort("before", "now", nulls_last=True)


def changed(told: pl.DataFrame, *, name: str) -> tuple[int, int]:
    """How many customers had a phase, main segment or pattern the night before and have one now, and how many another.

    Reads: ``name`` and ``<name>_before``.
    """
    both = told.drop_nulls([name, f"{name}_before"])
    return both.height, both.filter(pl.col(name) != pl.col(f"{name}_before")).height


def sizes(segments: pl.DataFrame) -> pl.DataFrame:
    """How many customers each rule segment holds, and for how many that is unknown.

    Grain: one row a segment, by name. Makes: ``segment``, ``customers``, ``unknown``.
    """
    words = sorted(name.removeprefix("in_") for name in segments.columns if name.startswith("in_"))
    columns = [segments[f"in_{word}"] for word in words]
    counts = {"customers": [int(c.sum()) for c in columns], "unknown": [c.null_count() for c in columns]}
    return pl.DataFrame({"segment": words} | counts, schema={"segment": pl.String} | dict.fromkeys(counts, pl.Int64))
