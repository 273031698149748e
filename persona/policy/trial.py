"""A condition tried on every combination of values between which its comparisons can tell.

Only for conditions made of comparisons of one column with literals, linked by AND, OR and NOT: each column then falls
into the spans between its literals, and one value of each span speaks for all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise, product
from math import prod
from typing import Any

import polars as pl
from sqlglot import exp

from persona.policy.conditions import Checked
from persona.policy.sql.grammar import Grammar
from persona.policy.sql.parsing import parsed
from persona.policy.threshold import Threshold, threshold_of

__all__ = ["is_never_met"]

_LINKS = (exp.And, exp.Or, exp.Not, exp.Paren)
_MOST = 10_000
"""Combinations that are tried at most; a condition of more is taken to be meant."""


def is_never_met(condition: Checked) -> bool:
    """Whether no row meets the condition; False too where that cannot be tried."""
    if condition.dtype != pl.Boolean:
        return False
    thresholds = list(_thresholds(parsed(condition.text), Grammar(condition.types)))
    if not thresholds or not all(thresholds):
        return False
    tried = {name: _tried([one for one in thresholds if one and one.column == name]) for name in condition.types}
    if prod(map(len, tried.values())) > _MOST or not all(tried.values()):
        return False
    rows = list(product(*tried.values()))
    frame = pl.DataFrame(rows, schema=dict(condition.types), orient="row", strict=False)
    return frame.filter(condition.expr).is_empty()


def _thresholds(node: exp.Expr, grammar: Grammar) -> Iterator[Threshold | None]:
    """What each comparison asks, None for one that is no comparison of a column with literals."""
    if not isinstance(node, _LINKS):
        yield threshold_of(node, grammar.term)
        return
    for side in ("this", "expression"):
        if isinstance(node.args.get(side), exp.Expr):
            yield from _thresholds(node.args[side], grammar)


def _tried(thresholds: list[Threshold]) -> list[object]:
    """Each literal, a value of each span between and beyond them, and null; none where their kind has no spans."""
    values: list[Any] = sorted({value for one in thresholds for value in one.values})
    is_ordered = any(one.operator in ("<", "<=", ">", ">=", "between", "not between") for one in thresholds)
    if not values or isinstance(values[0], bool):
        return [None, True, False]
    if isinstance(values[0], str):
        return [] if is_ordered else [None, *values, "".join(values) + "?"]
    step: Any = timedelta(days=1) if isinstance(values[0], date) else 1
    between = [low + (high - low) / 2 for low, high in pairwise(values)]
    return [None, values[0] - step, *values, *between, *(value + step for value in values)]
