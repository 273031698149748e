"""``persona diff``: the whole book under other rules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from persona.cli.options import (
    AsOfOption,
    FailAboveOption,
    JsonOption,
    MarkdownOption,
    QuietOption,
    WorkspaceOption,
)

__all__ = ["diff"]


def diff(
    other: Annotated[
        Path, typer.Argument(help="A folder of rules, or a whole workspace such as another checkout.", file_okay=False)
    ],
    *,
    fail_above: FailAboveOption = None,
    workspace: WorkspaceOption = Path(),
    as_of: AsOfOption = None,
    markdown: MarkdownOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Decide the whole book under the rules of another folder, and show what would change.

    What has no approval there yet is taken as approved, and named. Exit code 5 where more changes than --fail-above
    allows.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.cli.foresight import told_and_judged  # noqa: PLC0415
    from persona.runs.comparing import tried_folder  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet, is_markdown=markdown)
    with screen.progress() as progress:
        told = tried_folder(workspace, other, as_of=as_of, progress=progress)
    told_and_judged(screen, told, fail_above, end=". Nothing was sent, and no rule is changed.")
