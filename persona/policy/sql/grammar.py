"""The allow-list: which nodes a condition may have, and what each becomes. What is not listed here is refused."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import polars as pl
from sqlglot import exp

from persona.policy.nearest import known_words
from persona.policy.sql.arithmetic import ARITHMETIC
from persona.policy.sql.days import DAYS
from persona.policy.sql.logic import LOGIC
from persona.policy.sql.terms import Handler, Kind, RefusedError, Term, fixed, kind_of, named, settled
from persona.policy.sql.words import WORDS
from persona.tables.contract import PolarsType

__all__ = ["FUNCTIONS", "HANDLERS", "Grammar"]

MAX_DEPTH = 40
MAX_WEIGHT = 2_000
"""Column operations of one condition."""
MAX_BITS, MAX_DIGITS = 63, 19

HANDLERS: dict[type[exp.Expr], Handler] = {**LOGIC, **ARITHMETIC, **WORDS, **DAYS}
FUNCTIONS = (
    "abs", "cast", "ceil", "coalesce", "concat", "contains", "date_diff", "day", "dayofweek", "dow", "ends_with",
    "floor", "greatest", "hour", "if", "isodow", "least", "left", "length", "lower", "lpad", "ltrim", "month", "nullif",
    "regexp_extract", "regexp_matches", "regexp_replace", "replace", "right", "round", "rpad", "rtrim", "split_part",
    "starts_with", "strptime", "substring", "trim", "upper", "year",
)  # fmt: skip
"""The functions by the names that people write."""

_ALIASES: dict[str, type[exp.Func]] = {"dow": exp.DayOfWeek}
_CLOCKS = (exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime)
_CLOCK_NAMES = frozenset({"now", "today", "get_current_timestamp"})


class Grammar:
    """Compiles the nodes of one condition over the columns of one table."""

    def __init__(self, columns: Mapping[str, PolarsType]) -> None:
        self.columns = columns
        self.read: set[str] = set()
        self._depth = 0

    def term(self, node: object) -> Term:
        """The compiled node.

        Raises: RefusedError where the grammar has no such node or its kinds do not fit.
        """
        if not isinstance(node, exp.Expr):
            raise RefusedError("something is missing", exp.Null(), hint="Look for an argument that is not there.")
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise RefusedError(f"nested more than {MAX_DEPTH} deep", node, hint="Split it into several conditions.")
        term = self._term(node.unnest())
        self._depth -= 1
        if not term.is_literal and node.find(exp.Column) is None:
            term = _constant(settled(term))
        if term.weight > MAX_WEIGHT:
            raise RefusedError("takes too many operations", node, hint="Split it into several conditions.")
        return term

    def _term(self, node: exp.Expr) -> Term:
        if isinstance(node, exp.Column):
            return self._column(node)
        if isinstance(node, exp.Literal):
            return _literal(node)
        if isinstance(node, exp.Boolean):
            return fixed(bool(node.this), "boolean")
        if isinstance(node, exp.Null):
            return fixed(None, "nothing")
        if isinstance(node, exp.Anonymous) and named(node) in _ALIASES:
            node = _ALIASES[named(node)](this=next(iter(node.expressions), None))
        handler = HANDLERS.get(type(node))
        if handler is None:
            raise _unlisted(node)
        return handler(node, self.term)

    def _column(self, node: exp.Column) -> Term:
        name = node.name
        if node.args.get("table") is not None:
            raise RefusedError(f"column {name!r} is named with a table", node, hint="Name the column alone.")
        if name not in self.columns:
            raise _unknown("column", name, self.columns, node)
        self.read.add(name)
        kind = kind_of(self.columns[name])
        if kind is None:
            raise RefusedError(f"column {name!r} is of a type that conditions cannot read", node)
        return _column_term(name, kind, self.columns[name])


def _constant(term: Term) -> Term:
    """The literal that a term without columns comes to.

    Polars 2.1 gives one row where a constant is compared with a column that is null throughout: no constant is left.
    """
    if term.kind == "decimal":
        return term
    return fixed(pl.select(term.expr.alias("value")).item(), term.kind)


def _column_term(name: str, kind: Kind, dtype: PolarsType) -> Term:
    expr, sql = pl.col(name), '"' + name.replace('"', '""') + '"'
    if kind == "integer" and dtype != pl.Int64:
        return Term(expr.cast(pl.Int64), kind, f"CAST({sql} AS BIGINT)")
    if kind == "number":
        double = expr if dtype == pl.Float64 else expr.cast(pl.Float64)
        return Term(double, kind, sql if dtype == pl.Float64 else f"CAST({sql} AS DOUBLE)", is_settled=False)
    if kind == "text" and dtype != pl.String:
        return Term(expr.cast(pl.String), kind, f"CAST({sql} AS VARCHAR)")
    if kind == "instant" and dtype != pl.Datetime("us"):
        return Term(expr.cast(pl.Datetime("us")), kind, f"CAST({sql} AS TIMESTAMP)")
    return Term(expr, kind, sql)


def _literal(node: exp.Literal) -> Term:
    said = str(node.this)
    if node.is_string:
        return fixed(said, "text")
    if re.fullmatch(r"[0-9]+", said):
        if len(said) > MAX_DIGITS or int(said).bit_length() > MAX_BITS:
            raise RefusedError("the number is larger than 64 bits hold", node)
        return fixed(int(said), "integer")
    if re.fullmatch(r"[0-9]{0,30}\.?[0-9]{0,30}([eE][-+]?[0-9]{1,2})?", said) and re.search(r"[0-9]", said):
        return fixed(float(said), "number")
    raise RefusedError("the number is not understood", node, hint="Write it as 1250, 0.05 or 1e6.")


def _unknown(kind: str, name: str, known: Collection[str], node: exp.Expr) -> RefusedError:
    return RefusedError(f"unknown {kind} {name!r}", node, hint=known_words(name, known, plural=f"{kind.capitalize()}s"))


def _unlisted(node: exp.Expr) -> RefusedError:
    """Why a node that the grammar does not have is refused, in the words of whoever wrote it."""
    name = named(node)
    if isinstance(node, _CLOCKS) or name in _CLOCK_NAMES:
        hint = "Compare with a date written out, or use a column that counts days."
        return RefusedError("a condition does not ask the clock", node, hint=hint)
    if isinstance(node, exp.Query | exp.Subquery | exp.Exists):
        return RefusedError("a condition speaks of one row: no query stands in it", node)
    if isinstance(node, exp.AggFunc | exp.Window | exp.IgnoreNulls):
        hint = "Use a column that has it counted, or ask for a new signal."
        return RefusedError("a condition speaks of one row: nothing over many rows stands in it", node, hint=hint)
    if isinstance(node, exp.Func) and not isinstance(node, exp.Binary):
        return _unknown("function", name, FUNCTIONS, node)
    if isinstance(node, exp.Interval):
        return RefusedError("intervals are not known", node, hint="Count days with date_diff('day', a, b).")
    hint = "Comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, CASE, arithmetic and functions are."
    return RefusedError(f"{name} is not known in conditions", node, hint=hint)
