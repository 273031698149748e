"""Arithmetic and the functions of numbers: ``/`` gives a number, ``//`` and ``%`` cut towards zero, as in DuckDB."""

from __future__ import annotations

import operator
from collections.abc import Callable

import polars as pl
from sqlglot import exp

from persona.policy.sql.terms import (
    Handler,
    Inner,
    RefusedError,
    Term,
    alike,
    as_number,
    fixed,
    function,
    settled,
    whole,
)

__all__ = ["ARITHMETIC"]

MAX_DECIMALS = 10

_OPERATORS: dict[type[exp.Expr], tuple[str, Callable[[pl.Expr, pl.Expr], pl.Expr]]] = {
    exp.Add: ("+", operator.add),
    exp.Sub: ("-", operator.sub),
    exp.Mul: ("*", operator.mul),
}


def numeric(node: object, inner: Inner, *, what: str) -> Term:
    """The term of a node that must be a number of some kind."""
    term = inner(node)
    if term.kind == "nothing":
        return fixed(None, "number")
    if not term.is_numeric and isinstance(node, exp.Expr):
        hint = "Read a number from a text with cast(... as bigint)." if term.kind == "text" else ""
        raise RefusedError(f"{what} takes numbers, not {term.words}", node, hint=hint)
    return term


def _calculated(node: exp.Expr, inner: Inner) -> Term:
    word, calculate = _OPERATORS[type(node)]
    if isinstance(node, exp.Sub):
        days = [inner(node.args["this"]), inner(node.args["expression"])]
        if {t.kind for t in days} == {"date"}:
            return _days_between(*days)
    one, other = (numeric(node.args[side], inner, what=word) for side in ("this", "expression"))
    if {one.kind, other.kind} == {"integer"}:
        bits = one.bits + other.bits if word == "*" else max(one.bits, other.bits) + 1
        return whole(bits, (one, other), calculate, f"({{}} {word} {{}})")
    one, other = as_number(one), as_number(other)
    sql = f"({one.sql} {word} {other.sql})"
    return Term(calculate(one.expr, other.expr), "number", sql, is_settled=False, weight=1 + one.weight + other.weight)


def _days_between(one: Term, other: Term) -> Term:
    expr = (one.expr - other.expr).dt.total_days()
    return Term(expr, "integer", f"({one.sql} - {other.sql})", bits=32, weight=1 + one.weight + other.weight)


def _divided(node: exp.Expr, inner: Inner) -> Term:
    sides = [numeric(node.args[side], inner, what="/") for side in ("this", "expression")]
    one, other = (settled(as_number(side)) for side in sides)
    # Polars 2.1 multiplies by the reciprocal where a column is divided by a constant, which is another number in the
    # last digit, and not so for one row alone. Adding nothing to the divisor makes it a column. Zero gives infinity,
    # which is unknown once it is settled.
    expr = one.expr / (other.expr + one.expr * 0.0)
    sql = f"({one.sql} / nullif({other.sql}, CAST(0 AS DOUBLE)))"
    return Term(expr, "number", sql, is_settled=False, weight=3 + 2 * one.weight + other.weight)


def _cut(node: exp.Expr, inner: Inner) -> Term:
    word = "//" if isinstance(node, exp.IntDiv) else "%"
    one, other = (numeric(node.args[side], inner, what=word) for side in ("this", "expression"))
    if "number" in (one.kind, other.kind) or "decimal" in (one.kind, other.kind):
        raise RefusedError(f"{word} takes whole numbers", node, hint="Use / for other numbers, and floor(...) to cut.")
    sql = f"({{}} {word} nullif({{}}, CAST(0 AS HUGEINT)))"
    calculate = _quotient if word == "//" else _remainder
    result = whole(one.bits + 64, (one, other), calculate, sql)
    bits = one.bits if word == "//" else min(one.bits, other.bits)
    return Term(result.expr, "integer", result.sql, bits, is_settled=False, weight=2 * result.weight)


def _quotient(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    return one.sign() * other.sign() * (one.abs() // other.abs())


def _remainder(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    return one.sign() * (one.abs() % other.abs())


def _negative(node: exp.Expr, inner: Inner) -> Term:
    term = numeric(node.args["this"], inner, what="-")
    if term.is_literal and isinstance(term.value, int | float):
        return fixed(-term.value, term.kind)
    if term.kind == "integer":
        return whole(term.bits + 1, (term,), lambda x: pl.lit(0, dtype=pl.Int64) - x, "(0 - {})")
    number = as_number(term)
    return Term(-number.expr, "number", f"(- {number.sql})", is_settled=number.is_settled, weight=1 + number.weight)


def _absolute(node: exp.Expr, inner: Inner) -> Term:
    term = numeric(node.args["this"], inner, what="abs")
    if term.kind == "integer":
        return whole(term.bits + 1, (term,), pl.Expr.abs, "abs({})")
    number = settled(as_number(term))
    return function("abs", number.expr.abs(), "number", [number])


def _stepped(node: exp.Expr, inner: Inner) -> Term:
    is_floor = isinstance(node, exp.Floor)
    word = "floor" if is_floor else "ceil"
    term = numeric(node.args["this"], inner, what=word)
    if term.kind == "integer" or node.args.get("decimals") is not None:
        return _only(term, node, word)
    number = settled(as_number(term))
    return function(word, number.expr.floor() if is_floor else number.expr.ceil(), "number", [number])


def _only(term: Term, node: exp.Expr, word: str) -> Term:
    if node.args.get("decimals") is not None:
        raise RefusedError(f"{word} takes one number", node)
    return term


def _rounded(node: exp.Expr, inner: Inner) -> Term:
    term = numeric(node.args["this"], inner, what="round")
    asked = node.args.get("decimals")
    decimals = inner(asked).value if asked is not None else 0
    if not isinstance(decimals, int) or not 0 <= decimals <= MAX_DECIMALS:
        raise RefusedError(f"round takes a number of decimals from 0 to {MAX_DECIMALS}, written out", node)
    if term.kind == "integer":
        return term
    number = settled(as_number(term))
    expr = number.expr.round(decimals, mode="half_away_from_zero")
    return function("round", expr, "number", [number], str(decimals))


def _extreme(node: exp.Expr, inner: Inner) -> Term:
    is_greatest = isinstance(node, exp.Greatest)
    word = "greatest" if is_greatest else "least"
    terms = alike([inner(node.args["this"]), *map(inner, node.args["expressions"])], node, what=word)
    pick = pl.max_horizontal if is_greatest else pl.min_horizontal
    kind = terms[0].kind
    return function(word, pick([t.expr for t in terms]), kind, terms, growth=max(t.growth for t in terms))


ARITHMETIC: dict[type[exp.Expr], Handler] = {
    **dict.fromkeys(_OPERATORS, _calculated),
    exp.Div: _divided,
    exp.IntDiv: _cut,
    exp.Mod: _cut,
    exp.Neg: _negative,
    exp.Abs: _absolute,
    exp.Floor: _stepped,
    exp.Ceil: _stepped,
    exp.Round: _rounded,
    exp.Greatest: _extreme,
    exp.Least: _extreme,
}
