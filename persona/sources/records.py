"""What every reader makes: raw rows as text with their lines, and pointers to the records that are none."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

__all__ = ["PLACE", "Chunk"]

PLACE = pl.Schema({"_line": pl.Int64, "_byte": pl.Int64})
"""Where a row stands in its file; beside the raw columns, which are all text."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some records of a file, in their order."""

    rows: pl.DataFrame
    """Raw columns by the names in the file, all String, then PLACE."""
    rejects: pl.DataFrame
    """Schema REJECTS: records of a shape that cannot be read."""
    warnings: tuple[str, ...] = ()
    is_trim: bool = False
    """Whether no value can have blanks around it, so that they need not be looked for."""

    @property
    def lines(self) -> int:
        """How many records there were."""
        return self.rows.height + self.rejects.height
