"""Survivorship: of all that a person's records say, the value that is believed."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from persona.policy.identity import Survivor

__all__ = ["believed"]


def believed(name: str, rule: Survivor, *, systems: Sequence[str]) -> pl.Expr:
    """The surviving value of a column, within the rows of a person in the order of belief.

    ``systems``: the first system of the rule's order (else of ``systems``) that knows it. ``newest``: of the newest
    delivery that knows it. ``most``: what most rows say. Ties go to the row that comes first.

    Reads: ``source_system``, ``known_on`` and the column. Null: no row knows it.
    """
    said, is_known = pl.col(name), pl.col(name).is_not_null()
    if rule.by == "newest":
        return (
            said.filter(is_known)
            .sort_by(pl.col("known_on").filter(is_known), descending=True, maintain_order=True)
            .first()
        )
    if rule.by == "most":
        # The mode alone would leave ties to chance: the first row's value wins among the most frequent.
        times = pl.len().over("customer_no", name)
        return said.filter(is_known).sort_by(times.filter(is_known), descending=True, maintain_order=True).first()
    order = {system: place for place, system in enumerate(dict.fromkeys((*rule.systems, *systems)))}
    rank = pl.col("source_system").replace_strict(order, default=len(order), return_dtype=pl.Int64)
    return said.filter(is_known).sort_by(rank.filter(is_known), maintain_order=True).first()
