"""``persona audit``: how good the data is, before anything is built on it."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from persona.cli.options import AsOfOption, JsonOption, QuietOption, WorkspaceOption

if TYPE_CHECKING:
    import polars as pl

    from persona.cli.console import Screen
    from persona.runs.audit import AuditReport

__all__ = ["audit"]

EMPTY_SHARE = 0.999
"""Columns that are less filled than this are shown."""


def audit(
    *,
    workspace: WorkspaceOption = Path(),
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Tell what is missing, late, refused or unknown in the data."""
    import polars as pl  # noqa: PLC0415 - `persona --help` loads no command's work

    from persona.cli.console import Screen  # noqa: PLC0415
    from persona.runs.audit import audit as audited  # noqa: PLC0415
    from persona.runs.night import opened  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    with (
        screen.progress() as progress,
        opened(workspace, as_of=as_of, progress=progress, is_loading=False) as here,
    ):
        night = here.night
        report = audited(night.store, night.policy, night.as_of)
    values = {one.name: getattr(report, one.name) for one in fields(report)}
    screen.result(
        as_of=str(night.as_of),
        **{name: value.to_dicts() if isinstance(value, pl.DataFrame) else value for name, value in values.items()},
    )
    _show(screen, report)
    screen.finish()


def _show(screen: Screen, report: AuditReport) -> None:
    _table(screen, "Tables", report.tables)
    thin = report.columns.filter(report.columns["filled_share"].fill_null(0) < EMPTY_SHARE)
    _table(screen, "Columns with gaps", thin.drop("rows"))
    _table(screen, "Lines of the extracts", report.sources)
    _table(screen, "In quarantine", report.rejects)
    _table(screen, "Tests of the sources", report.expectations)
    _table(screen, "Noted while reading", report.warnings)
    if report.unmapped_share is not None:
        screen.line(f"{100 * report.unmapped_share:.2f} % of transactions map to no category.")


def _table(screen: Screen, title: str, frame: pl.DataFrame) -> None:
    if frame.height:
        rows = [[v if isinstance(v, int | float | str | None) else str(v) for v in row] for row in frame.iter_rows()]
        screen.table(title, [name.replace("_", " ") for name in frame.columns], rows)
