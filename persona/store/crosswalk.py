"""Who is who inside: the bank's id, our number, and the partition of the household."""

from __future__ import annotations

import polars as pl

from persona.buckets import bucket_of

__all__ = ["NOT_LINKED", "SCHEMA", "enrolled", "numbered"]

SCHEMA = pl.Schema({"customer_id": pl.String, "customer_no": pl.Int64, "bucket": pl.Int8, "household_id": pl.String})

NOT_LINKED = -1
"""The bucket of rows whose customer is not known yet: in no batch."""


def enrolled(rows: pl.DataFrame, *, known: pl.DataFrame, first_no: int) -> pl.DataFrame:
    """The customers that are named in the rows for the first time, numbered in the order of their ids.

    Grain: one row a new customer.
    Makes: the columns of ``SCHEMA``; the bucket is that of the household, of the customer where none is known, and is
    kept from then on.
    """
    household = pl.col("household_id") if "household_id" in rows.columns else pl.lit(None, dtype=pl.String)
    fresh = (
        rows.lazy()
        .filter(pl.col("customer_id").is_not_null())
        .select("customer_id", household.alias("household_id"))
        .join(known.lazy().select("customer_id"), on="customer_id", how="anti")
        .group_by("customer_id")
        .agg(pl.col("household_id").min())
        .sort("customer_id")
        .collect()
    )
    units = fresh.select(pl.coalesce("household_id", "customer_id"))
    return fresh.select(
        "customer_id",
        (pl.int_range(pl.len(), dtype=pl.Int64) + first_no).alias("customer_no"),
        pl.Series("bucket", [bucket_of(unit) for unit in units.to_series()], dtype=pl.Int8),
        "household_id",
    )


def numbered(rows: pl.DataFrame, *, crosswalk: pl.DataFrame) -> pl.DataFrame:
    """The rows, in their order, with ``customer_no`` and ``bucket``.

    Null: ``customer_no`` where the row names no customer; its bucket is -1 then.
    """
    if "customer_id" not in rows.columns:
        nobody = pl.lit(None, dtype=pl.Int64).alias("customer_no")
        return rows.with_columns(nobody, pl.lit(NOT_LINKED, dtype=pl.Int8).alias("bucket"))
    numbers = crosswalk.select("customer_id", "customer_no", "bucket")
    return rows.join(numbers, on="customer_id", how="left", maintain_order="left").with_columns(
        pl.col("bucket").fill_null(NOT_LINKED)
    )
