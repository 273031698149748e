"""``persona audit``: how good the data is, before anything is built on it."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Annotated

import typer

from persona.cli.options import AsOfOption, JsonOption, QuietOption, WorkspaceOption

__all__ = ["audit"]

PageOption = Annotated[
    Path | None, typer.Option("--html", help="Write the audit as a page to this file too.", dir_okay=False)
]


def audit(
    *,
    workspace: WorkspaceOption = Path(),
    as_of: AsOfOption = None,
    html: PageOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Tell what the data is ready for, and what is missing, late, odd or refused in it.

    Once a night is finished, it also says what each thing that is not known withholds.
    """
    import polars as pl  # noqa: PLC0415 - `persona --help` loads no command's work

    from persona.cli.audit_page import written  # noqa: PLC0415
    from persona.cli.console import Screen  # noqa: PLC0415
    from persona.cli.findings import remarks, sections  # noqa: PLC0415
    from persona.runs.audit import audit as audited  # noqa: PLC0415
    from persona.runs.night import opened  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    with (
        screen.progress() as progress,
        opened(workspace, as_of=as_of, progress=progress, is_loading=False) as here,
    ):
        night = here.night
        report = audited(night.store, night.policy, night.as_of, progress=progress)
    values = {one.name: getattr(report, one.name) for one in fields(report)}
    screen.result(
        as_of=str(night.as_of),
        **{name: value.to_dicts() if isinstance(value, pl.DataFrame) else value for name, value in values.items()},
    )
    for title, header, rows in sections(report, money=night.policy.workspace.currency):
        screen.table(title, header, rows)
    for line in remarks(report, money=night.policy.workspace.currency):
        screen.line(line)
    if html is not None:
        written(
            html,
            report,
            bank=night.policy.workspace.name,
            as_of=str(night.as_of),
            money=night.policy.workspace.currency,
        )
        screen.line(f"Page: {html}")
    screen.finish()
