"""Households stay whole: who ever shared one is in one bucket, so that a batch of buckets never cuts one in two."""

from __future__ import annotations

import polars as pl

__all__ = ["rehoused"]


def rehoused(crosswalk: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """The crosswalk with each customer in the bucket of the one who was known first among those he ever lived with.

    A bucket changes only where households grow together; the later customers move, so most rows stay where they are.

    Reads: ``crosswalk`` customer_no, bucket; ``shared`` customer_no, household_id, one row for each pair ever said.
    """
    pairs = shared.drop_nulls().unique().sort("customer_no", "household_id")
    first = _first_known(pairs)
    home = crosswalk.select(pl.col("customer_no").alias("first"), pl.col("bucket").alias("_home"))
    moved = first.join(home, on="first", how="left").select("customer_no", "_home")
    return (
        crosswalk.join(moved, on="customer_no", how="left", maintain_order="left")
        .with_columns(pl.coalesce("_home", "bucket").alias("bucket"))
        .select(crosswalk.columns)
    )


def _first_known(pairs: pl.DataFrame) -> pl.DataFrame:
    """The lowest number that each customer is tied to by households, over as many of them as it takes."""
    tied = pairs.with_columns(pl.col("customer_no").alias("first"))
    while True:
        # Two steps: a window over a window gives the inner one's rows back unchanged.
        in_household = tied.with_columns(pl.col("first").min().over("household_id"))
        next_ = in_household.with_columns(pl.col("first").min().over("customer_no"))
        if next_["first"].equals(tied["first"]):
            return tied.select("customer_no", "first").unique()
        tied = next_
