"""How a raw text becomes a value of a column's type, and what refuses it."""

from __future__ import annotations

import polars as pl

from persona.policy.source import ColumnRule, Format
from persona.sources.amounts import Reading, decimal, whole
from persona.sources.instants import as_utc, day, instant
from persona.tables import Column, PolarsType

__all__ = ["default_of", "typed"]

_TRUE, _FALSE = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")
_PLAIN = Format()


def typed(origin: pl.Expr, dtype: PolarsType, column: Column, rule: ColumnRule, format_: Format) -> Reading:
    """The value of a column from what the rule found for it: a text of the file, or what an expression gave."""
    if dtype == pl.String:
        return _from_text(origin, column, rule, format_)
    if column.dtype == pl.Datetime("us") and dtype in (pl.Date, pl.Datetime("us")):
        return _shown_in_zone(origin.cast(pl.Datetime("us")), rule, has_clock=dtype != pl.Date)
    if column.dtype == pl.Date and dtype == pl.Datetime("us"):
        return origin.dt.date(), ()
    is_as_given = rule.minor_units is None and rule.sign == "credit_positive"
    if column.dtype == dtype and is_as_given:
        return origin, ()
    return _from_text(origin.cast(pl.String), column, rule, _PLAIN)


def default_of(rule: ColumnRule, column: Column, format_: Format) -> pl.Expr:
    """What the rule gives where the source has nothing; a number is meant in the column's own unit."""
    given = str(rule.default).lower() if isinstance(rule.default, bool) else str(rule.default)
    plain = ColumnRule(const=given, zone=rule.zone)
    return _from_text(pl.lit(given), column, plain, format_ if column.dtype == pl.String else _PLAIN)[0]


def _from_text(text: pl.Expr, column: Column, rule: ColumnRule, format_: Format) -> Reading:
    if column.dtype == pl.Int64:
        is_debit = rule.sign == "debit_positive"
        return whole(text, digits=rule.minor_units or 0, format_=format_, negate=is_debit)
    if column.dtype == pl.Float64:
        return decimal(text, format_=format_)
    if column.dtype == pl.Date:
        return day(text, rule)
    if column.dtype == pl.Boolean:
        return _flag(text)
    if column.dtype == pl.Datetime("us"):
        return instant(text, rule)
    return _merchant_code(text) if column.name == "mcc" else (text, ())


def _shown_in_zone(local: pl.Expr, rule: ColumnRule, *, has_clock: bool) -> Reading:
    if rule.zone is None:
        return local, ()
    value = as_utc(local, rule.zone, has_clock=has_clock)
    return value, ((value.is_null(), f"is in an hour that clocks of {rule.zone} skip"),)


def _flag(text: pl.Expr) -> Reading:
    word = text.str.to_lowercase()
    value = pl.when(word.is_in(_TRUE)).then(pl.lit(value=True)).when(word.is_in(_FALSE)).then(pl.lit(value=False))
    return value, ((value.is_null(), "is neither true nor false"),)


def _merchant_code(text: pl.Expr) -> Reading:
    """Four digits; leading zeros that a spreadsheet took away come back."""
    is_code = text.str.contains(r"^[0-9]{1,4}$")
    return pl.when(is_code).then(text.str.zfill(4)), ((~is_code, "is not a merchant category code"),)
