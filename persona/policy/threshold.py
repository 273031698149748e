"""What a simple part of a condition asks of one column: the least that must change for it to hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from persona.policy.sql.terms import Term

__all__ = ["Threshold", "is_empty", "never_together", "threshold_of"]

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "<>", "<>": "="}
_WORDS: dict[type[exp.Expr], str] = {
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.EQ: "=",
    exp.NEQ: "<>",
}


@dataclass(frozen=True, slots=True)
class Threshold:
    """A column, a comparison and what it is compared with."""

    column: str
    operator: str
    """One of < <= > >= = <> in, not in, between, not between, is null, is not null."""
    values: tuple[object, ...]

    def __str__(self) -> str:
        told = [_told(value) for value in self.values]
        if self.operator in ("between", "not between"):
            return f"{self.operator} {told[0]} and {told[1]}"
        if self.operator in ("in", "not in"):
            return f"{self.operator} {', '.join(told)}"
        return " ".join([self.operator, *told])


def threshold_of(node: exp.Expr, compiled: Callable[[object], Term]) -> Threshold | None:
    """What the part asks of a column; None where it is no comparison of one column with literals."""
    bare = node.unnest()
    if isinstance(bare, exp.Not):
        return _opposite(threshold_of(bare.this, compiled))
    if isinstance(bare, exp.Column):
        return Threshold(bare.name, "=", (True,))
    if type(bare) in _WORDS:
        return _of_comparison(bare, compiled)
    column = bare.args.get("this")
    return _of_column(column, bare, compiled) if isinstance(column, exp.Column) else None


def _of_column(column: exp.Column, bare: exp.Expr, compiled: Callable[[object], Term]) -> Threshold | None:
    if isinstance(bare, exp.Is):
        is_null = isinstance(bare.expression, exp.Null)
        return Threshold(column.name, "is null", ()) if is_null else None
    if isinstance(bare, exp.In):
        return _with_literals(column, "in", bare.expressions, compiled)
    if isinstance(bare, exp.Between):
        return _with_literals(column, "between", [bare.args["low"], bare.args["high"]], compiled)
    return None


def is_empty(threshold: Threshold) -> bool:
    """Whether no value meets it: a span that ends before it begins."""
    low, high = _bounds(threshold)
    return low is not None and high is not None and low > high


def never_together(one: Threshold, other: Threshold) -> bool:
    """Whether no value of the column that both speak of meets both."""
    if one.column != other.column:
        return False
    if _is_null(one) or _is_null(other):
        return _is_null(one) != _is_null(other)
    for named, asked in ((one, other), (other, one)):
        if named.operator in ("=", "in"):
            return not any(_allows(asked, value) for value in named.values)
    lows, highs = zip(*map(_bounds, (one, other)), strict=True)
    return any(low > high for low in lows if low for high in highs if high)


def _is_null(threshold: Threshold) -> bool:
    return threshold.operator == "is null"


def _allows(threshold: Threshold, value: Any) -> bool:  # noqa: ANN401 of the kind of the column
    """Whether the value meets the threshold."""
    values: tuple[Any, ...] = threshold.values
    tests: dict[str, Callable[[], bool]] = {
        "<": lambda: value < values[0],
        "<=": lambda: value <= values[0],
        ">": lambda: value > values[0],
        ">=": lambda: value >= values[0],
        "=": lambda: value == values[0],
        "<>": lambda: value != values[0],
        "in": lambda: value in values,
        "not in": lambda: value not in values,
        "between": lambda: values[0] <= value <= values[1],
        "not between": lambda: not values[0] <= value <= values[1],
        "is not null": lambda: True,
    }
    return bool(tests[threshold.operator]())


_Bound = tuple[Any, int]
"""A value, and a step of +1 or -1 where the value itself is left out: bounds are compared in this order."""


def _bounds(threshold: Threshold) -> tuple[_Bound | None, _Bound | None]:
    """The least and the greatest value that meet the threshold; None where there is no such bound."""
    first = threshold.values[0] if threshold.values else None
    bounds: dict[str, tuple[_Bound | None, _Bound | None]] = {
        "<": (None, (first, -1)),
        "<=": (None, (first, 0)),
        ">": ((first, 1), None),
        ">=": ((first, 0), None),
    }
    if threshold.operator == "between":
        return (first, 0), (threshold.values[1], 0)
    return bounds.get(threshold.operator, (None, None))


def _of_comparison(node: exp.Expr, compiled: Callable[[object], Term]) -> Threshold | None:
    word = _WORDS[type(node)]
    one, other = node.args["this"].unnest(), node.args["expression"].unnest()
    if isinstance(one, exp.Column):
        return _with_literals(one, word, [other], compiled)
    return _with_literals(other, _MIRRORED[word], [one], compiled) if isinstance(other, exp.Column) else None


def _with_literals(
    column: exp.Column, word: str, literals: list[exp.Expr], compiled: Callable[[object], Term]
) -> Threshold | None:
    terms = [compiled(literal) for literal in literals]
    if not all(term.is_literal and term.value is not None for term in terms):
        return None
    return Threshold(column.name, word, tuple(term.value for term in terms))


def _opposite(threshold: Threshold | None) -> Threshold | None:
    if threshold is None:
        return None
    word = threshold.operator
    if word == "is null":
        return Threshold(threshold.column, "is not null", ())
    if word in ("in", "between"):
        return Threshold(threshold.column, f"not {word}", threshold.values)
    if threshold.values in ((True,), (False,)) and word == "=":
        return Threshold(threshold.column, "=", (not threshold.values[0],))
    return Threshold(threshold.column, _OPPOSITE[word], threshold.values) if word in _OPPOSITE else None


def _told(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"'{value}'"
    return str(value)
