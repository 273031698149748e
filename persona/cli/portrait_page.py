"""The portrait as one page: no script, no picture from elsewhere, balances as lines."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import date
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING

from persona.cli.layout import Cell, shown
from persona.cli.page import POLICY
from persona.cli.portrait import Section, headline, sections

if TYPE_CHECKING:
    from persona.runs.portrait import Portrait

__all__ = ["portrait_page"]

STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:0;color:#1b1f24;background:#f4f6f8}
header{background:#12324f;color:#fff;padding:1.6rem 2rem}h1{font-size:1.5rem;margin:0}
header p{margin:.3rem 0 0;color:#c9d6e2}
main{columns:2 30rem;column-gap:1rem;padding:1rem 2rem 2rem;max-width:90rem}
section{background:#fff;border-radius:.5rem;padding:.9rem 1.1rem;margin:0 0 1rem;overflow-x:auto;break-inside:avoid;
box-shadow:0 1px 2px #0002}h2{font-size:1rem;margin:0 0 .5rem;color:#12324f}
table{border-collapse:collapse;width:100%;font-size:.87rem}
th,td{text-align:left;padding:.25rem .7rem .25rem 0;border-bottom:1px solid #e9edf0;vertical-align:top}
tr:last-child td{border-bottom:0}th{color:#5c6570;font-weight:600}.figure{text-align:right;white-space:nowrap;
font-variant-numeric:tabular-nums}.lead{border-left:4px solid #d9822b}.need{margin:0 0 .55rem}.need b{display:block}
.need svg{margin:.25rem 0 .15rem}
.need span{color:#5c6570;font-size:.87rem}svg{display:block}.bar{fill:#d9822b}.rest{fill:#e9edf0}
.line{fill:none;stroke:#2f6ea3;stroke-width:2}.zero{stroke:#c6ccd2;stroke-dasharray:3 3}
text{font:12px system-ui,sans-serif;fill:#5c6570}
@media print{body{background:#fff}section{box-shadow:none;border:1px solid #ddd;break-inside:avoid}}
"""
WIDE, HIGH, LABEL = 520, 54, 90
"""Pixels of a line: its box, and the room for the product's name."""
CHARTED = "Holdings"
LEAD = "What would help most"


def portrait_page(told: Portrait, *, bank: str, money: str) -> str:
    """The whole document; the same portrait is the same text."""
    digest = b64encode(sha256(STYLE.encode()).digest()).decode()
    who = told.explanation.customer_id
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY.format(digest)}">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>Customer {escape(who)}: {escape(bank)}</title><style>{STYLE}</style></head><body>",
            f"<header><h1>Customer {escape(who)}</h1><p>{escape(headline(told))}</p>",
            f"<p>{escape(bank)}, as of {escape(told.explanation.as_of[:10])}</p></header><main>",
            *(part for one in sections(told, money) if one[2] for part in _section(one, told)),
            "</main></body></html>\n",
        ]
    )


def _section(section: Section, told: Portrait) -> Iterator[str]:
    title, header, rows = section
    if title == LEAD:
        yield f'<section class="lead"><h2>{escape(title)}</h2>'
        yield from (_need(row) for row in rows)
    elif title == CHARTED:
        yield f"<section><h2>{escape(title)}</h2>"
        yield from _table(header[:-1], [row[:-1] for row in rows])
        yield from (_line(product, course) for product, course in told.balances.items() if len(course) > 1)
    else:
        yield f"<section><h2>{escape(title)}</h2>"
        yield from _table(header, rows)
    yield "</section>"


def _need(row: Sequence[Cell]) -> str:
    name, score, says, offers = row
    bar = f'<rect class="rest" width="200" height="6" rx="3"></rect><rect class="bar" width="{2 * int(score or 0)}" '
    label = escape(f"strength {score} of 100")
    return (
        f'<div class="need"><b>{escape(shown(name))}</b><svg role="img" aria-label="{label}" width="200" height="6">'
        f'{bar}height="6" rx="3"></rect></svg><span>{escape(shown(says))}: {escape(shown(offers))}</span></div>'
    )


def _table(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Iterator[str]:
    kept = [n for n in range(len(header)) if any(row[n] is not None for row in rows)]
    header, rows = [header[n] for n in kept], [[row[n] for n in kept] for row in rows]
    marks = [' class="figure"' if _is_figure([row[n] for row in rows]) else "" for n in range(len(header))]
    yield "<table>"
    if any(header):
        heads = (f"<th{mark}>{escape(name)}</th>" for name, mark in zip(header, marks, strict=True))
        yield f"<thead><tr>{''.join(heads)}</tr></thead>"
    yield "<tbody>"
    for row in rows:
        cells = (f"<td{mark}>{escape(shown(cell))}</td>" for cell, mark in zip(row, marks, strict=True))
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table>"


def _is_figure(cells: Sequence[Cell]) -> bool:
    """Whether a column holds numbers, amounts or shares only."""
    said = [cell for cell in cells if cell is not None]
    return bool(said) and all(not isinstance(cell, str) or cell.lstrip("-")[:1].isdigit() for cell in said)


def _line(product: str, course: Sequence[tuple[date, int]]) -> str:
    """A balance over time, with the line of zero where it is crossed."""
    first, span = course[0][0], max((course[-1][0] - course[0][0]).days, 1)
    amounts = [amount for _, amount in course]
    low, high = min(0, *amounts), max(0, *amounts)
    tall = max(high - low, 1)
    points = " ".join(
        f"{LABEL + (WIDE - LABEL - 6) * (day - first).days / span:.1f},{4 + (HIGH - 8) * (high - amount) / tall:.1f}"
        for day, amount in course
    )
    zero = 4 + (HIGH - 8) * high / tall
    label = escape(f"{product} from {course[0][0]} to {course[-1][0]}")
    return (
        f'<svg role="img" aria-label="{label}" viewBox="0 0 {WIDE} {HIGH}" width="100%">'
        f'<text x="0" y="{HIGH / 2 + 4}">{escape(product)}</text>'
        f'<line class="zero" x1="{LABEL}" x2="{WIDE}" y1="{zero:.1f}" y2="{zero:.1f}"></line>'
        f'<polyline class="line" points="{points}"></polyline></svg>'
    )
