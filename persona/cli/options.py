"""The options that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "AsOfOption",
    "DryRunOption",
    "FailAboveOption",
    "JsonOption",
    "KnownAtOption",
    "MarkdownOption",
    "QuietOption",
    "ReplaceOption",
    "WorkspaceOption",
]

WorkspaceOption = Annotated[
    Path,
    typer.Option(
        "--workspace",
        "-w",
        envvar="PERSONA_WORKSPACE",
        help="Folder of persona.yaml.",
        file_okay=False,
        show_default=".",
    ),
]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        envvar="PERSONA_AS_OF",
        help="Look back from the start of this day (2026-07-01) or this instant. Default: the rule in persona.yaml.",
        show_default=False,
    ),
]
KnownAtOption = Annotated[
    str | None,
    typer.Option(
        "--known-at",
        help="Replay with what was known then: what was delivered on this day (2026-07-01) or later does not count.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
MarkdownOption = Annotated[bool, typer.Option("--markdown", help="Print the tables as Markdown, for a pull request.")]
FailAboveOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-above",
        metavar="FIGURE=BOUND",
        help="Exit code 5 where a figure changes by more: moved=5%, cost=10%, messages=200; may be given again.",
        show_default=False,
    ),
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Plan only: write nothing outside the state folder.")]
ReplaceOption = Annotated[
    bool, typer.Option("--replace", help="Take the place of a finished run of the same as-of with other inputs.")
]
