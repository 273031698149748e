"""Needs: what would help a person most, apart from what it earns the bank."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from persona.policy.conditions import Checked

__all__ = ["Wanted", "needs"]

STRONGEST = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """A need with its compiled condition and score."""

    need: str
    when: Checked
    score: Checked


def needs(known: pl.DataFrame, wanted: Iterable[Wanted]) -> pl.DataFrame:
    """The needs of each customer, the strongest first.

    A need counts where its condition holds and its score, rounded and held to 0..100, is known and above 0; of equal
    ones the need of the earlier name stands first.
    Grain: one row a customer and need, sorted by customer and rank. Reads: ``customer_no`` and what the expressions
    read. Makes: ``need``, ``score`` (1 to 100), ``rank`` (1 is the strongest).
    """
    empty = pl.DataFrame(schema={"customer_no": pl.Int64, "need": pl.String, "score": pl.Int64})
    felt = pl.concat([empty, *(_felt(known, one) for one in wanted)])
    ordered = felt.sort("customer_no", "score", "need", descending=[False, True, False])
    return ordered.with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("customer_no"))


def _felt(known: pl.DataFrame, one: Wanted) -> pl.DataFrame:
    score = one.score.expr.cast(pl.Float64).round(0, mode="half_away_from_zero").clip(0, STRONGEST).cast(pl.Int64)
    here = known.filter(one.when.expr.fill_null(value=False))
    made = here.select("customer_no", need=pl.lit(one.need), score=score)
    return made.filter(pl.col("score") > 0)
