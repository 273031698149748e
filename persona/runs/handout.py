"""What is held of a person as a page that he can read and print: no script, and nothing is loaded from anywhere."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from html import escape
from typing import Any

from persona.money import minor_digits

__all__ = ["page"]

_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;color:#1b1f24;background:#fff}
h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:2.2rem 0 .5rem}.when,summary{color:#5c6570}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}dt{font-weight:600}dd{margin:0 0 .4rem}
th,td{text-align:left;padding:.25rem .8rem .25rem 0;border-bottom:1px solid #e3e7eb;vertical-align:top}
th{color:#5c6570;font-weight:600}td.short{white-space:nowrap}td.figure,th.figure{text-align:right;white-space:nowrap}
@media print{body{margin:0;max-width:none}tr,h2{break-inside:avoid}h2{break-after:avoid}}
"""
_POLICY = "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'"
_MANY = 7
"""Columns beyond which a single row is shown from top to bottom."""
_SHORT = 24
"""Letters that are not broken over lines."""

Row = Mapping[str, Any]


def page(said: Mapping[str, Any]) -> str:
    """The sections of an export as a whole HTML document; the same export is the same text."""
    bank, ids = escape(said["bank"]), escape(", ".join(said["customer"]))
    digest = b64encode(sha256(_STYLE.encode()).digest()).decode()
    night = said.get("night")
    when = (
        f"What was reckoned and decided is that of the night {escape(str(night))}."
        if night
        else "No night was run yet."
    )
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY.format(digest)}">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f'<meta name="referrer" content="no-referrer"><title>What {bank} holds of you</title>',
        f"<style>{_STYLE}</style></head><body><h1>What {bank} holds of you</h1>",
        f'<p class="when">Customer {ids}. {when} Instants are in UTC.</p>',
    ]
    for section in said["sections"]:
        parts.append(f"<h2>{escape(section['title'])}</h2>")
        parts.extend(_table(section["rows"], section.get("columns", {}), said))
    return "\n".join([*parts, "</body></html>", ""])


def _table(rows: Sequence[Row], about: Mapping[str, str], said: Mapping[str, Any]) -> Iterator[str]:
    if not rows:
        yield "<p>Nothing.</p>"
        return
    names = [name for name in rows[0] if name != "customer_id" or len(said["customer"]) > 1]
    if len(rows) == 1 and len(names) > _MANY:
        lines = [{"what": _label(name), "value": _text(name, rows[0], said)} for name in names]
        names, about, rows = ["what", "value"], {}, [line for line in lines if line["value"]]
    figures = {name for name in names if all(_is_figure(name, row) for row in rows)}
    heads = "".join(f"<th{_kind(name in figures)}>{escape(_label(name))}</th>" for name in names)
    yield f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>'
    for row in rows:
        texts = ((name, _text(name, row, said)) for name in names)
        cells = (f"<td{_kind(name in figures, text)}>{escape(text)}</td>" for name, text in texts)
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"
    told = [(name, about[name]) for name in names if about.get(name)]
    if told:
        meanings = "".join(f"<dt>{escape(_label(name))}</dt><dd>{escape(text)}</dd>" for name, text in told)
        yield f"<details><summary>What the columns mean</summary><dl>{meanings}</dl></details>"


def _label(name: str) -> str:
    return name.removesuffix("_minor").replace("_", " ")


def _kind(is_figure: bool, text: str = "") -> str:  # noqa: FBT001 - private, and named where it is called
    return ' class="figure"' if is_figure else ' class="short"' if text and len(text) <= _SHORT else ""


def _is_figure(name: str, row: Row) -> bool:
    value = row[name]
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


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
