"""Who lives together: the unit of household limits, holdouts and partitions."""

from __future__ import annotations

import polars as pl

from persona.tables import Frame

__all__ = ["households"]


def households(people: Frame) -> Frame:
    """The household of each customer.

    Grain: one row a customer of ``people``, sorted by ``customer_no``.
    Makes: ``household_key`` (text; never null: a customer of no known household is one by himself; the prefix keeps the
    bank's household and customer ids apart), ``household_size`` (customers of the batch in it, >= 1).
    """
    known = pl.lit("household:") + pl.col("household_id")
    alone = pl.lit("customer:") + pl.col("customer_id")
    keyed = people.sort("customer_no").select("customer_no", household_key=pl.coalesce(known, alone))
    return keyed.with_columns(household_size=pl.len().over("household_key").cast(pl.Int64))
