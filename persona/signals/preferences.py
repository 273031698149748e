"""Preferences: what the customer has stated himself."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from persona.clock import AsOf
from persona.tables import Frame

__all__ = ["preferences"]


def preferences(stated: Frame, *, as_of: AsOf, topics: Sequence[str]) -> Frame:
    """What each customer stated last before ``as_of`` about each topic.

    Grain: one row a customer who stated something, sorted.
    Makes: ``prefers_<topic>`` (null: nothing stated; of two statements at one time the last by name).
    """
    known = stated.filter(pl.col("customer_no").is_not_null() & (pl.col("at") < as_of.naive_utc))
    last = {f"prefers_{topic}": pl.col("value").filter(pl.col("topic") == topic).last() for topic in topics}
    in_order = known.sort("customer_no", "at", "value").group_by("customer_no", maintain_order=True)
    return in_order.agg(**last).sort("customer_no")
