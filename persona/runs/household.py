"""One household held in memory as a store, so that the steps of a night do on it what they do on the whole book.

The steps that tell what a customer does and will do read nothing of another household but what was learnt of the book.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Self

import polars as pl

from persona import foundation, signals
from persona.clock import AsOf
from persona.runs.lines import lines_of
from persona.runs.plan import Night
from persona.store import Rolled, RunRow, Store
from persona.store.rolled import Work

__all__ = ["Household"]

_NOW, _NIGHT = "now", "night"


class Household(Store):
    """The store as one household sees it. It opens nothing and keeps nothing; what steps make goes into ``made``."""

    def __init__(self, night: Night, members: pl.Series, bucket: int) -> None:
        self.night = night
        self._buckets = [bucket]
        self._is_member = pl.col("customer_no").is_in(members.implode())
        self._read: dict[str, pl.DataFrame] = {}
        self._here = night.store.crosswalk().filter(self._is_member)
        self.lines = lines_of(night).rows(self._buckets).filter(self._is_member).collect(engine="in-memory")
        self.came = pl.DataFrame()
        self.made: dict[str, pl.DataFrame] = {}

    def after(self, rows: pl.DataFrame) -> Self:
        """The household with rows of ``transactions`` more; what was read for the one is there for the other."""
        night, copy = self.night, object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        workspace = night.policy.workspace
        booked = foundation.booked(
            rows, zone=workspace.zone, categories=night.policy.categories, currency=workspace.currency
        )
        copy.came = rows
        copy.lines = pl.concat([self.lines, signals.lines(booked).select(self.lines.columns)])
        copy.made = {}
        return copy

    def last_night(self) -> Night:
        """The night as the household sees it."""
        return replace(self.night, store=self, generation=dict.fromkeys(self.night.generation, _NIGHT))

    def moment(self, day: date) -> Night:
        """The night of the household before a later day; what was the night is the one before it."""
        then = self.last_night()
        before = RunRow(then.run_id, then.as_of.naive_utc, "finished", {}, {"generations": then.generation})
        as_of, now = AsOf.at_start_of(day, then.as_of.zone), dict.fromkeys(then.generation, _NOW)
        return replace(then, as_of=as_of, before=before, generation=now)

    def crosswalk(self) -> pl.DataFrame:
        """The members."""
        return self._here

    def size_of(self, table: str) -> int:  # noqa: ARG002 - as the store has it
        """Too few to be cut into batches."""
        return 0

    def rolled(self, table: str, work: Work, *, recipe: str, as_of: date) -> Rolled:  # noqa: ARG002 - as the store has it
        """The members' lines, with those that came."""
        return Rolled(self.night.store.state, self.lines.schema, {}, self.lines.lazy())

    def scan(self, table: str, buckets: Sequence[int] | None = None, *, as_of: date | None = None) -> pl.LazyFrame:
        """The members' rows that counted in the night, with those that came; of no buckets everybody's."""
        name = f"rows of {table}" if buckets is not None else f"all rows of {table}"
        if name not in self._read:
            rows = self.night.store.scan(table, self._buckets if buckets is not None else None, as_of=as_of)
            chosen = rows.filter(self._is_member) if buckets is not None else rows
            self._read[name] = chosen.collect(engine="in-memory")
        known = self._read[name]
        return (pl.concat([known, self.came], how="diagonal") if table == "transactions" else known).lazy()

    def has(self, table: str, generation: str) -> bool:  # noqa: ARG002 - as the store has it
        """Whether the night has made the table."""
        return self.night.store.has(table, self.night.generation[table])

    def stage(
        self, table: str, generation: str, buckets: Sequence[int] | None = None, *, columns: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """What was made for the moment, or else what the night has made: of the members, of no buckets of everybody."""
        found = self.made.get(table) if generation == _NOW else None
        if found is None:
            found = self._of_night(table, is_whole=buckets is None)
        return found if columns is None else found.select(columns)

    def _of_night(self, table: str, *, is_whole: bool) -> pl.DataFrame:
        if table not in self._read:
            read = self.night.store.stage(table, self.night.generation[table], None if is_whole else self._buckets)
            self._read[table] = read if is_whole else read.filter(self._is_member)
        return self._read[table]
