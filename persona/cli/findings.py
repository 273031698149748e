"""The audit as sections for people, the same on the screen and on the page: what matters first, and narrow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import polars as pl

from persona.cli.layout import Cell

if TYPE_CHECKING:
    from persona.runs.audit import AuditReport

__all__ = ["Section", "remarks", "sections", "uncounted", "unheard"]

Section = tuple[str, tuple[str, ...], Sequence[Sequence[Cell]]]
"""A title, the names of the columns, and the rows; left out where there are no rows."""

FULL = 0.999
"""Columns that are less filled than this are shown."""
FEW = 40
"""Rows of one section that are shown; more are counted."""


def sections(report: AuditReport, *, money: str = "") -> Iterator[Section]:
    """What was found, section by section; ``money`` is the currency of expected values."""
    yield "Ready for", ("use", "rating", "what there is", "why it matters"), _rows(report.uses)
    yield "What is not known, and what it withholds", _INVOICE, _invoice(report.invoice, money)
    yield "Tables", _TABLES, [_table(row) for row in report.tables.iter_rows(named=True)]
    yield "Bookings of other currencies", ("source", "currency", "bookings"), _rows(report.foreign)
    yield "Odd in the files", ("what", "in column", "rows", "of", "in", "that is"), _oddities(report.oddities)
    yield "The newest delivery against those before", _SHIFTS, _shifts(report.shifts)
    yield "Columns with gaps", ("table", "column", "known of", "no value means"), list(_gaps(report.columns))
    yield "Lines of the extracts", _SOURCES, [_source(row) for row in report.sources.iter_rows(named=True)]
    yield "In quarantine", ("source", "column", "reason", "lines", "first in", "line"), _rejects(report.rejects)
    yield (
        "Tests of the sources",
        ("source", "test", "when it fails", "files", "rows that fail"),
        _tests(report.expectations),
    )
    notes = [(source, PurePath(name).name, note) for source, name, note in report.warnings.iter_rows()]
    yield "Noted while reading", ("source", "file", "note"), notes[:FEW]


def remarks(report: AuditReport, *, money: str) -> Iterator[str]:
    """What is left to say in sentences; ``money`` is the workspace's currency."""
    if report.foreign.height:
        yield f"{uncounted(report.foreign.to_dicts(), money)} {_TO_COUNT}"
    yield from _unspent(report.purchases)
    empty = report.columns.filter(report.columns["filled_share"] == 0)
    if empty.height:
        yield f"{empty.height} columns have no value at all: no source fills them."
    if report.unmapped_share is not None:
        yield f"{100 * report.unmapped_share:.2f} % of transactions map to no category."
    if report.unspoken.height:
        yield unheard(report.unspoken.to_dicts())
    lost = [row["source"] for row in report.sources.iter_rows(named=True) if not row["accounted"]]
    yield f"Lines that nobody accounts for: {', '.join(lost)}." if lost else "Every line is accounted for."
    if report.not_looked_through:
        yield f"{len(report.not_looked_through)} files do not lie there any more and could not be looked into."


_TO_COUNT = "Let their sources deliver amounts in it, or say `currency:` in persona.yaml as the book is kept."


def uncounted(rows: Sequence[Mapping[str, Any]], money: str) -> str:
    """That bookings of other currencies than the workspace's are in no signal and no score.

    >>> uncounted([{"source": "cards", "currency": "USD", "rows": 90}], "EUR")
    '! 90 bookings in USD (cards) count nowhere: the workspace counts in EUR.'
    """
    bookings: dict[str, int] = {}
    for row in rows:
        bookings[row["currency"]] = bookings.get(row["currency"], 0) + row["rows"]
    named = ", ".join(
        f"{count:,} bookings in {word} ({', '.join(row['source'] for row in rows if row['currency'] == word)})"
        for word, count in bookings.items()
    )
    return f"! {named} count nowhere: the workspace counts in {money}."


def _unspent(purchases: pl.DataFrame) -> Iterator[str]:
    """Sources whose purchases come in as income."""
    from persona.runs.uncounted import LEAST_SHARE  # noqa: PLC0415 - `persona --help` loads no command's work

    for row in purchases.filter(pl.col("spent") < LEAST_SHARE * pl.col("rows")).iter_rows(named=True):
        few = f"only {row['spent']:,} of {row['rows']:,} purchases" if row["spent"] else "no booking"
        yield (
            f"! Source {row['source']}: {few} of it {'are' if row['spent'] else 'is'} spending. "
            "If amounts of purchases are positive there, say `sign: debit_positive` at its amount_minor."
        )


def unheard(rows: Sequence[Mapping[str, Any]]) -> str:
    """That customers are not written to in their language, and in which ones they would be.

    >>> unheard([{"language": "fr", "customers": 30, "written_in": "en"}])
    'No template speaks the language of 30 customers (fr 30): they are written to in en.'
    """
    named = ", ".join(f"{row['language']} {row['customers']:,}" for row in rows)
    customers = sum(row["customers"] for row in rows)
    many = f"{customers:,} customer{'s' if customers != 1 else ''}"
    return f"No template speaks the language of {many} ({named}): they are written to in {rows[0]['written_in']}."


_TABLES = ("table", "rows", "customers", "repeated keys", "unlinked", "orphans", "months", "first", "last", "days old")
_SOURCES = ("source", "files", "lines", "loaded", "rejected", "filtered", "repeats", "control", "owner")
_SHIFTS = ("source", "measure", "column", "before", "now", "by chance", "")
_INVOICE = ("not known", "from", "owner", "condition", "customers", "only for it", "expected value")


def _rows(frame: pl.DataFrame) -> list[tuple[Cell, ...]]:
    return [
        tuple(value if isinstance(value, int | float | str | None) else str(value) for value in row)
        for row in frame.iter_rows()
    ]


def _table(row: dict[str, object]) -> tuple[Cell, ...]:
    numbers = ("rows", "customers", "repeated_keys", "unlinked", "orphans", "history_months")
    days = [str(row[name]) if row[name] else None for name in ("first_on", "last_on")]
    return (str(row["table"]), *(_cell(row[name]) for name in numbers), *days, _cell(row["freshness_days"]))


def _cell(value: object) -> Cell:
    return value if isinstance(value, int | float | str | None) else str(value)


def _oddities(frame: pl.DataFrame) -> list[tuple[Cell, ...]]:
    """The same oddity in many files of a source is one row."""
    same = frame.group_by("source", "kind", "column", "says", maintain_order=True).agg(
        pl.col("rows", "of").sum(), files=pl.len(), first=pl.col("file").first()
    )
    told = [
        (row["kind"].replace("_", " "), row["column"], row["rows"], row["of"], _place(row), row["says"])
        for row in same.iter_rows(named=True)
    ]
    return [*told[:FEW], *([(f"and {len(told) - FEW} more", None, None, None, None, None)] if len(told) > FEW else [])]


def _place(row: dict[str, Any]) -> str:
    name = PurePath(row["first"]).name
    return name if row["files"] == 1 else f"{row['files']} files from {name} on"


def _shifts(frame: pl.DataFrame) -> list[tuple[Cell, ...]]:
    """Volumes always, drift of columns only where it is told."""
    return [
        (
            row["source"],
            row["measure"],
            row["column"],
            _plain(row["before"]),
            _plain(row["now"]),
            row["by_chance"],
            row["level"],
        )
        for row in frame.iter_rows(named=True)
        if row["measure"] == "volume" or row["level"] != "as before"
    ]


def _plain(figure: float | None) -> Cell:
    return None if figure is None else int(figure) if figure == int(figure) else figure


def _gaps(frame: pl.DataFrame) -> Iterator[tuple[Cell, ...]]:
    for row in frame.iter_rows(named=True):
        if row["filled_share"] and row["filled_share"] < FULL:
            yield row["table"], row["column"], f"{100 * row['filled_share']:.1f} %", row["null_means"]


def _source(row: dict[str, object]) -> tuple[Cell, ...]:
    repeats = int(str(row["duplicates"])) + int(str(row["repeated_rows"]))
    names = ("source", "files", "lines", "loaded", "rejected", "filtered")
    return (*(_cell(row[name]) for name in names), repeats, _cell(row["control"]), str(row["owner"]) or None)


def _rejects(frame: pl.DataFrame) -> list[tuple[Cell, ...]]:
    names = ("source", "column", "reason", "lines")
    return [
        (*(row[name] for name in names), PurePath(row["first_file"]).name, row["first_line"])
        for row in frame.iter_rows(named=True)
    ][:FEW]


def _tests(frame: pl.DataFrame) -> list[tuple[Cell, ...]]:
    names = ("source", "expectation", "severity", "files", "failed")
    return [tuple(row[name] for name in names) for row in frame.iter_rows(named=True)]


def _invoice(frame: pl.DataFrame, money: str) -> list[tuple[Cell, ...]]:
    from persona.cli.views import money as said  # noqa: PLC0415 - only where there is something to say

    return [
        (
            row["column"],
            row["sources"] or row["table"],
            row["owners"] or None,
            row["condition"],
            row["customers"],
            row["only_for_it"],
            said(row["value_minor"], money) if money else row["value_minor"],
        )
        for row in frame.iter_rows(named=True)
    ]
