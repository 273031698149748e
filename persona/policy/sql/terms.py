"""What a piece of a condition is: a Polars expression, its canonical SQL for DuckDB, its kind and its bounds.

Both sides say the same by construction. What cannot be computed - a sum beyond 64 bits, a division by zero, a number
that is not finite, a text that is no date - is unknown (null), never an error and never a wrapped value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import polars as pl
from sqlglot import exp

from persona.tables.contract import PolarsType

__all__ = [
    "Handler",
    "Inner",
    "Kind",
    "RefusedError",
    "Term",
    "alike",
    "as_number",
    "fixed",
    "function",
    "kind_of",
    "named",
    "settled",
    "whole",
]

Kind = Literal["boolean", "integer", "number", "decimal", "text", "date", "instant", "nothing"]

KIND_WORDS: dict[Kind, str] = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "decimal": "a decimal number",
    "text": "text",
    "date": "a date",
    "instant": "a date with a time",
    "nothing": "NULL",
}
_KINDS: tuple[tuple[PolarsType, Kind], ...] = (
    (pl.String, "text"),
    (pl.Categorical, "text"),
    (pl.Enum, "text"),
    (pl.Boolean, "boolean"),
    (pl.Date, "date"),
    (pl.Datetime, "instant"),
    (pl.Decimal, "decimal"),
)
_NUMERIC: frozenset[Kind] = frozenset({"integer", "number", "decimal"})
_INT64_BITS = 62
"""Up to here a result surely fits into Int64; a column of Int64 has 63."""
_INT128_BITS = 126


class RefusedError(Exception):
    """A node that the grammar does not have, or whose kinds do not fit."""

    def __init__(self, what: str, node: exp.Expr, *, hint: str = "", offset: int | None = None) -> None:
        super().__init__(what)
        self.what, self.hint = what, hint
        starts = [piece.meta["start"] for piece in node.walk() if "start" in piece.meta]
        self.offset = min(starts) if offset is None and starts else offset
        """Where in the text; None where it cannot be told."""


@dataclass(frozen=True, slots=True)
class Term:
    """A compiled piece of a condition."""

    expr: pl.Expr
    kind: Kind
    sql: str
    """Stands for itself wherever it is put: a name, a call or in parentheses."""
    bits: int = 63
    """Of an integer: its absolute value is at most 2 ** bits."""
    is_settled: bool = True
    """False for an integer held in 128 bits and a number that may not be finite."""
    growth: int = 1
    """Of a text: how many times longer than a column or literal it can be."""
    weight: int = 1
    """How many column operations it costs."""
    value: object = None
    """Of a literal: its value."""
    is_literal: bool = False

    @property
    def words(self) -> str:
        """The kind in plain words."""
        return KIND_WORDS[self.kind]

    @property
    def is_numeric(self) -> bool:
        """Whether it can be calculated with."""
        return self.kind in _NUMERIC


Inner = Callable[[object], Term]
"""Compiles a node below the present one."""
Handler = Callable[[exp.Expr, Inner], Term]


def kind_of(dtype: PolarsType) -> Kind | None:
    """The kind of a column of that type; None where conditions cannot read it."""
    if dtype == pl.Datetime and getattr(dtype, "time_zone", None):
        return None
    if dtype.is_float():
        return "number"
    if dtype.is_integer():
        return None if dtype in (pl.UInt64, pl.Int128, pl.UInt128) else "integer"
    return next((kind for known, kind in _KINDS if dtype == known), None)


def settled(term: Term) -> Term:
    """The term as Int64 or as a finite number; what is beyond is unknown."""
    if term.is_settled:
        return term
    if term.kind == "integer":
        expr, sql = term.expr.cast(pl.Int64, strict=False), f"TRY_CAST({term.sql} AS BIGINT)"
        return replace(term, expr=expr, sql=sql, bits=63, is_settled=True, weight=term.weight + 1)
    expr = pl.when(term.expr.is_finite()).then(term.expr)
    sql = term.sql
    for beyond in ("nan", "inf", "-inf"):
        sql = f"nullif({sql}, CAST('{beyond}' AS DOUBLE))"
    return replace(term, expr=expr, sql=sql, is_settled=True, weight=2 * term.weight + 2)


def as_number(term: Term) -> Term:
    """The numeric term as a Float64; a literal stays one."""
    if term.kind == "number":
        return term
    if term.kind == "nothing" or term.is_literal:
        value = None if term.value is None else float(str(term.value))
        return fixed(value, "number")
    whole = settled(term)
    expr, sql = whole.expr.cast(pl.Float64), f"CAST({whole.sql} AS DOUBLE)"
    return Term(expr, "number", sql, weight=whole.weight + 1)


def widened(term: Term) -> Term:
    """The integer term in 128 bits, small enough to be multiplied with another."""
    small = settled(term) if term.bits * 2 > _INT128_BITS else term
    if not small.is_settled:
        return small
    expr, sql = small.expr.cast(pl.Int128), f"CAST({small.sql} AS HUGEINT)"
    return replace(small, expr=expr, sql=sql, is_settled=False, weight=small.weight + 1)


def whole(bits: int, terms: Sequence[Term], calculate: Callable[..., pl.Expr], sql: str) -> Term:
    """An integer calculated from integers: in 64 bits where it surely fits, else in 128."""
    is_small = bits <= _INT64_BITS and all(t.is_settled for t in terms)
    used = tuple(terms) if is_small else tuple(map(widened, terms))
    expr = calculate(*(t.expr for t in used))
    weight = 1 + sum(t.weight for t in used)
    return Term(expr, "integer", sql.format(*(t.sql for t in used)), bits, is_small, weight=weight)


def fixed(value: object, kind: Kind) -> Term:
    """A literal."""
    types: dict[Kind, tuple[PolarsType, str]] = {
        "boolean": (pl.Boolean, "BOOLEAN"),
        "integer": (pl.Int64, "BIGINT"),
        "number": (pl.Float64, "DOUBLE"),
        "text": (pl.String, "VARCHAR"),
        "date": (pl.Date, "DATE"),
        "instant": (pl.Datetime("us"), "TIMESTAMP"),
        "decimal": (pl.Float64, "DOUBLE"),
        "nothing": (pl.Null, ""),
    }
    dtype, name = types[kind]
    shown = "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"
    sql = f"CAST({shown} AS {name})" if name else "NULL"
    bits = value.bit_length() if isinstance(value, int) else 63
    return Term(pl.lit(value, dtype=dtype), kind, sql, bits, value=value, is_literal=True)


def alike(terms: Sequence[Term], node: exp.Expr, *, what: str) -> list[Term]:
    """The terms as one kind, so that they can be compared or stand for one another.

    Raises: RefusedError where no kind holds them all.
    """
    kinds = {t.kind for t in terms} - {"nothing"}
    common: Kind
    if len(kinds) == 1 and kinds != {"decimal"}:
        common = kinds.copy().pop()
    elif kinds and kinds <= _NUMERIC:
        common = "number"
    elif kinds == {"date", "instant"}:
        common = "instant"
    elif not kinds:
        raise RefusedError(f"{what} needs something that is not NULL", node)
    else:
        told = [t for t in terms if t.kind != "nothing"]
        other = next(t for t in told if t.kind != told[0].kind and not (t.is_numeric and told[0].is_numeric))
        hint = _cure(told[0], other)
        raise RefusedError(f"{what} sets {told[0].words} against {other.words}", node, hint=hint)
    return [settled(_as(common, t)) for t in terms]


def _as(kind: Kind, term: Term) -> Term:
    if term.kind == kind:
        return term
    if term.kind == "nothing":
        return fixed(None, kind)
    if kind == "number":
        return as_number(term)
    expr, sql = term.expr.cast(pl.Datetime("us")), f"CAST({term.sql} AS TIMESTAMP)"
    return Term(expr, "instant", sql, weight=term.weight + 1)


def _cure(one: Term, other: Term) -> str:
    kinds = {one.kind, other.kind}
    if "text" in kinds and kinds & {"date", "instant"}:
        return "Write a date as DATE '2026-01-31', or read a text with strptime(text, '%Y-%m-%d')."
    if "text" in kinds and kinds & _NUMERIC:
        return "Write a number without quotes, a text with them, or convert with cast(... as bigint)."
    if "boolean" in kinds:
        return "A column that is true or false stands alone, as in: is_staff, or: NOT is_staff."
    return ""


def named(node: exp.Expr) -> str:
    """The name of a node as people write it."""
    if isinstance(node, exp.Anonymous):
        return str(node.name).lower()
    if isinstance(node, exp.Func):
        return str(node.sql_name()).lower()
    return str(node.key).upper()


def function(name: str, expr: pl.Expr, kind: Kind, terms: Sequence[Term], *more: str, growth: int = 1) -> Term:
    """The term of a call whose arguments are the terms, then literal SQL; a number may be anything until settled."""
    sql = f"{name}({', '.join([*(t.sql for t in terms), *more])})"
    return Term(expr, kind, sql, growth=growth, weight=1 + sum(t.weight for t in terms))
