"""The functions of text. Lengths and places count characters; patterns are regular expressions without surprises."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl
from sqlglot import exp

from persona.policy.sql.terms import Handler, Inner, RefusedError, Term, fixed, function, named

__all__ = ["WORDS"]

MAX_PATTERN = 200
MAX_PADDED = 100
MAX_GROWTH = 1_000
"""How many times longer than its input a text may become."""

# DuckDB trims the spaces of Unicode, not tabs and line ends.
_SPACES = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_ASCII = {
    "d": "[0-9]",
    "D": "[^0-9]",
    "w": "[0-9A-Za-z_]",
    "W": "[^0-9A-Za-z_]",
    "s": "[\\t\\n\\f\\r ]",
    "S": "[^\\t\\n\\f\\r ]",
    "b": "(?-u:\\b)",
}
"""Classes of characters mean ASCII, whatever the engine's own habit."""


def text(node: object, inner: Inner, *, what: str) -> Term:
    """The term of a node that must be text."""
    term = inner(node)
    if term.kind == "nothing":
        return fixed(None, "text")
    if term.kind != "text" and isinstance(node, exp.Expr):
        raise RefusedError(f"{what} takes text, not {term.words}", node, hint="Convert with cast(... as varchar).")
    return term


def literal_text(node: object, inner: Inner, parent: exp.Expr, *, what: str) -> str:
    """The text of a literal, which must not be empty."""
    term = inner(node) if node is not None else None
    if term is None or not term.is_literal or not isinstance(term.value, str) or not term.value:
        raise RefusedError(f"{what} must be written out in quotes, and not be empty", parent)
    return term.value


def literal_number(node: object, inner: Inner, parent: exp.Expr, *, what: str, low: int, high: int) -> int:
    """The whole number of a literal between the bounds."""
    term = inner(node) if node is not None else None
    if term is None or not term.is_literal or not isinstance(term.value, int) or not low <= term.value <= high:
        raise RefusedError(f"{what} must be a whole number from {low} to {high:,}, written out", parent)
    return term.value


@dataclass(frozen=True, slots=True)
class Pattern:
    """A literal regular expression."""

    given: str
    """As written, which DuckDB reads as ASCII by itself."""
    written: str
    """As Polars needs it to mean the same."""
    groups: int


def pattern(node: object, inner: Inner, parent: exp.Expr) -> Pattern:
    """The literal regular expression at a node."""
    given = literal_text(node, inner, parent, what="a pattern")
    if len(given) > MAX_PATTERN:
        raise RefusedError(f"a pattern has at most {MAX_PATTERN} characters", parent)
    if re.search(r"&&|--|~~|\[[^]]*\[(?!:)", re.sub(r"\\.", "", given, flags=re.DOTALL)):
        hint = "Escape them with a backslash."
        raise RefusedError(
            "a pattern with &&, --, ~~ or [ inside [ ] is read differently by engines", parent, hint=hint
        )
    written = re.sub(r"\\(.)", lambda found: _ASCII.get(found[1], found[0]), given, flags=re.DOTALL)
    try:
        groups = pl.select(pl.lit("").str.extract_groups(f"({written})").alias("found")).schema["found"]
        pl.Series([""]).str.contains(written)
    except pl.exceptions.PolarsError as error:
        hint = "Look-around and back-references are not known, and repetitions are bounded."
        raise RefusedError("the pattern is not a regular expression known here", parent, hint=hint) from error
    return Pattern(given, written, len(getattr(groups, "fields", ())) - 1)


def _grown(term: Term, node: exp.Expr) -> Term:
    if term.growth > MAX_GROWTH:
        raise RefusedError(f"the text could become more than {MAX_GROWTH:,} times longer", node)
    return term


def _plain(node: exp.Expr, inner: Inner) -> Term:
    """lower, upper, length: one text in."""
    name = named(node)
    term = text(node.args["this"], inner, what=name)
    if isinstance(node, exp.Length):
        return function("length", term.expr.str.len_chars().cast(pl.Int64), "integer", [term])
    expr = term.expr.str.to_lowercase() if isinstance(node, exp.Lower) else term.expr.str.to_uppercase()
    return function(name, expr, "text", [term], growth=term.growth)


def _trimmed(node: exp.Expr, inner: Inner) -> Term:
    if node.args.get("expression") is not None or node.args.get("collation") is not None:
        raise RefusedError("trim takes one text and cuts its spaces", node)
    term = text(node.args["this"], inner, what="trim")
    side = {"LEADING": ("ltrim", pl.Expr.str), "TRAILING": ("rtrim", pl.Expr.str)}.get(str(node.args.get("position")))
    name = side[0] if side else "trim"
    cut = {
        "trim": term.expr.str.strip_chars,
        "ltrim": term.expr.str.strip_chars_start,
        "rtrim": term.expr.str.strip_chars_end,
    }[name]
    return function(name, cut(_SPACES), "text", [term], growth=term.growth)


def _sliced(node: exp.Expr, inner: Inner) -> Term:
    term = text(node.args["this"], inner, what="substring")
    start = literal_number(node.args.get("start"), inner, node, what="where substring begins", low=1, high=1_000_000)
    length = node.args.get("length")
    if length is None:
        return function("substring", term.expr.str.slice(start - 1), "text", [term], str(start), growth=term.growth)
    count = literal_number(length, inner, node, what="the length of substring", low=0, high=1_000_000)
    expr = term.expr.str.slice(start - 1, count)
    return function("substring", expr, "text", [term], str(start), str(count), growth=term.growth)


def _side(node: exp.Expr, inner: Inner) -> Term:
    name = named(node)
    term = text(node.args["this"], inner, what=name)
    count = literal_number(node.args["expression"], inner, node, what=f"the length of {name}", low=0, high=1_000_000)
    expr = term.expr.str.head(count) if isinstance(node, exp.Left) else term.expr.str.tail(count)
    return function(name, expr, "text", [term], str(count), growth=term.growth)


def _joined(node: exp.Expr, inner: Inner) -> Term:
    """concat, which takes null for nothing, and ||, with which null stays unknown."""
    is_concat = isinstance(node, exp.Concat)
    sides = node.args["expressions"] if is_concat else [node.args["this"], node.args["expression"]]
    terms = [text(side, inner, what="concat" if is_concat else "||") for side in sides]
    expr = pl.concat_str([t.expr for t in terms], ignore_nulls=is_concat)
    growth = sum(t.growth for t in terms)
    if is_concat:
        return _grown(function("concat", expr, "text", terms, growth=growth), node)
    sql = f"({' || '.join(t.sql for t in terms)})"
    return _grown(Term(expr, "text", sql, growth=growth, weight=1 + sum(t.weight for t in terms)), node)


def _replaced(node: exp.Expr, inner: Inner) -> Term:
    term = text(node.args["this"], inner, what="replace")
    old = literal_text(node.args["expression"], inner, node, what="what replace looks for")
    new = _literal_or_empty(node.args.get("replacement"), inner, node)
    growth = term.growth * max(1, -(-len(new) // len(old)))
    expr = term.expr.str.replace_all(old, new, literal=True)
    return _grown(function("replace", expr, "text", [term], quoted(old), quoted(new), growth=growth), node)


def _literal_or_empty(node: object, inner: Inner, parent: exp.Expr) -> str:
    term = inner(node) if node is not None else None
    if term is None or not term.is_literal or not isinstance(term.value, str) or len(term.value) > MAX_PATTERN:
        raise RefusedError("what replaces must be written out in quotes", parent)
    return term.value


def quoted(value: str) -> str:
    """A text as a literal of SQL."""
    return "'" + value.replace("'", "''") + "'"


def _padded(node: exp.Expr, inner: Inner) -> Term:
    name = "lpad" if node.args.get("is_left") else "rpad"
    term = text(node.args["this"], inner, what=name)
    length = literal_number(node.args["expression"], inner, node, what=f"the length of {name}", low=1, high=MAX_PADDED)
    fill = literal_text(node.args.get("fill_pattern"), inner, node, what=f"the character that {name} fills with")
    if len(fill) != 1:
        raise RefusedError(f"{name} fills with one character", node)
    pad = term.expr.str.pad_start if name == "lpad" else term.expr.str.pad_end
    expr = pad(length, fill).str.head(length)
    return _grown(function(name, expr, "text", [term], str(length), quoted(fill), growth=term.growth + 1), node)


def _tested(node: exp.Expr, inner: Inner) -> Term:
    """starts_with, ends_with, contains: two texts in, true or false out."""
    name = named(node)
    term = text(node.args["this"], inner, what=name)
    part = text(node.args["expression"], inner, what=name)
    if isinstance(node, exp.StartsWith):
        expr = term.expr.str.starts_with(part.expr)
    elif isinstance(node, exp.EndsWith):
        expr = term.expr.str.ends_with(part.expr)
    else:
        expr = term.expr.str.contains(part.expr, literal=True)
    return function(name, expr, "boolean", [term, part])


def _split(node: exp.Expr, inner: Inner) -> Term:
    term = text(node.args["this"], inner, what="split_part")
    by = literal_text(node.args.get("delimiter"), inner, node, what="what split_part splits by")
    number = literal_number(node.args.get("part_index"), inner, node, what="the part of split_part", low=1, high=1_000)
    part = term.expr.str.split(by).list.get(number - 1, null_on_oob=True)
    expr = pl.when(term.expr.is_not_null()).then(part.fill_null(""))
    made = function("split_part", expr, "text", [term], quoted(by), str(number), growth=term.growth)
    return Term(expr, "text", made.sql, growth=term.growth, weight=2 * made.weight)


def _matched(node: exp.Expr, inner: Inner) -> Term:
    _no_options(node, "flag")
    term = text(node.args["this"], inner, what="regexp_matches")
    found = pattern(node.args["expression"], inner, node)
    return function("regexp_matches", term.expr.str.contains(found.written), "boolean", [term], quoted(found.given))


def _extracted(node: exp.Expr, inner: Inner) -> Term:
    _no_options(node, "parameters")
    term = text(node.args["this"], inner, what="regexp_extract")
    found = pattern(node.args["expression"], inner, node)
    asked = node.args.get("group")
    group = (
        literal_number(asked, inner, node, what="the group of the pattern", low=0, high=found.groups) if asked else 0
    )
    expr = pl.when(term.expr.is_not_null()).then(term.expr.str.extract(found.written, group).fill_null(""))
    made = function("regexp_extract", expr, "text", [term], quoted(found.given), str(group))
    return Term(expr, "text", made.sql, growth=term.growth, weight=2 * made.weight)


def _rewritten(node: exp.Expr, inner: Inner) -> Term:
    term = text(node.args["this"], inner, what="regexp_replace")
    found = pattern(node.args["expression"], inner, node)
    new = _literal_or_empty(node.args.get("replacement"), inner, node)
    if any(int(digit) > found.groups for digit in re.findall(r"\\([0-9])", new)):
        raise RefusedError(f"the pattern has {found.groups} groups only", node)
    if re.search(r"\\(?![0-9\\])", new):
        raise RefusedError("in a replacement, \\ is followed by a group's number or by another \\", node)
    options = node.args.get("modifiers")
    is_all = options is not None
    if is_all and literal_text(options, inner, node, what="the option of regexp_replace") != "g":
        raise RefusedError("regexp_replace takes the option 'g' only", node, hint="Begin the pattern with (?i) for i.")
    into = re.sub(r"\\([0-9\\])", lambda f: "\\" if f[1] == "\\" else f"${{{f[1]}}}", new.replace("$", "$$"))
    expr = term.expr.str.replace_all(found.written, into) if is_all else term.expr.str.replace(found.written, into)
    more = [quoted(found.given), quoted(new), *(["'g'"] if is_all else [])]
    return _grown(function("regexp_replace", expr, "text", [term], *more, growth=term.growth * (1 + len(new))), node)


def _no_options(node: exp.Expr, *names: str) -> None:
    if any(node.args.get(name) is not None for name in names):
        raise RefusedError(f"{named(node)} takes no options", node, hint="Begin the pattern with (?i) to ignore case.")


WORDS: dict[type[exp.Expr], Handler] = {
    exp.Lower: _plain,
    exp.Upper: _plain,
    exp.Length: _plain,
    exp.Trim: _trimmed,
    exp.Substring: _sliced,
    exp.Left: _side,
    exp.Right: _side,
    exp.Concat: _joined,
    exp.DPipe: _joined,
    exp.Replace: _replaced,
    exp.Pad: _padded,
    exp.StartsWith: _tested,
    exp.EndsWith: _tested,
    exp.Contains: _tested,
    exp.SplitPart: _split,
    exp.RegexpLike: _matched,
    exp.RegexpExtract: _extracted,
    exp.RegexpReplace: _rewritten,
}
