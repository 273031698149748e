"""The portrait as one page: no script, no picture from elsewhere, balances as lines with their days and amounts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from html import escape
from typing import TYPE_CHECKING

from persona.cli.layout import Cell, shown
from persona.cli.portrait import Section, headline, sections
from persona.money import written
from persona.page import page, picture, table

if TYPE_CHECKING:
    from persona.runs.portrait import Portrait

__all__ = ["portrait_page"]

STYLE = """
body{margin:0;max-width:none;padding:0;background:#f4f6f8}
header{background:#12324f;color:#fff;padding:1.6rem 2rem}h1{font-size:1.5rem}header p{margin:.3rem 0 0;color:#c9d6e2}
main{columns:2 30rem;column-gap:1rem;padding:1rem 2rem 2rem;max-width:90rem}
section{background:#fff;border-radius:.5rem;padding:.9rem 1.1rem;margin:0 0 1rem;overflow-x:auto;break-inside:avoid;
box-shadow:0 1px 2px #0002}h2{font-size:1rem;margin:0 0 .5rem;color:#12324f}table{width:100%;font-size:.87rem}
tr:last-child td{border-bottom:0}.short{white-space:normal}.day{white-space:nowrap}
.lead{border-left:4px solid #d9822b}.need{margin:0 0 .55rem}
.need b{display:block}.need svg{margin:.25rem 0 .15rem}.need span{color:#5c6570;font-size:.87rem}.bar{fill:#d9822b}
.likely{margin:0 0 .55rem}.likely b{display:block}.likely span{display:block;
font-size:.87rem}.likely .sure{color:#12324f}.likely .why{color:#5c6570}.balance svg{max-width:26rem;margin:.6rem 0 0}
.line{fill:none;stroke:#2f6ea3;stroke-width:2}.end{fill:#2f6ea3}
.name{font-weight:600;fill:#1b1f24}.zero{stroke:#c6ccd2;stroke-dasharray:3 3}
text{font-size:12px;
fill:#5c6570}@media(max-width:40rem){header{padding:1rem}main{padding:.6rem}section{padding:.8rem}table{
font-size:.8rem}th,td{padding-right:.4rem}td:not([class]){min-width:8rem}}
@media print{body{background:#fff}section{box-shadow:none;border:1px solid #ddd}}
"""
WIDE, HIGH = 340, 108
"""Pixels of a line and its labels: as wide as a section on a telephone, so that no letter shrinks there."""
TOP, LOW = 22, 70
"""Where the greatest and the least amount lie."""
CHARTED = "Holdings"
LIKELY = "What is likely"
STREAMS = ("Income and obligations", "Between own accounts")
DAY = re.compile(r'<td class="short">(\d{4}-\d\d-\d\d)</td>')
"""A day is not broken at its hyphens."""
LEAD = "What would help most"


def portrait_page(told: Portrait, *, bank: str, money: str) -> str:
    """The whole document; the same portrait is the same text."""
    who = told.explanation.customer_id
    body = [
        f"<header><h1>Customer {escape(who)}</h1><p>{escape(headline(told))}</p>",
        f"<p>{escape(bank)}, as of {escape(told.explanation.as_of[:10])}</p></header><main>",
        *(part for one in sections(told, money) if one[2] for part in _section(one, told, money)),
        "</main>",
    ]
    return page(f"Customer {who}: {bank}", body, style=STYLE)


def _section(section: Section, told: Portrait, money: str) -> Iterator[str]:
    title, header, rows = section
    if title == LEAD:
        yield f'<section class="lead"><h2>{escape(title)}</h2>'
        yield from (_need(row) for row in rows)
    elif title == CHARTED:
        yield f"<section><h2>{escape(title)}</h2>"
        yield from _table(header[:-1], [row[:-1] for row in rows])
        courses = [(product, course) for product, course in told.balances.items() if len(course) > 1]
        yield from (f'<div class="balance">{_line(product, course, money)}</div>' for product, course in courses)
    elif title in STREAMS:
        yield f"<section><h2>{escape(title)}</h2>"
        yield from _table(("", "each", "next on", "dearer by"), [_stream(row) for row in rows])
    elif title == LIKELY:
        yield f"<section><h2>{escape(title)}</h2>"
        yield from (_likely(row) for row in rows)
    else:
        yield f"<section><h2>{escape(title)}</h2>"
        yield from _table(header, rows)
    yield "</section>"


def _need(row: Sequence[Cell]) -> str:
    name, score, says, offers = row
    marks = (
        f'<rect class="{kind}" width="{width}" height="6" rx="3"></rect>'
        for kind, width in (("rest", 200), ("bar", 2 * int(score or 0)))
    )
    return (
        f'<div class="need"><b>{escape(shown(name))}</b>'
        f"{picture(f'strength {score} of 100', marks, width=200, height=6)}"
        f"<span>{escape(shown(says))}: {escape(shown(offers))}</span></div>"
    )


def _stream(row: Sequence[Cell]) -> tuple[Cell, ...]:
    """A regular payment in as few columns as a telephone shows."""
    what, kind, each, often, _, next_on, dearer = row
    return f"{what} ({kind})", f"{each} {often}", next_on, dearer


def _likely(row: Sequence[Cell]) -> str:
    """A prediction, how sure it is, and under that why: nothing to scroll to on a telephone."""
    what, value, sure, why = (escape(shown(cell)) for cell in row)
    folded = f'<span class="sure">{sure}</span><span class="why">{why}</span>'
    return f'<div class="likely"><b>{what}: {value}</b>{folded}</div>'


def _table(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Iterator[str]:
    """The rows without columns that say nothing of anything."""
    kept = [n for n in range(len(header)) if any(row[n] is not None for row in rows)]
    lines = table([header[n] for n in kept], [[shown(row[n]) for n in kept] for row in rows])
    return (DAY.sub(r'<td class="day">\1</td>', line) for line in lines)


def _line(product: str, course: Sequence[tuple[date, int]], money: str) -> str:
    """A balance over time with its first and last day, its least, greatest and last amount, and the line of zero."""
    first, span = course[0][0], max((course[-1][0] - course[0][0]).days, 1)
    amounts = [amount for _, amount in course]
    low, high = min(0, *amounts), max(0, *amounts)
    tall = max(high - low, 1)
    places = [
        (4 + (WIDE - 8) * (day - first).days / span, TOP + 4 + (LOW - TOP - 8) * (high - amount) / tall)
        for day, amount in course
    ]
    zero = TOP + 4 + (LOW - TOP - 8) * high / tall
    least, most, last = (written(amount, money) for amount in (min(amounts), max(amounts), amounts[-1]))
    x, y = places[-1]
    marks = (
        f'<text class="name" x="0" y="14">{escape(product)}</text>',
        f'<text x="{WIDE}" y="14" text-anchor="end">{escape(last)}</text>',
        f'<line class="zero" x1="0" x2="{WIDE}" y1="{zero:.1f}" y2="{zero:.1f}"></line>',
        f'<polyline class="line" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"></polyline>',
        f'<circle class="end" cx="{x:.1f}" cy="{y:.1f}" r="3"></circle>',
        f'<text x="0" y="{LOW + 18}">{first}</text>',
        f'<text x="{WIDE}" y="{LOW + 18}" text-anchor="end">{course[-1][0]}</text>',
        f'<text x="0" y="{LOW + 34}">least {escape(least)}, most {escape(most)}</text>',
    )
    label = f"{product} from {first} to {course[-1][0]}: from {least} to {most}, last {last}"
    return picture(label, marks, width=WIDE, height=HIGH, fluid=True)
