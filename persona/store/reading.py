"""What the store is handed of one file: the reader fulfils these shapes without knowing the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import polars as pl

__all__ = ["Expected", "Extract", "FileRead", "Reading"]


class Extract(Protocol):
    """A file that a source delivered."""

    @property
    def name(self) -> str:
        """Its path from the root of the workspace."""

    @property
    def delivered_on(self) -> date:
        """The day on which the bank delivered it."""

    @property
    def size(self) -> int:
        """Bytes."""

    @property
    def mtime_ns(self) -> int:
        """When it was last changed, as the file system says."""


class Expected(Protocol):
    """What a test of the audit found."""

    @property
    def id(self) -> str:
        """The test."""

    @property
    def failed(self) -> int:
        """Rows that fail it."""

    @property
    def severity(self) -> str:
        """warn, reject or stop."""


class Reading(Protocol):
    """What was read of one file; rows, rejects, filtered and duplicates account for every record in it."""

    @property
    def rows(self) -> pl.DataFrame:
        """The canonical columns and the source's own, direct identifiers in clear: in memory only."""

    @property
    def rejects(self) -> pl.DataFrame:
        """line, byte_offset, column, reason: pointers, never the line itself."""

    @property
    def lines(self) -> int:
        """Records in the file."""

    @property
    def filtered(self) -> int:
        """Records that are not meant for us."""

    @property
    def duplicates(self) -> int:
        """Repeats of a key with equal content."""

    @property
    def repeated_rows(self) -> int:
        """Equal rows of a source without a key, all kept."""

    @property
    def expectations(self) -> Sequence[Expected]:
        """What each test of the audit found."""

    @property
    def warnings(self) -> Sequence[str]:
        """What the operator should know."""


@dataclass(frozen=True, slots=True)
class FileRead:
    """A reading without some of its rows, which count as filtered or repeated instead."""

    rows: pl.DataFrame
    rejects: pl.DataFrame
    lines: int
    filtered: int
    duplicates: int
    repeated_rows: int
    expectations: Sequence[Expected]
    warnings: Sequence[str]
