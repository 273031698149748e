"""``persona status``: what was delivered, which nights were run, what waits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from persona.cli.options import AsOfOption, JsonOption, QuietOption, WorkspaceOption

if TYPE_CHECKING:
    from persona.cli.console import Screen

__all__ = ["status"]

USUAL = ("planned", "written", "handed_off", "expired")
"""How far contacts come by themselves; the others are shown where there are any."""


def status(
    *,
    workspace: WorkspaceOption = Path(),
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show the newest nights, the newest deliveries, what is due.

    While another command holds the workspace, show what that one is at.
    With --as-of only the nights up to that instant, what was delivered before it, and what is due then.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.runs.status import STATUSES, status_of  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    with screen.progress() as progress:
        progress("status", 0, 1)
        told = status_of(workspace, as_of=as_of)
    screen.result(**told)
    if told["at_work"]:
        _show_work(screen, told["at_work"])
        return
    shown = [name for name in STATUSES if name in USUAL or any(row[name] for row in told["runs"])]
    rows = [tuple(row[name] for name in ("run_id", "as_of", "status", *shown)) for row in told["runs"]]
    if not rows:
        screen.line("No night was run yet. Next: persona run.")
    screen.table("Nights, the newest first", ("run", "as of (UTC)", "status", *shown), rows)
    header = ("source", "newest delivery", "files", "rows", "rejected", "files not loaded yet")
    screen.table("Sources", header, [tuple(row.values()) for row in told["sources"]])
    for one in told["waiting"]:
        what = f"{one['messages']:,} messages in {one['strata']} strata wait for a release: {one['needed']} must act"
        screen.line(f"! run {one['run_id']}: {what}: persona review --run {one['run_id']}, then persona release FILE.")
    for warning in told["warnings"]:
        screen.line(f"! {warning}")
    screen.finish()


def _show_work(screen: Screen, work: Mapping[str, Any]) -> None:
    """What the process is at that holds the workspace."""
    began = f" since {work['began']} UTC" if work["began"] else ""
    screen.line(f"Process {work['process'] or 'unknown'} holds the workspace{began}.")
    if work["what"]:
        many = f", {work['done']:,} of {work['of']:,}" if work["of"] > 1 else ""
        screen.line(f"It is at {work['what']}{many}, since {work['since']} UTC.")
    screen.line("Nights and sources are shown when it has ended.")
    screen.finish()
