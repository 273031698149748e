"""The expressions of a source, compiled: they read the file's raw columns, all of them text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl

from persona.errors import PolicyError
from persona.policy.conditions import Checked, checked
from persona.policy.source import Source
from persona.tables import CANONICAL, PolarsType

__all__ = ["Compiled", "compiled"]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A source's expressions, and every raw column that its rules read."""

    where: Checked | None
    values: Mapping[str, Checked]
    """By the canonical column that each makes."""
    needed: tuple[str, ...]
    """Raw names, sorted."""


class _AnyText(Mapping[str, PolarsType]):
    """The columns of a file that is not read yet: whatever a rule names is text, and the file is held to it later."""

    def __getitem__(self, name: str) -> PolarsType:
        return pl.String

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def compiled(source: Source) -> Compiled:
    """The source's expressions.

    Raises: PolicyError where an expression is wrong.
    """
    _refuse_misspelt(source)
    columns = _AnyText()
    where = None
    if source.where is not None:
        where = checked(source.where, columns=columns, place=source.place_of("where"), kind_of_table="the extract")
    values = {
        name: checked(
            rule.expr,
            columns=columns,
            place=source.place_of("columns", name, "expr"),
            wants="value",
            kind_of_table="the extract",
        )
        for name, rule in source.columns.items()
        if rule.expr is not None
    }
    expressions = [*values.values(), *([where] if where else [])]
    needed = {column for one in expressions for column in one.columns} | set(_named(source))
    return Compiled(where, values, tuple(sorted(needed)))


def _refuse_misspelt(source: Source) -> None:
    """A column that the table does not have and that is nearly one of its own, unless its type is declared."""
    contract = CANONICAL.get(source.into)
    for name, rule in source.columns.items() if contract else ():
        known = contract.schema.names() if contract else []
        if name not in known and rule.type is None and get_close_matches(name, known, n=1, cutoff=0.8):
            raise PolicyError.unknown("column", name, known, where=str(source.place_of("columns", name)))


def _named(source: Source) -> Iterator[str]:
    """Raw columns that the rules name outside expressions."""
    for rule in source.columns.values():
        if rule.from_ is not None:
            yield from (rule.from_,) if isinstance(rule.from_, str) else rule.from_
    if source.key != "none":
        yield from (name for name in source.key if not _is_made(source, name))
    if source.newest_by is not None and not _is_made(source, source.newest_by):
        yield source.newest_by
    if source.delivery == "changes":
        if not source.op or not {"column", "delete"} <= set(source.op):
            raise PolicyError(
                "changes need op: {column, delete}",
                where=str(source.place_of("delivery")),
                hint="Name the column that tells what happened to a row, and its word for a deletion.",
            )
        yield source.op["column"]


def _is_made(source: Source, name: str) -> bool:
    """Whether a key speaks of a canonical column that no raw column of the rules is called like."""
    raw = {one for rule in source.columns.values() for one in _origins(rule.from_)}
    return name in source.columns and name not in raw


def _origins(from_: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (from_,) if isinstance(from_, str) else from_ or ()
