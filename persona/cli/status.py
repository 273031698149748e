"""``persona status``: what was delivered, which nights were run, what waits."""

from __future__ import annotations

from pathlib import Path

from persona.cli.options import JsonOption, WorkspaceOption

__all__ = ["status"]


def status(*, workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Show the newest nights, the newest deliveries, what is due."""
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.runs.status import status_of  # noqa: PLC0415

    screen = Screen(is_json=as_json)
    told = status_of(workspace)
    screen.result(**told)
    names = ("run_id", "as_of", "status", "planned", "written", "handed_off", "expired")
    rows = [tuple(row[name] for name in names) for row in told["runs"]]
    if not rows:
        screen.line("No night was run yet. Next: persona run.")
    screen.table("Nights, the newest first", ("run", "as of (UTC)", "status", *names[3:]), rows)
    header = ("source", "newest delivery", "files", "rows", "rejected", "files not loaded yet")
    screen.table("Sources", header, [tuple(row.values()) for row in told["sources"]])
    for warning in told["warnings"]:
        screen.line(f"! {warning}")
    screen.finish()
