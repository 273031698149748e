"""The audit as one page to send round."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from persona import __version__
from persona.cli.findings import remarks, sections
from persona.cli.layout import shown
from persona.errors import WriteError
from persona.page import page, picture, table

if TYPE_CHECKING:
    from persona.runs.audit import AuditReport

__all__ = ["audit_page", "written"]

STYLE = """
svg{margin:.6rem 0}.ready{fill:#2f7d4f}.partly{fill:#c98a1b}.no{fill:#b5433b}.sign td{width:18rem;height:2.2rem}
"""
WIDTH, ROW, LABEL, BAR = 900, 24, 190, 300
"""Pixels of the picture: its width, a row's height, the room for names, the length of a full bar."""


def written(path: Path, report: AuditReport, *, bank: str, as_of: str, money: str) -> None:
    """The page in its file.

    Raises: WriteError where the disk refuses.
    """
    try:
        path.write_text(audit_page(report, bank=bank, as_of=as_of, money=money), encoding="utf-8")
    except OSError as error:
        raise WriteError(error.strerror or "cannot be written", where=str(path)) from error


def audit_page(report: AuditReport, *, bank: str, as_of: str, money: str) -> str:
    """The audit as a whole HTML document; the same report is the same text."""
    return page(f"Data audit: {bank}", _body(report, bank=bank, as_of=as_of, money=money), style=STYLE)


def _body(report: AuditReport, *, bank: str, as_of: str, money: str) -> Iterator[str]:
    yield f'<h1>Data audit: {escape(bank)}</h1><p class="when">As of {escape(as_of)}</p>'
    yield from (f"<p>{escape(line)}</p>" for line in remarks(report, money=money))
    yield from _bars(report)
    for title, header, rows in sections(report, money=money):
        if rows:
            yield f"<h2>{escape(title)}</h2>"
            yield from table(header, [[shown(cell) for cell in row] for row in rows])
    yield from _signed(report)


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
    title = "How ready the data is"
    marks = (mark for number, use in enumerate(uses) for mark in _bar(ROW * number, *use))
    yield f"<h2>{title}</h2>{picture(title, marks, width=WIDTH, height=ROW * len(uses))}"


def _bar(top: int, use: str, rating: str, says: str) -> Iterator[str]:
    long = round(BAR * {"ready": 1.0, "partly": 0.5, "no": 0.08}[rating])
    yield f'<text x="0" y="{top + 16}">{escape(use)}</text>'
    yield f'<rect class="rest" x="{LABEL}" y="{top + 4}" width="{BAR}" height="14" rx="3"></rect>'
    yield f'<rect class="{rating}" x="{LABEL}" y="{top + 4}" width="{long}" height="14" rx="3"></rect>'
    yield f'<text x="{LABEL + BAR + 12}" y="{top + 16}">{escape(f"{rating}: {says}")}</text>'
