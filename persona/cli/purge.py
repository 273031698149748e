"""``persona purge``: what is past its retention goes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from persona.cli.options import AsOfOption, JsonOption, QuietOption, WorkspaceOption

__all__ = ["purge"]


def purge(
    *,
    workspace: WorkspaceOption = Path(),
    as_of: AsOfOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would go, and take nothing away.")] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Take away what is past its retention: facts, decisions, delivery files.

    How long things are kept is said by the tables' contracts and by `retention` in persona.yaml. What the law wants
    kept, and customers under legal hold, stay.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.runs.purge import purged  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    with screen.progress() as progress:
        progress("purge", 0, 1)
        came = purged(workspace, as_of=as_of, is_dry=dry_run)
    screen.result(**asdict(came))
    header = ("", "days kept", "would go" if dry_run else "gone", "", "past its time, kept", "why")
    rows = [(one.what, one.days, one.gone, one.unit, one.kept, one.why_kept) for one in came.things]
    screen.table(f"As of {came.day}", header, rows)
    if came.held_customers:
        screen.line(f"{came.held_customers:,} customers are under legal hold.")
    if came.unknown_holds:
        screen.line(f"! {came.unknown_holds:,} ids under legal hold are nobody's: look for slips in the list.")
    if dry_run:
        screen.line("Nothing was taken away: this was --dry-run.")
    screen.finish()
