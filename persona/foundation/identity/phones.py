"""Telephone numbers as E.164, whatever way a branch wrote them down."""

from __future__ import annotations

import polars as pl

__all__ = ["CALLING", "e164"]

CALLING: dict[str, tuple[str, str]] = {
    "AT": ("43", "0"), "AU": ("61", "0"), "BE": ("32", "0"), "BG": ("359", "0"), "BR": ("55", "0"), "CA": ("1", "1"),
    "CH": ("41", "0"), "CN": ("86", "0"), "CY": ("357", ""), "CZ": ("420", ""), "DE": ("49", "0"), "DK": ("45", ""),
    "EE": ("372", ""), "ES": ("34", ""), "FI": ("358", "0"), "FR": ("33", "0"), "GB": ("44", "0"), "GR": ("30", ""),
    "HR": ("385", "0"), "HU": ("36", "06"), "IE": ("353", "0"), "IN": ("91", "0"), "IS": ("354", ""), "IT": ("39", ""),
    "JP": ("81", "0"), "KR": ("82", "0"), "LT": ("370", "8"), "LU": ("352", ""), "LV": ("371", ""), "MT": ("356", ""),
    "MX": ("52", ""), "NL": ("31", "0"), "NO": ("47", ""), "NZ": ("64", "0"), "PL": ("48", ""), "PT": ("351", ""),
    "RO": ("40", "0"), "RS": ("381", "0"), "RU": ("7", "8"), "SE": ("46", "0"), "SG": ("65", ""), "SI": ("386", "0"),
    "SK": ("421", "0"), "TR": ("90", "0"), "UA": ("380", "0"), "US": ("1", "1"), "ZA": ("27", "0"),
}  # fmt: skip
"""ISO 3166 country -> calling code and the trunk prefix that only callers inside the country dial.

Source: ITU-T E.164, list of assigned country codes; national numbering plans.
"""

_FEWEST, _MOST = 7, 15
"""Digits of a number with its calling code; ITU-T E.164 allows 15."""


def e164(text: pl.Expr, *, country: str) -> pl.Expr:
    """The number as ``+`` and digits.

    Null: what is no number, and numbers of one digit repeated, which clerks type where they know none.

    >>> said = pl.Series(["+49 (0)171 392", "0049171-3920042", "0171/3920042", "000000000", "none"])
    >>> pl.select(e164(said, country="DE")).to_series().to_list()
    ['+49171392', '+491713920042', '+491713920042', None, None]
    """
    code, trunk = CALLING.get(country, ("", ""))
    without_hint = text.str.strip_chars().str.replace(r"\(0\)", "")
    digits = without_hint.str.replace_all(r"\D", "")
    is_abroad = without_hint.str.starts_with("+")
    bare = pl.when(is_abroad).then(digits).when(digits.str.starts_with("00")).then(digits.str.slice(2))
    national = digits.str.strip_prefix(trunk) if trunk else digits
    full = bare.otherwise(pl.lit(code) + national)
    is_number = full.str.len_chars().is_between(_FEWEST, _MOST) & ~_is_one_digit(digits)
    return pl.when(is_number).then(pl.lit("+") + full)


def _is_one_digit(digits: pl.Expr) -> pl.Expr:
    """Whether nothing but one digit is there, after a calling code or trunk prefix of up to three digits."""
    tail = digits.str.slice(3)
    return tail.str.strip_chars(tail.str.head(1)) == ""
