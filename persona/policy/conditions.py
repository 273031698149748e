"""Conditions: SQL text, checked against the columns of a table, as Polars expressions for the night and the moment.

A condition on a null is unknown, as in SQL. The same expression serves a DataFrame, a LazyFrame and one row; its
canonical SQL says the same to DuckDB. An expression that reads no column is a constant, which Polars spreads over the
rows of the columns beside it.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Literal

import polars as pl
from sqlglot import exp

from persona.errors import PolicyError, PolicyErrors
from persona.policy.places import Place
from persona.policy.sql.grammar import Grammar
from persona.policy.sql.logic import chain
from persona.policy.sql.parsing import parsed
from persona.policy.sql.shown import shown
from persona.policy.sql.terms import Kind, RefusedError, settled
from persona.policy.threshold import Threshold, threshold_of
from persona.tables.contract import PolarsType

__all__ = ["Checked", "Wanted", "checked"]

Wanted = Literal["condition", "value", "number"]

_TYPES: dict[Kind, PolarsType] = {
    "boolean": pl.Boolean,
    "integer": pl.Int64,
    "number": pl.Float64,
    "text": pl.String,
    "date": pl.Date,
    "instant": pl.Datetime("us"),
}


@dataclass(frozen=True, slots=True)
class Checked:
    """An expression that holds for its table: what it reads, what it gives, and how it is computed."""

    text: str
    expr: pl.Expr = field(compare=False, repr=False)
    columns: frozenset[str]
    """The columns that it reads."""
    dtype: PolarsType
    parts: tuple[Checked, ...] = field(compare=False, repr=False)
    """The sides of its outermost AND; one that has none is its own only part."""
    sql: str = field(repr=False)
    """The same for DuckDB, which quotes every name and leaves no type to be guessed."""
    threshold: Threshold | None = None
    """Of a part that compares one column with literals."""
    types: Mapping[str, PolarsType] = field(default_factory=dict, compare=False, repr=False)
    """The types of the columns that it reads."""


def checked(
    text: str,
    *,
    columns: Mapping[str, PolarsType],
    place: Place,
    wants: Wanted = "condition",
    kind_of_table: str = "",
) -> Checked:
    """The expression of the text over a table with these columns.

    Raises: PolicyError with the place inside the text, or PolicyErrors where several sides of an AND are wrong.
    """
    try:
        return _checked(parsed(text), text, columns, wants)
    except RefusedError as fault:
        raise _told([fault], text, place, kind_of_table) from fault
    except ExceptionGroup as several:
        faults = [one for one in several.exceptions if isinstance(one, RefusedError)]
        raise _told(faults, text, place, kind_of_table) from several
    except RecursionError as error:
        deep = RefusedError("the expression is nested too deep", exp.Null(), hint="Split it into several conditions.")
        raise _told([deep], text, place, kind_of_table) from error


def _checked(node: exp.Expr, text: str, columns: Mapping[str, PolarsType], wants: Wanted) -> Checked:
    sides = chain(node, exp.And)
    if len(sides) == 1:
        return _part(node, text, columns, wants)
    parts: list[Checked] = []
    faults: list[RefusedError] = []
    for side in sides:
        try:
            parts.append(_part(side, shown(side.unnest()), columns, "condition"))
        except RefusedError as fault:
            faults.append(fault)
    if faults:
        raise ExceptionGroup("sides of an AND", faults)
    return Checked(
        text,
        reduce(operator.and_, (part.expr for part in parts)),
        frozenset[str]().union(*(part.columns for part in parts)),
        pl.Boolean,
        tuple(parts),
        f"({' AND '.join(part.sql for part in parts)})",
        types={name: dtype for part in parts for name, dtype in part.types.items()},
    )


def _part(node: exp.Expr, text: str, columns: Mapping[str, PolarsType], wants: Wanted) -> Checked:
    grammar = Grammar(columns)
    term = settled(grammar.term(node))
    if wants == "condition" and term.kind != "boolean":
        hint = "Compare it with something, as in: age_years >= 18."
        raise RefusedError(f"the expression gives {term.words}, where a condition gives true or false", node, hint=hint)
    if wants == "number" and term.kind not in ("integer", "number", "nothing"):
        raise RefusedError(f"the expression gives {term.words}, where a number is needed", node)
    if term.kind == "nothing":
        raise RefusedError("the expression gives NULL and nothing else", node)
    types = {name: columns[name] for name in sorted(grammar.read)}
    dtype = _TYPES.get(term.kind) or pl.LazyFrame(schema=types).select(x=term.expr).collect_schema()["x"]
    expr = term.expr
    if term.kind == "number":
        # The sign of zero hangs on whether Polars sees a constant, and would show in bytes.
        expr = pl.when(expr == 0).then(0.0).otherwise(expr)
    threshold = threshold_of(node, Grammar(columns).term) if term.kind == "boolean" else None
    alone = Checked(text, expr, frozenset(types), dtype, (), term.sql, threshold, types)
    return Checked(text, expr, alone.columns, dtype, (alone,), term.sql, threshold, types)


def _told(faults: Sequence[RefusedError], text: str, place: Place, table: str) -> PolicyError:
    """The errors as the reader of the file needs them: each at its place inside the text."""
    errors = []
    for fault in faults:
        offset = fault.offset
        where = place.inside(text, offset) if offset is not None else place
        at = f" (at character {offset + 1})" if offset and where == place else ""
        among = f" of {table}" if table and fault.what.startswith("unknown column") else ""
        errors.append(PolicyError(f"{fault.what}{among}{at}", where=str(where), hint=fault.hint))
    return errors[0] if len(errors) == 1 else PolicyErrors(errors)
