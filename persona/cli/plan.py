"""``persona plan``: what tonight would do, against last night."""

from __future__ import annotations

from pathlib import Path

from persona.cli.options import (
    AsOfOption,
    FailAboveOption,
    JsonOption,
    MarkdownOption,
    QuietOption,
    WorkspaceOption,
)

__all__ = ["plan"]


def plan(
    *,
    fail_above: FailAboveOption = None,
    workspace: WorkspaceOption = Path(),
    as_of: AsOfOption = None,
    markdown: MarkdownOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show what tonight would do against last night, before anything is written down.

    Volumes, value, use of budgets, who moves, and for whom an offer is no longer suitable. Exit code 5 where a
    guardrail or fairness would stop the night, or more changes than --fail-above allows.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.cli.foresight import told_and_judged  # noqa: PLC0415
    from persona.runs.planning import foreseen  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet, is_markdown=markdown)
    with screen.progress() as progress:
        told = foreseen(workspace, as_of=as_of, progress=progress)
    told_and_judged(
        screen, told, fail_above, end=f", run {told.run_id}. Nothing was sent. Next: persona run.", everything=True
    )
