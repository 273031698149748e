"""Letters of other scripts and marks as the 26 of the Latin alphabet, so that one name has one spelling."""

from __future__ import annotations

import polars as pl

__all__ = ["latin"]

_SINGLE = {
    "ß": "ss",
    "ẞ": "ss",
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ł": "l",
    "ı": "i",
    "ħ": "h",
    "ŋ": "n",
    "ə": "a",
}
"""Letters that no decomposition takes apart."""

_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяіїєґђћљњџјѕ"
_AS_LATIN = "a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch - y - e yu ya i yi ye g dj c lj nj dz j dz"
_GREEK = "αβγδεζηθικλμνξοπρσςτυφχψω"
_GREEK_AS_LATIN = "a v g d e z i th i k l m n x o p r s s t y f ch ps o"

_LETTERS = {
    **_SINGLE,
    **dict(zip(_CYRILLIC, _AS_LATIN.replace("-", "").split(" "), strict=True)),
    **dict(zip(_GREEK, _GREEK_AS_LATIN.split(" "), strict=True)),
}


def latin(text: pl.Expr) -> pl.Expr:
    """The text in lower case without marks, Cyrillic and Greek by sound; other scripts stay as they are.

    Source: the tables follow ICAO 9303 part 3 (Cyrillic) and ISO 843 (Greek), without their diacritics.

    >>> pl.select(latin(pl.Series(["Łukasz", "ÉLODIE", "Иванов", "Straße"]))).to_series().to_list()
    ['lukasz', 'elodie', 'ivanov', 'strasse']
    """
    bare = text.str.to_lowercase().str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    return bare.str.replace_many(list(_LETTERS), list(_LETTERS.values()))
