"""The audit as one page to send round: no script, no picture from elsewhere, nothing but what stands in the file.

Its content policy allows its own style sheet, named by its hash, and nothing else.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from persona import __version__
from persona.cli.findings import remarks, sections
from persona.cli.layout import Cell, shown
from persona.errors import WriteError

if TYPE_CHECKING:
    from persona.runs.audit import AuditReport

__all__ = ["page", "written"]

STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;color:#1b1f24;background:#fff}
h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:2.2rem 0 .5rem}p{margin:.3rem 0}.when{color:#5c6570}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}
th,td{text-align:left;padding:.25rem .8rem .25rem 0;border-bottom:1px solid #e3e7eb;vertical-align:top}
th{color:#5c6570;font-weight:600}td.figure,th.figure{text-align:right;font-variant-numeric:tabular-nums}
svg{display:block;margin:.6rem 0}.ready{fill:#2f7d4f}.partly{fill:#c98a1b}.no{fill:#b5433b}.rest{fill:#e3e7eb}
text{font:13px system-ui,sans-serif;fill:#1b1f24}.sign td{width:18rem;height:2.2rem}
@media print{body{margin:0;max-width:none}tr,h2{break-inside:avoid}h2{break-after:avoid}}
"""
POLICY = "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'"
ROW, LABEL, BAR = 24, 190, 300
"""Pixels of the picture: a row's height, the room for names, the length of a full bar."""


def written(path: Path, report: AuditReport, *, bank: str, as_of: str, money: str) -> None:
    """The page in its file.

    Raises: WriteError where the disk refuses.
    """
    try:
        path.write_text(page(report, bank=bank, as_of=as_of, money=money), encoding="utf-8")
    except OSError as error:
        raise WriteError(error.strerror or "cannot be written", where=str(path)) from error


def page(report: AuditReport, *, bank: str, as_of: str, money: str) -> str:
    """The audit as a whole HTML document; the same report is the same text."""
    digest = b64encode(sha256(STYLE.encode()).digest()).decode()
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY.format(digest)}">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>Data audit: {escape(bank)}</title><style>{STYLE}</style></head><body>",
            f'<h1>Data audit: {escape(bank)}</h1><p class="when">As of {escape(as_of)}</p>',
            *(f"<p>{escape(line)}</p>" for line in remarks(report)),
            *_bars(report),
            *(part for title, header, rows in sections(report, money=money) for part in _section(title, header, rows)),
            *_signed(report),
            "</body></html>\n",
        ]
    )


def _section(title: str, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Iterator[str]:
    if not rows:
        return
    figures = [all(_is_figure(row[n]) for row in rows) for n in range(len(header))]
    marks = [' class="figure"' if figure else "" for figure in figures]
    yield f'<h2>{escape(title)}</h2><div class="wide"><table><thead><tr>'
    yield "".join(f"<th{mark}>{escape(name)}</th>" for name, mark in zip(header, marks, strict=True))
    yield "</tr></thead><tbody>"
    for row in rows:
        cells = (f"<td{mark}>{escape(shown(cell))}</td>" for cell, mark in zip(row, marks, strict=True))
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"


def _is_figure(cell: Cell) -> bool:
    """Whether a cell is a number, or money or a share that is written out."""
    return isinstance(cell, int | float | None) or re.fullmatch(r"-|-?[\d,.]+ (%|[A-Z]{3})", str(cell)) is not None


def _signed(report: AuditReport) -> Iterator[str]:
    """What was looked at, and the lines for those who answer for it."""
    files, lines = int(report.sources["files"].sum()), int(report.sources["lines"].sum())
    yield f"<h2>Sign-off</h2><p>{report.sources.height:,} sources, {files:,} files, {lines:,} lines;"
    yield f" made by persona {escape(__version__)}.</p>"
    yield '<table class="sign"><thead><tr><th>as</th><th>name</th><th>date</th><th>signature</th></tr></thead><tbody>'
    owners = sorted(set(report.sources["owner"]) - {""})
    for one in (*(f"owner of data: {owner}" for owner in owners), "data office", "data protection"):
        yield f"<tr><td>{escape(one)}</td><td></td><td></td><td></td></tr>"
    yield "</tbody></table>"


def _bars(report: AuditReport) -> Iterator[str]:
    """How full the columns are that uses rest on, and how ready each use is, as bars."""
    uses = report.uses.select("use", "rating", "says").rows()
    share = {"ready": 1.0, "partly": 0.5, "no": 0.08}
    height = ROW * len(uses)
    yield f'<h2>How ready the data is</h2><svg role="img" aria-label="How ready the data is" viewBox="0 0 900 {height}"'
    yield f' width="900" height="{height}">'
    for number, (use, rating, says) in enumerate(uses):
        top = ROW * number
        yield f'<text x="0" y="{top + 16}">{escape(use)}</text>'
        yield f'<rect class="rest" x="{LABEL}" y="{top + 4}" width="{BAR}" height="14" rx="3"></rect>'
        long = round(BAR * share[rating])
        yield f'<rect class="{rating}" x="{LABEL}" y="{top + 4}" width="{long}" height="14" rx="3"></rect>'
        yield f'<text x="{LABEL + BAR + 12}" y="{top + 16}">{escape(f"{rating}: {says}")}</text>'
    yield "</svg>"
