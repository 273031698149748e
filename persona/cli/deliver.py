"""``persona deliver``: published files into the vendors' folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from persona.cli.options import AsOfOption, JsonOption, QuietOption, WorkspaceOption
from persona.cli.recall import show_recall

__all__ = ["deliver"]


def deliver(
    run_id: Annotated[str | None, typer.Argument(help="Run to hand over; the newest when not given.")] = None,
    *,
    workspace: WorkspaceOption = Path(),
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Hand the published files to their drop folders.

    Each file goes once, only where its release allows it, and without messages to people who must no longer have them.
    With --as-of those of the night of that instant.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.errors import ComplianceError  # noqa: PLC0415
    from persona.runs.run import delivered  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    with screen.progress() as progress:
        told = delivered(workspace, run_id, progress=progress, as_of=as_of)
    rows = [(one.target, one.file.rows, one.status) for one in told.handed]
    screen.result(run_id=told.run_id, files=[{"target": t, "messages": r, "status": s} for t, r, s in rows])
    screen.table(f"Run {told.run_id}", ("file", "messages", "status"), rows)
    screen.result(recalled=told.recall.recalled, late=told.recall.late)
    show_recall(screen, told.recall)
    screen.finish()
    if told.waiting:
        raise ComplianceError(
            f"{told.waiting.messages:,} messages in {told.waiting.strata} strata wait for a release by people",
            where=f"run {told.run_id}",
            hint=f"{told.waiting.needed} must act: persona review --run {told.run_id}, then persona release FILE.",
        )
