"""Numbers as banks write them, read exactly: what a minor unit cannot hold is refused, never rounded."""

from __future__ import annotations

import re

import polars as pl

from persona.policy.source import Format

__all__ = ["Check", "Reading", "decimal", "plainly_signed", "whole"]

Check = tuple[pl.Expr, str]
"""When a value is refused, and why."""

Reading = tuple[pl.Expr, tuple[Check, ...]]
"""A value, and what refuses it."""

_MOST = 18
"""Digits that always fit in Int64."""


def whole(text: pl.Expr, *, digits: int, format_: Format, negate: bool = False) -> Reading:
    """Numbers as Int64 in units of 10**-digits; null where there is no text.

    A minus may stand on either side, or what the format's ``signs`` declare in its place; thousands only between whole
    groups; zeros beyond ``digits`` are nothing.

    >>> value, _ = whole(pl.col("a"), digits=2, format_=Format(decimal=",", thousands=" "))
    >>> pl.select(a=pl.Series(["1 204,5", "12-", "-0,07", "1 2,00", "3,001"])).select(value)["a"].to_list()
    [120450, -1200, -7, None, None]
    """
    text = _signed(text, format_)
    plain = _ungrouped(text, format_)
    is_number = _is_number(text, format_, _MOST - digits)
    is_exact = text.str.contains(_shape(format_, _MOST - digits, fraction=f"[0-9]{{0,{digits}}}0{{0,18}}"))
    unsigned = plain.str.strip_chars("+-").str.replace(format_.decimal, ".", literal=True)
    scaled = unsigned.cast(pl.Decimal(38, digits), strict=False).to_physical().cast(pl.Int64)
    is_below = plain.str.starts_with("-") | plain.str.ends_with("-")
    signed = pl.when(is_below != negate).then(-scaled).otherwise(scaled)
    too_fine = f"has more than {digits} digits after the point" if digits else "is not a whole number"
    checks = ((~is_number, "is not a number"), (is_number & ~is_exact, too_fine))
    return pl.when(is_exact).then(signed), checks


def decimal(text: pl.Expr, *, format_: Format) -> Reading:
    """Numbers as Float64, the nearest that there is; null where there is no text."""
    text = _signed(text, format_)
    is_number = _is_number(text, format_, _MOST, exponent="(?:[eE][+-]?[0-9]{1,3})?")
    plain = _ungrouped(text, format_).str.replace(format_.decimal, ".", literal=True)
    below = pl.when(plain.str.ends_with("-")).then(pl.lit("-") + plain.str.strip_chars_end("-")).otherwise(plain)
    return pl.when(is_number).then(below.cast(pl.Float64, strict=False)), ((~is_number, "is not a number"),)


def _is_number(text: pl.Expr, format_: Format, most: int, *, exponent: str = "") -> pl.Expr:
    return text.str.contains(_shape(format_, most, exponent=exponent)) & text.str.contains("[0-9]")


def plainly_signed(format_: Format) -> list[tuple[str, str]]:
    """What makes each of the format's marks a minus before the number, or nothing: pattern and sign."""
    return [
        (r"^\(\s*([^-+()]*?)\s*\)$" if mark == "()" else rf"^([^-+]*?)\s*{re.escape(mark)}$", sign.strip("+"))
        for mark, sign in format_.signs.items()
    ]


def _signed(text: pl.Expr, format_: Format) -> pl.Expr:
    """Each mark is taken off the text as it was written, so that no number has two."""
    signed = text
    for pattern, sign in plainly_signed(format_):
        signed = pl.when(text.str.contains(pattern)).then(text.str.replace(pattern, sign + "${1}")).otherwise(signed)
    return signed


def _ungrouped(text: pl.Expr, format_: Format) -> pl.Expr:
    return text.str.replace_all(format_.thousands, "", literal=True) if format_.thousands else text


def _shape(format_: Format, most: int, *, fraction: str = "[0-9]{0,18}", exponent: str = "") -> str:
    """The pattern of a whole number text: groups are of three digits, or as in India of two before the last three."""
    whole_part = rf"[0-9]{{1,{most}}}"
    if format_.thousands:
        mark = re.escape(format_.thousands)
        groups = rf"[0-9]{{1,3}}(?:{mark}[0-9]{{3}}){{1,{most // 3 - 1}}}"
        lakhs = rf"[0-9]{{1,2}}(?:{mark}[0-9]{{2}}){{1,{most // 2 - 2}}}{mark}[0-9]{{3}}"
        whole_part = rf"(?:{whole_part}|{groups}|{lakhs})"
    point = re.escape(format_.decimal)
    body = rf"(?:{whole_part}(?:{point}{fraction})?|{point}{fraction})"
    return rf"^(?:[+-]?{body}{exponent}|{body}-)$"
