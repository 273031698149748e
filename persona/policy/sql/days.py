"""Dates and instants, and casts. What does not look like the type exactly is unknown, never guessed."""

from __future__ import annotations

import re
from datetime import date

import polars as pl
from sqlglot import exp

from persona.policy.sql.terms import Handler, Inner, RefusedError, Term, as_number, fixed, function, settled
from persona.policy.sql.words import literal_text, quoted, text

__all__ = ["DAYS"]

_PARTS: dict[type[exp.Expr], str] = {
    exp.Year: "year",
    exp.Month: "month",
    exp.Day: "day",
    exp.Hour: "hour",
    exp.DayOfWeek: "dayofweek",
    exp.DayOfWeekIso: "isodow",
}
_TWO = "[0-9]{1,2}"
_SPECIFIERS = {"Y": "[1-9][0-9]{3}", "m": _TWO, "d": _TWO, "H": _TWO, "M": _TWO, "S": "[0-5]?[0-9]"}
_WHOLE = "^[ ]*[-+]?[0-9]{1,19}[ ]*$"
_NUMBER = "^[ ]*[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]{1,3})?[ ]*$"
_DAY = "^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}$"
_TRUTH = "^(true|false|t|f|1|0)$"
_MAX_PRECISION = 38


def _part(node: exp.Expr, inner: Inner) -> Term:
    name = _PARTS[type(node)]
    term = _dated(node.args["this"], inner, what=name)
    if name == "hour" and term.kind == "date":
        raise RefusedError("hour takes a date with a time", node)
    of = term.expr.dt
    # ISO counts Sunday as 7, dayofweek as 0.
    parts = {"year": of.year, "month": of.month, "day": of.day, "hour": of.hour}
    found = parts[name]() if name in parts else of.weekday()
    expr = found.cast(pl.Int64) % 7 if name == "dayofweek" else found.cast(pl.Int64)
    made = function(name, expr, "integer", [term])
    return Term(expr, "integer", made.sql, bits=16, weight=made.weight)


def _dated(node: object, inner: Inner, *, what: str) -> Term:
    term = inner(node)
    if term.kind == "nothing":
        return fixed(None, "date")
    if term.kind not in ("date", "instant") and isinstance(node, exp.Expr):
        hint = "Write a date as DATE '2026-01-31', or read a text with strptime(text, '%Y-%m-%d')."
        raise RefusedError(f"{what} takes dates, not {term.words}", node, hint=hint)
    return term


def _difference(node: exp.Expr, inner: Inner) -> Term:
    unit = node.args.get("unit")
    if unit is None or str(unit.name).upper() != "DAY":
        raise RefusedError("date_diff counts days only", node, hint="As in: date_diff('day', opened_on, closed_on).")
    end, start = (_dated(node.args[side], inner, what="date_diff") for side in ("this", "expression"))
    expr = (end.expr.cast(pl.Date) - start.expr.cast(pl.Date)).dt.total_days()
    sql = f"date_diff('day', {start.sql}, {end.sql})"
    return Term(expr, "integer", sql, bits=32, weight=3 + start.weight + end.weight)


def _parsed(node: exp.Expr, inner: Inner) -> Term:
    term = text(node.args["this"], inner, what="strptime")
    layout = literal_text(node.args.get("format"), inner, node, what="the format of strptime")
    matching = f"^{_layout_pattern(layout, node)}$"
    expr = _matching(term, matching).str.to_datetime(layout, strict=False, time_unit="us")
    sql = f"try_strptime({_matching_sql(term, matching)}, {quoted(layout)})"
    return Term(expr, "instant", sql, weight=4 + 2 * term.weight)


def _layout_pattern(layout: str, node: exp.Expr) -> str:
    found = re.findall(r"%([YmdHMS])|([-./:, T_])|(.)", layout)
    names = [name for name, _, _ in found if name]
    if any(other for _, _, other in found) or len(set(names)) < len(names) or not {"Y", "m", "d"} <= set(names):
        hint = "It has %Y, %m and %d, perhaps %H, %M and %S, each once, and between them - . / : , _ T or spaces."
        raise RefusedError("the format of strptime is not understood", node, hint=hint)
    parts: list[str] = []
    for (name, mark, _), (following, _, _) in zip(found, [*found[1:], ("", "", "")], strict=True):
        digits = _SPECIFIERS[name] if name else f"[{mark}]" if mark != "-" else "-"
        # Beside another number only two digits can be told apart.
        is_beside = bool(following) or (bool(parts) and parts[-1].endswith("}"))
        parts.append("[0-9]{2}" if name and name != "Y" and is_beside else digits)
    return "".join(parts)


def _cast(node: exp.Expr, inner: Inner) -> Term:
    to = node.args["to"]
    given = node.args["this"]
    name = str(to.this.value) if isinstance(to.this, exp.DType) else ""
    if name == "DATE" and isinstance(given, exp.Literal) and given.is_string:
        return _literal_day(given)
    term = settled(inner(given))
    if term.kind == "nothing":
        raise RefusedError("cast of NULL says nothing", node)
    for names, kind in _TARGETS.items():
        if name in names:
            made = _CASTS[kind](term, to)
            if made is None:
                what = f"cast makes no {name.lower()} from {term.words}"
                raise RefusedError(what, node, hint=_CAST_HINTS.get(kind, ""))
            return made
    hint = "Types: bigint, boolean, date, decimal(precision, scale), double, varchar."
    raise RefusedError("cast knows no such type", node, hint=hint)


def _literal_day(given: exp.Expr) -> Term:
    said = str(given.this)
    try:
        day = date.fromisoformat(said) if re.fullmatch(_DAY, said) else None
    except ValueError:
        day = None
    if day is None:
        raise RefusedError(f"{said!r} is no date", given, hint="Write year, month and day, as in DATE '2026-01-31'.")
    return fixed(day, "date")


def _matching(term: Term, matching: str) -> pl.Expr:
    """The text where it looks as it must, else null."""
    return pl.when(term.expr.str.contains(matching)).then(term.expr)


def _matching_sql(term: Term, matching: str) -> str:
    return f"nullif(regexp_extract({term.sql}, {quoted(matching)}), '')"


def _read(term: Term, matching: str, kind: str) -> Term:
    expr, sql = _matching(term, matching), _matching_sql(term, matching)
    weight = 3 + 2 * term.weight
    if kind == "integer":
        value = expr.str.strip_chars(" +").cast(pl.Int64, strict=False)
        return Term(value, "integer", f"TRY_CAST({sql} AS BIGINT)", weight=weight)
    value = expr.str.strip_chars(" +").cast(pl.Float64, strict=False)
    return Term(value, "number", f"TRY_CAST({sql} AS DOUBLE)", is_settled=False, weight=weight)


def _to_integer(term: Term, _: exp.Expr) -> Term | None:
    if term.kind == "integer":
        return term
    if term.kind == "text":
        return _read(term, _WHOLE, "integer")
    if term.kind == "boolean":
        return Term(term.expr.cast(pl.Int64), "integer", f"CAST({term.sql} AS BIGINT)", bits=1, weight=1 + term.weight)
    if not term.is_numeric:
        return None
    number = as_number(term)  # halves go to the even neighbour, as DuckDB has it
    expr = number.expr.round(0, mode="half_to_even").cast(pl.Int64, strict=False)
    return Term(expr, "integer", f"TRY_CAST({number.sql} AS BIGINT)", weight=2 + number.weight)


def _to_number(term: Term, _: exp.Expr) -> Term | None:
    if term.kind == "text":
        return _read(term, _NUMBER, "number")
    return as_number(term) if term.is_numeric else None


def _to_text(term: Term, _: exp.Expr) -> Term | None:
    if term.kind == "text":
        return term
    if term.kind not in ("integer", "boolean", "date"):
        return None
    return Term(term.expr.cast(pl.String), "text", f"CAST({term.sql} AS VARCHAR)", weight=1 + term.weight)


def _to_date(term: Term, _: exp.Expr) -> Term | None:
    if term.kind == "date":
        return term
    if term.kind == "instant":
        return Term(term.expr.dt.date(), "date", f"CAST({term.sql} AS DATE)", weight=1 + term.weight)
    if term.kind != "text":
        return None
    expr = _matching(term, _DAY).str.to_date("%Y-%m-%d", strict=False)
    return Term(expr, "date", f"TRY_CAST({_matching_sql(term, _DAY)} AS DATE)", weight=3 + 2 * term.weight)


def _to_boolean(term: Term, _: exp.Expr) -> Term | None:
    if term.kind == "boolean":
        return term
    if term.kind != "text":
        return None
    lower = Term(term.expr.str.to_lowercase(), "text", f"lower({term.sql})", weight=1 + term.weight)
    said = _matching(lower, _TRUTH)
    sql = f"TRY_CAST({_matching_sql(lower, _TRUTH)} AS BOOLEAN)"
    return Term(said.is_in(["true", "t", "1"]), "boolean", sql, weight=4 + 2 * term.weight)


def _to_decimal(term: Term, to: exp.Expr) -> Term | None:
    asked = [int(str(p.this.this)) for p in to.expressions]
    precision, scale = (*asked, 0)[:2] if asked else (18, 3)
    if not 0 <= scale <= precision <= _MAX_PRECISION or not precision:
        raise RefusedError(f"a decimal has at most {_MAX_PRECISION} digits, and no more after the point", to)
    dtype, name = pl.Decimal(precision, scale), f"DECIMAL({precision}, {scale})"
    if term.kind == "integer":
        expr = term.expr.cast(dtype, strict=False)
        return Term(expr, "decimal", f"TRY_CAST({term.sql} AS {name})", weight=1 + term.weight)
    if term.kind != "text":
        return None
    matching = f"^[ ]*[-+]?[0-9]{{1,38}}([.][0-9]{{0,{scale}}})?[ ]*$" if scale else "^[ ]*[-+]?[0-9]{1,38}[ ]*$"
    expr = _matching(term, matching).str.strip_chars(" +").cast(dtype, strict=False)
    return Term(expr, "decimal", f"TRY_CAST({_matching_sql(term, matching)} AS {name})", weight=3 + 2 * term.weight)


_TARGETS: dict[tuple[str, ...], str] = {
    ("BIGINT", "INT", "SMALLINT", "TINYINT"): "integer",
    ("DOUBLE", "FLOAT"): "number",
    ("VARCHAR", "TEXT"): "text",
    ("DATE",): "date",
    ("BOOLEAN",): "boolean",
    ("DECIMAL",): "decimal",
}
_CASTS = {
    "integer": _to_integer,
    "number": _to_number,
    "text": _to_text,
    "date": _to_date,
    "boolean": _to_boolean,
    "decimal": _to_decimal,
}
_CAST_HINTS = {
    "text": "Round a number to a whole one first: cast(round(x) as bigint).",
    "decimal": "Use round(x, 2), or cast to double.",
    "date": "Read a text with strptime(text, '%d.%m.%Y').",
}

DAYS: dict[type[exp.Expr], Handler] = {
    **dict.fromkeys(_PARTS, _part),
    exp.DateDiff: _difference,
    exp.StrToTime: _parsed,
    exp.Cast: _cast,
    exp.TryCast: _cast,
}
