"""The alphabet and the segments of an SMS: what one message costs, after its values are in.

Source: 3GPP TS 23.038, 6.2.1 (the basic alphabet and its extension table) and 3GPP TS 23.040, 9.2.3.24.1 (parts of a
long message carry 153 septets or 67 UCS-2 units; no character is torn between two parts).
"""

from __future__ import annotations

import re

import polars as pl

__all__ = ["EXTENDED", "GSM7", "parts"]

GSM7 = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = "\f^{}\\[~]|€"
"""Two septets each: an escape and a letter."""

_SEPTETS, _SEPTETS_OF_PART = 160, 153
_UNITS, _UNITS_OF_PART = 70, 67
_PLAIN = f"^[{re.escape(GSM7)}]*$"
_GSM = f"^[{re.escape(GSM7 + EXTENDED)}]*$"
_OF_GSM = frozenset(GSM7 + EXTENDED)
_ASTRAL = "[\U00010000-\U0010ffff]"


def parts(body: pl.Expr) -> list[pl.Expr]:
    """The encoding and number of parts of each SMS body.

    Makes: ``encoding`` (GSM-7 or UCS-2), ``segments`` (Int64, at least 1); both null where the body is.

    >>> pl.DataFrame({"body": ["a" * 161, "é" * 71, "ë" * 71]}).select(parts(pl.col("body"))).rows()
    [('GSM-7', 2), ('GSM-7', 1), ('UCS-2', 2)]
    """
    is_gsm = body.str.contains(_GSM)
    is_narrow = pl.when(is_gsm).then(body.str.contains(_PLAIN)).otherwise(~body.str.contains(_ASTRAL))
    one, more = _room(is_gsm, _SEPTETS, _UNITS), _room(is_gsm, _SEPTETS_OF_PART, _UNITS_OF_PART)
    length = body.str.len_chars().cast(pl.Int64)
    counted = pl.when(length <= one).then(pl.lit(1, pl.Int64)).otherwise((length + more - 1) // more)
    walked = pl.when(~is_narrow).then(body).map_elements(_walked, return_dtype=pl.Int64)
    encoding = pl.when(is_gsm).then(pl.lit("GSM-7")).when(body.is_not_null()).then(pl.lit("UCS-2"))
    return [encoding.alias("encoding"), pl.when(is_narrow).then(counted).otherwise(walked).alias("segments")]


def _room(is_gsm: pl.Expr, septets: int, units: int) -> pl.Expr:
    return pl.when(is_gsm).then(pl.lit(septets, pl.Int64)).otherwise(pl.lit(units, pl.Int64))


def _walked(body: str) -> int:
    """The parts of one body, character by character: a wide one that does not fit goes to the next part whole."""
    is_gsm = _OF_GSM.issuperset(body)
    widths = [2 if (character in EXTENDED if is_gsm else character > "\uffff") else 1 for character in body]
    if sum(widths) <= (_SEPTETS if is_gsm else _UNITS):
        return 1
    room = _SEPTETS_OF_PART if is_gsm else _UNITS_OF_PART
    count, used = 1, 0
    for width in widths:
        if used + width > room:
            count, used = count + 1, 0
        used += width
    return count
