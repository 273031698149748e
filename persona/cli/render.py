"""``persona render``: the night up to its published files, which are not handed over yet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from persona.cli.options import AsOfOption, JsonOption, QuietOption, ReplaceOption, WorkspaceOption

__all__ = ["render"]


def render(
    *,
    workspace: WorkspaceOption = Path(),
    as_of: AsOfOption = None,
    draft: Annotated[
        bool, typer.Option("--draft", help="Unapproved content too, marked, in a folder that deliver refuses.")
    ] = False,
    replace: ReplaceOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Compose and check every message, and publish the files.

    They lie under out/ until `persona deliver` hands them over.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.cli.views import show_decisions, show_files, show_personal  # noqa: PLC0415
    from persona.runs.run import run  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    with screen.progress() as progress:
        outcome = run(
            workspace,
            as_of=as_of,
            progress=progress,
            is_replacing=replace,
            is_loading=False,
            is_delivering=False,
            is_draft=draft,
        )
    said = outcome.summary
    screen.result(run_id=outcome.run_id, as_of=outcome.as_of, is_draft=draft, **said)
    show_decisions(screen, said["decisions"], said["currency"])
    show_personal(screen, said["personal"])
    show_files(screen, said["files"], said["withheld"], said.get("texts_by_row", 0))
    screen.heading(f"Published: {outcome.folder}")
    screen.line("A draft is never handed over." if draft else "Next: persona deliver.")
    screen.finish()
