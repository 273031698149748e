"""Comparisons, AND, OR, NOT, IS, IN, BETWEEN, LIKE, CASE, coalesce, nullif: three-valued, as SQL has them."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from functools import reduce

import polars as pl
from sqlglot import exp

from persona.policy.sql.terms import Handler, Inner, RefusedError, Term, alike, fixed, settled

__all__ = ["LOGIC", "chain"]

_COMPARISONS: dict[type[exp.Expr], tuple[str, Callable[[pl.Expr, pl.Expr], pl.Expr]]] = {
    exp.EQ: ("=", operator.eq),
    exp.NEQ: ("<>", operator.ne),
    exp.LT: ("<", operator.lt),
    exp.LTE: ("<=", operator.le),
    exp.GT: (">", operator.gt),
    exp.GTE: (">=", operator.ge),
}
_MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.EQ: exp.EQ,
    exp.NEQ: exp.NEQ,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
}
_LINKS: dict[type[exp.Expr], tuple[str, Callable[[pl.Expr, pl.Expr], pl.Expr]]] = {
    exp.And: ("AND", operator.and_),
    exp.Or: ("OR", operator.or_),
}
_USE_IS_NULL = "Whether something is NULL is asked with IS NULL or IS NOT NULL."


def chain(node: exp.Expr, link: type[exp.Expr]) -> list[exp.Expr]:
    """The sides of an AND or OR, those of the same word below it included, in their order."""
    found: list[exp.Expr] = []
    waiting = [node]
    while waiting:
        side = waiting.pop()
        bare = side.unnest()
        if type(bare) is link:
            waiting += [bare.args["expression"], bare.args["this"]]
        else:
            found.append(side)
    return found


def truth(node: exp.Expr, inner: Inner, *, what: str) -> Term:
    """The term of a node that must be true or false."""
    term = inner(node)
    if term.kind == "nothing":
        return fixed(None, "boolean")
    if term.kind != "boolean":
        hint = "Compare it with something, as in: age_years >= 18."
        raise RefusedError(f"{what} needs true or false, not {term.words}", node, hint=hint)
    return term


def _boolean(expr: pl.Expr, sql: str, terms: Iterable[Term]) -> Term:
    return Term(expr, "boolean", f"({sql})", weight=1 + sum(t.weight for t in terms))


def _linked(node: exp.Expr, inner: Inner) -> Term:
    word, join = _LINKS[type(node)]
    terms = [truth(side, inner, what=word) for side in chain(node, type(node))]
    return _boolean(reduce(join, (t.expr for t in terms)), f" {word} ".join(t.sql for t in terms), terms)


def _negated(node: exp.Expr, inner: Inner) -> Term:
    term = truth(node.args["this"], inner, what="NOT")
    return _boolean(~term.expr, f"NOT {term.sql}", [term])


def _compared(node: exp.Expr, inner: Inner) -> Term:
    word, compare = _COMPARISONS[type(node)]
    sides = [inner(node.args["this"]), inner(node.args["expression"])]
    if any(side.kind == "nothing" for side in sides):
        raise RefusedError(f"{word} NULL is never true", node, hint=_USE_IS_NULL)
    one, other = alike(sides, node, what=word)
    if one.kind == "boolean" and word not in ("=", "<>"):
        raise RefusedError(f"{word} does not order true and false", node, hint="Use =, <> or NOT.")
    expr = compare(one.expr, other.expr)
    if one.is_literal:  # the column first: a literal before a column of nulls alone makes one row in Polars 2.1
        expr = _COMPARISONS[_MIRRORED[type(node)]][1](other.expr, one.expr)
    return _boolean(expr, f"{one.sql} {word} {other.sql}", [one, other])


def _is(node: exp.Expr, inner: Inner) -> Term:
    asked = node.args["expression"]
    if isinstance(asked, exp.Null):
        term = settled(inner(node.args["this"]))
        return _boolean(term.expr.is_null(), f"{term.sql} IS NULL", [term])
    if isinstance(asked, exp.Boolean):
        term = truth(node.args["this"], inner, what="IS")
        wanted = bool(asked.args["this"])
        expr = (term.expr if wanted else ~term.expr).fill_null(value=False)
        return _boolean(expr, f"{term.sql} IS {'TRUE' if wanted else 'FALSE'}", [term])
    raise RefusedError("IS asks for NULL, TRUE or FALSE only", node)


def _among(node: exp.Expr, inner: Inner) -> Term:
    if node.args.get("query") or node.args.get("unnest") or node.args.get("field"):
        raise RefusedError("IN takes a list of literals, no query", node)
    options = [inner(option) for option in node.args["expressions"]]
    if not options or not all(o.is_literal and o.value is not None for o in options):
        raise RefusedError("IN takes a list of literals, at least one and none of them NULL", node)
    term, *rest = alike([inner(node.args["this"]), *options], node, what="IN")
    expr = term.expr.is_in([o.value for o in rest])
    return _boolean(expr, f"{term.sql} IN ({', '.join(o.sql for o in rest)})", [term])


def _between(node: exp.Expr, inner: Inner) -> Term:
    if node.args.get("symmetric"):
        raise RefusedError("BETWEEN SYMMETRIC is not known", node, hint="Write the lower bound first.")
    sides = [inner(node.args[side]) for side in ("this", "low", "high")]
    if any(side.kind == "nothing" for side in sides):
        raise RefusedError("BETWEEN with NULL is never true", node, hint=_USE_IS_NULL)
    term, low, high = alike(sides, node, what="BETWEEN")
    if term.kind == "boolean":
        raise RefusedError("BETWEEN does not order true and false", node, hint="Use =, <> or NOT.")
    # Two comparisons, because is_between(null, ...) would not tell false from unknown as SQL does.
    above = low.expr <= term.expr if term.is_literal else term.expr >= low.expr
    below = high.expr >= term.expr if term.is_literal else term.expr <= high.expr
    return _boolean(above & below, f"{term.sql} BETWEEN {low.sql} AND {high.sql}", [term, term, low, high])


def _like(node: exp.Expr, inner: Inner) -> Term:
    is_blind = isinstance(node, exp.ILike)
    word = "ILIKE" if is_blind else "LIKE"
    term, pattern = inner(node.args["this"]), inner(node.args["expression"])
    if term.kind != "text" or pattern.kind != "text" or not pattern.is_literal:
        raise RefusedError(f"{word} takes a text and a pattern in quotes", node, hint="As in: product LIKE 'card%'.")
    text = str(pattern.value)
    searched = term.expr.str.to_lowercase() if is_blind else term.expr
    expr = searched.str.contains(_as_regex(text.lower() if is_blind else text))
    sql = f"lower({term.sql}) LIKE lower({pattern.sql})" if is_blind else f"{term.sql} LIKE {pattern.sql}"
    found = _boolean(expr, sql, [term])
    return _boolean(~found.expr, f"NOT {found.sql}", [found]) if node.args.get("negate") else found


def _as_regex(pattern: str) -> str:
    parts = {"%": ".*", "_": "."}
    return "(?s)^" + "".join(parts.get(c) or re.escape(c) for c in pattern) + "$"


def _case(node: exp.Expr, inner: Inner) -> Term:
    """CASE with and without a subject, and if(condition, one, other)."""
    branches = node.args.get("ifs") or [node]
    subject = node.args.get("this") if branches != [node] else None
    asked = [
        _compared(exp.EQ(this=subject.copy(), expression=branch.args["this"].copy()), inner)
        if subject is not None
        else truth(branch.args["this"], inner, what="WHEN")
        for branch in branches
    ]
    default = node.args.get("default") or node.args.get("false")
    given = [inner(branch.args["true"]) for branch in branches]
    otherwise = inner(default) if default is not None else fixed(None, "nothing")
    *given, otherwise = alike([*given, otherwise], node, what="CASE")
    expr, sql = otherwise.expr, f"ELSE {otherwise.sql} END)"
    for condition, value in zip(reversed(asked), reversed(given), strict=True):
        expr = pl.when(condition.expr).then(value.expr).otherwise(expr)
        sql = f"WHEN {condition.sql} THEN {value.sql} {sql}"
    values = [*given, otherwise]
    weight = 1 + sum(t.weight for t in (*asked, *values))
    return Term(expr, otherwise.kind, f"(CASE {sql}", growth=max(t.growth for t in values), weight=weight)


def _coalesced(node: exp.Expr, inner: Inner) -> Term:
    terms = alike([inner(node.args["this"]), *map(inner, node.args["expressions"])], node, what="coalesce")
    expr = pl.coalesce([t.expr for t in terms])
    sql = f"coalesce({', '.join(t.sql for t in terms)})"
    weight = 1 + sum(t.weight for t in terms)
    return Term(expr, terms[0].kind, sql, growth=max(t.growth for t in terms), weight=weight)


def _nullif(node: exp.Expr, inner: Inner) -> Term:
    term, other = alike([inner(node.args["this"]), inner(node.args["expression"])], node, what="nullif")
    same = other.expr == term.expr if term.is_literal else term.expr == other.expr
    is_other = same.fill_null(value=False)
    expr = pl.when(~is_other).then(term.expr)
    sql = f"nullif({term.sql}, {other.sql})"
    return Term(expr, term.kind, sql, growth=term.growth, weight=2 + 2 * term.weight + other.weight)


LOGIC: dict[type[exp.Expr], Handler] = {
    **dict.fromkeys(_COMPARISONS, _compared),
    **dict.fromkeys(_LINKS, _linked),
    exp.Not: _negated,
    exp.Is: _is,
    exp.In: _among,
    exp.Between: _between,
    exp.Like: _like,
    exp.ILike: _like,
    exp.Case: _case,
    exp.If: _case,
    exp.Coalesce: _coalesced,
    exp.Nullif: _nullif,
}
