"""Rows in the order of a key."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

__all__ = ["in_order"]


def in_order(rows: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """The rows sorted by a unique key; those that lie in its order already are not moved, and take no room twice."""
    place = rows.select(pl.arg_sort_by(key)).to_series()
    return rows if place.is_sorted() else rows.rechunk()[place]  # texts are copied where they lie in pieces
