"""Redemptions: how many points the customer spent, and on what."""

from __future__ import annotations

import polars as pl

from persona.clock import AsOf
from persona.tables import Frame

__all__ = ["redemptions"]

_DAYS = 365


def redemptions(redeemed: Frame, *, as_of: AsOf) -> Frame:
    """What each customer redeemed before ``as_of``.

    Grain: one row a customer who ever redeemed, sorted.
    Makes: ``points_redeemed_365d``, ``redeems_for`` (the kind with the most points; of equals the first by name; null:
    no kind is known).
    """
    local = pl.col("at").dt.replace_time_zone("UTC").dt.convert_time_zone(as_of.zone).dt.date()
    known = redeemed.filter(pl.col("customer_no").is_not_null() & (pl.col("at") < as_of.naive_utc))
    age = (pl.lit(as_of.day) - local).dt.total_days()
    by_kind = known.group_by("customer_no", "kind").agg(
        points=pl.col("points").sum(), recent=pl.col("points").filter(age <= _DAYS).sum()
    )
    ranked = by_kind.sort("customer_no", -pl.col("points"), "kind")
    most = pl.col("kind").drop_nulls().first()
    of_customer = ranked.group_by("customer_no", maintain_order=True)
    return of_customer.agg(points_redeemed_365d=pl.col("recent").sum(), redeems_for=most).sort("customer_no")
