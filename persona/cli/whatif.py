"""``persona whatif``: the whole book with some values of the rules set otherwise."""

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

__all__ = ["whatif"]


def whatif(
    *,
    settings: Annotated[
        list[str],
        typer.Option(
            "--set",
            metavar="PATH=VALUE",
            help="Such as constraints.sms_budget.max=300 or offers.city_break.worth=2500; may be given again.",
        ),
    ],
    fail_above: FailAboveOption = None,
    workspace: WorkspaceOption = Path(),
    as_of: AsOfOption = None,
    markdown: MarkdownOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Decide the whole book with some values set otherwise, and show what would change.

    No file is written. Exit code 5 where more changes than --fail-above allows.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.cli.foresight import told_and_judged  # noqa: PLC0415
    from persona.runs.comparing import tried  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet, is_markdown=markdown)
    with screen.progress() as progress:
        told = tried(workspace, settings, as_of=as_of, progress=progress)
    told_and_judged(screen, told, fail_above, end=". Nothing was sent, and no rule is changed.")
