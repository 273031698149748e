"""``persona recall``: messages on their way to people who must no longer have them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from persona.cli.options import AsOfOption, JsonOption, QuietOption, WorkspaceOption

if TYPE_CHECKING:
    from persona.cli.console import Screen
    from persona.runs.recall import Recall

__all__ = ["recall", "show_recall"]


def recall(
    *,
    workspace: WorkspaceOption = Path(),
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Take back what is on its way to people who must no longer have it.

    Late opt-outs, deaths, disputes: extracts of consents and suppressions are taken in first. What has not left goes
    out of its file; vendors get a list of what they must not send. Exit code 5 where a vendor's cut-off has passed.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.errors import ComplianceError  # noqa: PLC0415
    from persona.runs.recall import recall as recalled  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    with screen.progress() as progress:
        made = recalled(workspace, as_of=as_of, progress=progress)
    said = asdict(made)
    del said["fault"]
    screen.result(**said)
    screen.line(f"{made.on_their_way:,} messages are on their way as of {made.as_of}.")
    show_recall(screen, made)
    if not made.recalled and not made.late:
        screen.line("Nothing new to recall.")
    screen.finish()
    if made.fault is not None:
        raise made.fault
    if made.late:
        raise ComplianceError(
            f"{made.late:,} messages were past their vendor's cut-off and may be sent",
            where=f"recall as of {made.as_of}",
            hint="They are on the lists too: call the vendor.",
        )


def show_recall(screen: Screen, made: Recall) -> None:
    """What was recalled, why, and where the vendors read it; nothing where nothing was."""
    screen.table("Recalled", ("because", "of", "messages"), _reasons(made))
    lists = [(one.target, one.messages) for one in made.lists]
    screen.table("Lists for the vendors, with all that was recalled of the run", ("file", "messages"), lists)
    if made.taken_out:
        screen.line(f"Taken out of files that had not left: {made.taken_out:,} rows.")


def _reasons(made: Recall) -> list[tuple[str, str, int]]:
    from persona.tables.reasons import words  # noqa: PLC0415

    return [(words(letter), which, count) for letter, which, count in made.why]
