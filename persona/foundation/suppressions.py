"""Who is not to be contacted on the day, and why."""

from __future__ import annotations

from datetime import date

import polars as pl

from persona.tables import Frame

__all__ = ["suppressed"]


def suppressed(suppressions: Frame, *, as_of: date) -> Frame:
    """The suppressions in force on ``as_of``, the day on which the plan begins to be sent.

    Grain: one row a customer, type and channel, sorted; ``channel`` null means all channels.
    Reads: the rows of ``suppressions`` that still stand (``snapshots.of_newest_deliveries``). Unlike what happened, a
    suppression that begins on ``as_of`` itself counts: it holds on the day of sending.
    """
    ends = pl.col("until_on").is_not_null() & (pl.col("until_on") <= as_of)
    in_force = pl.col("customer_no").is_not_null() & (pl.col("from_on") <= as_of) & ~ends
    names = ["customer_no", "type", "channel"]
    return suppressions.filter(in_force).select(names).unique().sort(names)
