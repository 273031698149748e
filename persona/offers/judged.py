"""Which conditions each customer meets: bit planes, from which every yes and no is read."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from persona.offers.conditions import Criterion
from persona.tables import Frame

__all__ = ["PLANE", "judged", "planes"]

PLANE = 64
"""How many conditions one column of bits holds."""


def planes(criteria: Sequence[Criterion]) -> int:
    """How many columns of bits the conditions need, one at least."""
    return max(1, -(-len(criteria) // PLANE))


def judged(profile: Frame, criteria: Sequence[Criterion]) -> Frame:
    """Each customer with what is met and what is unknown: bit ``i % 64`` of plane ``i // 64`` is condition ``i``.

    Grain: one row a row of ``profile``, none dropped, so that every refusal can be explained and counted.
    Reads: ``customer_no`` and the columns of the conditions. Every condition is asked of every customer.
    Makes: ``met_<plane>``, ``unknown_<plane>`` (UInt64; a condition is never in both; in neither means that it failed).
    """
    columns = [pl.col("customer_no")]
    for plane in range(planes(criteria)):
        here = criteria[plane * PLANE : (plane + 1) * PLANE]
        columns.append(_bits([one.when.expr.fill_null(False) for one in here]).alias(f"met_{plane}"))
        columns.append(_bits([one.when.expr.is_null() for one in here]).alias(f"unknown_{plane}"))
    return profile.select(columns)


def _bits(flags: Sequence[pl.Expr]) -> pl.Expr:
    none = pl.lit(0, dtype=pl.UInt64)
    # The key, taken times nothing, spreads a condition without columns over the rows.
    bits = [flag.cast(pl.UInt64) * pl.lit(1 << i, dtype=pl.UInt64) for i, flag in enumerate(flags)]
    return pl.sum_horizontal([pl.col("customer_no").is_null().cast(pl.UInt64) * none, *bits])
