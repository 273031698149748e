"""Records made comparable: one spelling for one name, number, address and day, whatever system wrote them down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import polars as pl

from persona.foundation.identity.letters import latin
from persona.foundation.identity.phones import e164
from persona.policy.identity import Comparable

__all__ = ["NUMBER", "comparable"]

NUMBER = "number"
"""The house number, which an address gives off as a field of its own."""

_TITLES = "dr|prof|mr|mrs|ms|miss|sir|ing|dipl|mag|herr|frau|hr|fr|sr|sra|mme|jr|phd|msc|bsc"
_UMLAUTS = {"ae": "a", "oe": "o", "ue": "u"}
_STREET = {
    "street": "st", "strasse": "str", "road": "rd", "avenue": "ave", "av": "ave", "boulevard": "blvd", "drive": "dr",
    "lane": "ln", "place": "pl", "platz": "pl", "court": "ct", "crescent": "cres", "square": "sq", "close": "cl",
    "circuit": "cct", "parade": "pde", "terrace": "tce", "highway": "hwy", "rua": "r", "calle": "c", "via": "v",
    "apartment": "apt", "flat": "apt", "unit": "apt", "north": "n", "south": "s", "east": "e", "west": "w",
}  # fmt: skip
_FIRST_DAY, _LAST_DAY = date(1880, 1, 1), date(2100, 1, 1)
_DEFAULT_DAYS = (date(1900, 1, 1), date(1901, 1, 1), date(1970, 1, 1))
"""What systems write where no birthday is known."""
_SHORTEST_DOCUMENT = 5


def comparable(records: pl.DataFrame, fields: Mapping[str, Comparable], *, country: str) -> pl.DataFrame:
    """The fields of each record, made comparable.

    Grain: one row a record, in the order given. Reads: ``record_no`` and the columns of the fields; a column that is
    not there is known of nobody. ``country`` says how national telephone numbers are dialled.
    Makes: ``record_no``, each field as text (dates as Date), and ``number`` where there is an address.
    Null: what is not known or cannot be meant, such as a birthday of 1900-01-01.
    """
    made: dict[str, pl.Expr] = {}
    for name, field in fields.items():
        column = field.column or name
        said = pl.col(column) if column in records.columns else pl.lit(None, dtype=pl.String)
        made[name] = _date(said) if field.kind == "date" else _known(_MADE[field.kind](said.cast(pl.String), country))
        if field.kind == "address" and NUMBER not in fields:
            made[NUMBER] = _known(_house_number(said.cast(pl.String)))
    return records.select("record_no", **made)


def _known(text: pl.Expr) -> pl.Expr:
    return pl.when(text != "").then(text)


def _spaced(text: pl.Expr) -> pl.Expr:
    """Words of letters and digits with one space between them."""
    return latin(text).str.replace_all(r"['’`´]", "").str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars()


def _name(text: pl.Expr, _: str) -> pl.Expr:
    words = _spaced(text).str.replace_all(r"\p{N}+", "").str.replace_all(rf"\b(?:{_TITLES})\b", "")
    folded = words.str.replace_many(list(_UMLAUTS), list(_UMLAUTS.values()))
    return folded.str.replace_all(r"\s+", " ").str.strip_chars()


def _email(text: pl.Expr, _: str) -> pl.Expr:
    """The address without case, tags and the dots that Google's mail ignores."""
    whole = text.str.strip_chars().str.to_lowercase().str.replace(r"@googlemail\.com$", "@gmail.com")
    local = whole.str.extract(r"^([^@\s]+)@", 1).str.replace(r"\+.*$", "")
    domain = whole.str.extract(r"@([^@\s]+\.[^@\s.]+)$", 1)
    bare = pl.when(domain == "gmail.com").then(local.str.replace_all(".", "", literal=True)).otherwise(local)
    return pl.when(bare != "").then(bare + "@" + domain)


def _phone(text: pl.Expr, country: str) -> pl.Expr:
    return e164(text, country=country)


def _document(text: pl.Expr, _: str) -> pl.Expr:
    """Letters and digits only; a number of one digit repeated is a clerk's way out."""
    bare = text.str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]", "")
    is_number = (bare.str.len_chars() >= _SHORTEST_DOCUMENT) & (bare.str.strip_chars(bare.str.head(1)) != "")
    return pl.when(is_number).then(bare)


def _postcode(text: pl.Expr, _: str) -> pl.Expr:
    return text.str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]", "")


def _place(text: pl.Expr, _: str) -> pl.Expr:
    return _spaced(text)


def _address(text: pl.Expr, _: str) -> pl.Expr:
    """The street's words without its numbers; usual words and endings in their short form."""
    words = _spaced(text).str.replace_all(r"\b\p{N}+(?: ?[a-h])?\b", " ").str.replace_all(r"strasse\b", "str")
    short = pl.concat_str(words.str.replace_all(r"\s+", " ").str.strip_chars())
    for long, brief in _STREET.items():
        short = short.str.replace_all(rf"\b{long}\b", brief)
    return short


def _house_number(text: pl.Expr) -> pl.Expr:
    return _spaced(text).str.extract(r"\b(\p{N}+(?: ?[a-h]\b)?)", 1).str.replace_all(" ", "", literal=True)


def _number(text: pl.Expr, _: str) -> pl.Expr:
    return _spaced(text).str.replace_all(" ", "", literal=True)


def _date(day: pl.Expr) -> pl.Expr:
    said = day.cast(pl.Date)
    return pl.when(said.is_between(_FIRST_DAY, _LAST_DAY) & ~said.is_in(_DEFAULT_DAYS)).then(said)


_MADE: Mapping[str, Callable[[pl.Expr, str], pl.Expr]] = {
    "name": _name,
    "phone": _phone,
    "email": _email,
    "document": _document,
    "address": _address,
    "number": _number,
    "postcode": _postcode,
    "place": _place,
    "text": _place,
}
