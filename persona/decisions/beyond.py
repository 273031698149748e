"""The candidates that are weighed where there are very many: the best of each customer."""

from __future__ import annotations

import polars as pl

from persona.policy.actions import BEST, MOST_ACTIONS

__all__ = ["BEYOND", "beyond"]

BEYOND = pl.Schema({"customer_no": pl.Int64, "slot": pl.UInt8, "action": pl.Int16})
"""Admissible pairs that are not among the best of their customer."""


def beyond(ranked: pl.DataFrame, *, columns: int) -> pl.DataFrame:
    """The pairs that are set aside, because so many others of the customer are worth more; none of few columns.

    Grain: one row a customer and action; sorted by customer, slot, place. What an arm of an experiment keeps comes
    first, so that it is never set aside. Reads: ``ranked`` as ``proposals`` makes them, and its ``is_left_out``.
    """
    if columns <= MOST_ACTIONS:
        return pl.DataFrame(schema=BEYOND)
    # An action with a price ladder is one candidate, at its best price.
    first = ranked.unique(["customer_no", "action"], keep="first", maintain_order=True)
    if "is_left_out" in ranked.columns:
        first = first.sort("customer_no", "slot", "is_left_out", "rank")
    place = pl.int_range(pl.len()).over("customer_no", "slot")
    return first.filter(place >= BEST).select(*BEYOND.names())
