"""Which pairs are worth weighing: those that share something, the rarest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import polars as pl

from persona.policy.identity import Comparable

__all__ = ["blocked", "default_blocking"]

FEWEST = 500_000
"""Pairs that each blocking may always bring: a small book is weighed thoroughly."""

_TELLING = ("name", "date", "postcode", "place", "address")
"""Kinds of which two together tell; documents, phones and addresses of mail do so alone."""


def default_blocking(fields: Mapping[str, Comparable]) -> tuple[tuple[str, ...], ...]:
    """Every field alone, and every two of those that many people share."""
    shared = [name for name, field in fields.items() if field.kind in _TELLING]
    return (*((name,) for name in fields), *combinations(shared, 2))


def blocked(records: pl.DataFrame, blocking: Sequence[Sequence[str]], *, pairs_per_record: float) -> pl.DataFrame:
    """The pairs that share all fields of one of the blockings, each once: a, b (``a < b``), sorted.

    Each blocking takes its smallest blocks first, as many as its share of pairs allows: a rare surname is worth
    comparing, the commonest one only together with something else. What is taken follows from the sizes alone.
    """
    most = max(FEWEST, int(pairs_per_record * records.height))
    nos = records["record_no"].to_numpy()
    place = pl.int_range(pl.len(), dtype=pl.Int64).alias("place")
    codes = [_codes(records.with_columns(place), list(fields), most) for fields in blocking if fields]
    every = pl.concat(codes).unique().sort().to_numpy() if codes else np.empty(0, dtype=np.int64)
    one, other = (nos[every // max(1, len(nos))], nos[every % max(1, len(nos))])
    return pl.DataFrame({"a": np.minimum(one, other), "b": np.maximum(one, other)}).cast(pl.Int64).sort("a", "b")


def _codes(records: pl.DataFrame, fields: list[str], most: int) -> pl.Series:
    """The pairs of one blocking, each as one number: the place of the first times the count, plus the second's."""
    count = records.height
    said = records.drop_nulls(fields).select(pl.struct(fields).rank("dense").alias("block"), "place")
    sizes = said.group_by("block").agg(size=pl.len().cast(pl.Int64)).filter(pl.col("size") > 1)
    largest = _largest(sizes["size"], most)
    taken = said.join(sizes.filter(pl.col("size") <= largest), on="block", how="semi")
    pairs = taken.join(taken, on="block", suffix="_b").filter(pl.col("place") < pl.col("place_b"))
    return pairs.select(pl.col("place") * count + pl.col("place_b")).to_series()


def _largest(sizes: pl.Series, most: int) -> int:
    """The size up to which all blocks together bring no more pairs than allowed; 0 where none do."""
    by_size = sizes.to_frame().group_by("size").len().sort("size")
    pairs = by_size.select(pl.col("len").cast(pl.Int64) * (pl.col("size") * (pl.col("size") - 1) // 2)).to_series()
    within = by_size["size"].filter(pairs.cum_sum() <= most)
    return int(within[-1]) if len(within) else 0
