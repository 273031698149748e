"""The main segment: of all that hold for a customer the most important."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from persona.tables import Frame

__all__ = ["main_segment"]


def main_segment(flags: Frame, priorities: Mapping[str, int | None]) -> Frame:
    """The segment of lowest priority number whose condition holds; of equals the first by name.

    Grain: one row a customer of ``flags``. Reads: ``in_<segment>``; segments without a priority are never the main one.
    Makes: ``segment`` (null: none holds for sure).
    """
    ranked = sorted((priority, word) for word, priority in priorities.items() if priority is not None)
    chosen = [pl.when(pl.col(f"in_{word}")).then(pl.lit(word)) for _, word in ranked]
    segment = pl.coalesce(*chosen) if chosen else pl.lit(None, dtype=pl.String)
    return flags.sort("customer_no").select("customer_no", segment=segment)
