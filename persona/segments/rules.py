"""Rule segments: groups of customers by a condition that the bank wrote."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from persona.tables import Frame

__all__ = ["rule_segments"]


def rule_segments(known: Frame, segments: Mapping[str, pl.Expr]) -> Frame:
    """Whether each segment's condition holds for each customer.

    Grain: one row a customer of ``known``, sorted. Reads: the columns that the conditions speak of.
    Makes: ``in_<segment>``, by name (null: unknown, because the condition read a null).
    """
    flags = [condition.cast(pl.Boolean).alias(f"in_{word}") for word, condition in sorted(segments.items())]
    return known.sort("customer_no").select("customer_no", *flags)
