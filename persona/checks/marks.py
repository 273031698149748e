"""Marks of direction that numbers, amounts and dates are written with in Hebrew, Arabic, Persian and their like.

They stand where Unicode's locale data put them; anywhere else they came from elsewhere. A text of the data that has one
is refused before it is put into a message, so that none of those that are let pass here is a customer's.
Source: Unicode CLDR, number, currency and date patterns of he, ar, fa and the languages that share theirs.
"""

from __future__ import annotations

import polars as pl

__all__ = ["MARKS", "is_stray"]

MARKS = "[\u061c\u200e\u200f]"

_MINUS, _BLANK = "[-\u2212]", "[ \u00a0\u202f]"
_ARABIC = "\u0620-\u064a\u066e-\u06d3"
_NUMBER = "\\d[\\d.,\u066b\u066c]*"
_BEFORE = "(?:^|[^\\d.,\u061c\u066b\u066c\u200e\u200f])"
_CURRENCY = (
    rf"(?:[A-Z]{{0,3}}\p{{Sc}}[A-Z]{{0,2}}|(?:[A-Z][A-Za-z]{{0,2}}|[{_ARABIC}.]{{1,12}}\u200f?)(?:{_BLANK}[A-Z]{{3}})?)"
)
_LEAD = f"{_BEFORE}(?:{MARKS}{{1,2}}(?:{_MINUS}{MARKS}?)?|{_MINUS}{MARKS})"
_WRITTEN = "|".join(
    (
        rf"{_LEAD}{_NUMBER}(?:{_BLANK}{MARKS}{_CURRENCY})?",
        rf"{_LEAD}{_CURRENCY}{_BLANK}?\d",
        "\\d\u200f/",
        f"[{_ARABIC}]\\.\u200f",
        "\u066a\u061c",
    )
)
"""A number with its currency; a currency before its number; the parts of a date; what ends a currency or a per cent."""


def is_stray(text: pl.Expr) -> pl.Expr:
    """Whether a text has a mark of direction where no format of a language puts one; false where it is null."""
    may_be = pl.when(text.str.contains(MARKS)).then(text)
    return may_be.str.replace_all(_WRITTEN, " ").str.contains(MARKS).fill_null(value=False)
