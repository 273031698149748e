"""What is held of a person as a page that he can read and print: no script, and nothing is loaded from anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import Any

from persona.money import minor_digits
from persona.page import page, table

__all__ = ["handout"]

_MANY = 7
"""Columns beyond which a single row is shown from top to bottom."""

Row = Mapping[str, Any]


def handout(said: Mapping[str, Any]) -> str:
    """The sections of an export as a whole HTML document; the same export is the same text."""
    title = f"What {said['bank']} holds of you"
    return page(title, _body(title, said))


def _body(title: str, said: Mapping[str, Any]) -> Iterator[str]:
    night = said.get("night")
    when = f"What was reckoned and decided is that of the night {night}." if night else "No night was run yet."
    about = f"Customer {', '.join(said['customer'])}. {when} Instants are in UTC."
    yield f'<h1>{escape(title)}</h1><p class="when">{escape(about)}</p>'
    for section in said["sections"]:
        yield f"<h2>{escape(section['title'])}</h2>"
        yield from _table(section["rows"], section.get("columns", {}), said)


def _table(rows: Sequence[Row], about: Mapping[str, str], said: Mapping[str, Any]) -> Iterator[str]:
    if not rows:
        yield "<p>Nothing.</p>"
        return
    names = [name for name in rows[0] if name != "customer_id" or len(said["customer"]) > 1]
    if len(rows) == 1 and len(names) > _MANY:
        lines = [{"what": _label(name), "value": _text(name, rows[0], said)} for name in names]
        names, about, rows = ["what", "value"], {}, [line for line in lines if line["value"]]
    yield from table([_label(name) for name in names], [[_text(name, row, said) for name in names] for row in rows])
    told = [(name, about[name]) for name in names if about.get(name)]
    if told:
        meanings = "".join(f"<dt>{escape(_label(name))}</dt><dd>{escape(text)}</dd>" for name, text in told)
        yield f"<details><summary>What the columns mean</summary><dl>{meanings}</dl></details>"


def _label(name: str) -> str:
    return name.removesuffix("_minor").replace("_", " ")


def _text(name: str, row: Row, said: Mapping[str, Any]) -> str:
    """A value as a person reads it: money with its currency, yes and no in words."""
    value = row[name]
    what = str(row.get("what", "")) if name == "value" else name
    if isinstance(value, int) and not isinstance(value, bool) and what.endswith("_minor"):
        currency = str(row.get("currency") or said["currency"])
        digits = minor_digits(currency)
        return f"{Decimal(value).scaleb(-digits):,.{digits}f} {currency}"
    if value is None or isinstance(value, bool):
        return "" if value is None else "yes" if value else "no"
    return str(value)
