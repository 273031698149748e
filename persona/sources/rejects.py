"""The quarantine: pointers to the records that were not taken, never what they say."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

__all__ = ["REJECTS", "gathered", "pointers", "told"]

REJECTS = pl.Schema({"line": pl.Int64, "byte_offset": pl.Int64, "column": pl.String, "reason": pl.String})
"""One row a rejected record: its line (the row's number in Parquet), where it begins in the unpacked file (null where
the encoding hides it), the column that refused it (null: its shape did) and why."""


def pointers(rows: pl.DataFrame, *, reason: pl.Expr | str, column: pl.Expr | str | None = None) -> pl.DataFrame:
    """Pointers to ``rows``, which carry ``_line`` and ``_byte``; schema REJECTS."""
    why = reason if isinstance(reason, pl.Expr) else pl.lit(reason)
    where = column if isinstance(column, pl.Expr) else pl.lit(column, dtype=pl.String)
    return rows.select(
        line=pl.col("_line"), byte_offset=pl.col("_byte"), column=where.cast(pl.String), reason=why.cast(pl.String)
    )


def gathered(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """All pointers in the order of their lines."""
    return pl.concat([REJECTS.to_frame(), *parts]).sort("line")


def told(rejects: pl.DataFrame, lines: int) -> str:
    """What was refused, by reason: how many records and where the first stands.

    >>> told(pl.DataFrame([(7, 90, "amount_minor", "is not a number")], schema=REJECTS, orient="row"), 1_200)
    'amount_minor is not a number in 1 of 1,200 rows (kept in quarantine; first at line 7)'
    """
    kinds = (
        rejects.group_by("column", "reason", maintain_order=True)
        .agg(count=pl.len(), first=pl.col("line").min())
        .sort("count", "first", descending=[True, False])
    )
    said = [
        f"{f'{column} ' if column else ''}{reason} in {count:,} of {lines:,} rows "
        f"(kept in quarantine; first at line {first:,})"
        for column, reason, count, first in kinds.head(5).iter_rows()
    ]
    more = kinds.height - len(said)
    return "; ".join(said) + (f"; and {more} more kinds of fault" if more else "")
