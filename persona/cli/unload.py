"""``persona unload``: a bad delivery out of the facts again."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from persona.cli.options import JsonOption, QuietOption, WorkspaceOption

if TYPE_CHECKING:
    from persona.cli.console import Screen
    from persona.runs.unload import UnloadReport

__all__ = ["unload"]

FileArgument = Annotated[
    str, typer.Argument(metavar="FILE", help="A file that was loaded: its path from the workspace, or its name.")
]
UndoOption = Annotated[bool, typer.Option("--undo", help="Let a file that was taken out come in at the next load.")]


def unload(
    file: FileArgument,
    *,
    undo: UndoOption = False,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Take a delivery out again, as if the bank had never sent it.

    Its rows are gone, what it had taken the place of counts again, and the file is passed over until --undo.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.runs.unload import let_in  # noqa: PLC0415
    from persona.runs.unload import unload as taken_out  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    if undo:
        name, sources = let_in(workspace, file)
        screen.result(name=name, sources=sources)
        screen.line(f"{name} may come in again. Next: persona load.")
    else:
        with screen.progress() as progress:
            report = taken_out(workspace, file, progress=progress)
        screen.result(**asdict(report))
        _show(screen, report)
    screen.finish()


def _show(screen: Screen, report: UnloadReport) -> None:
    done = report.unloaded
    if done is None:
        screen.line(f"{report.name} was out already.")
    else:
        screen.line(f"{report.name} is out: {done.rows:,} rows of {', '.join(report.sources)}.")
        counts = (("customers whom nothing else names", len(done.customers)), ("parts written anew", done.rewritten))
        screen.table("Besides", ("", ""), [row for row in counts if row[1]])
        _files(screen, "Counts again, for what had taken its place is out:", done.restored)
        _files(screen, "Has rows that these files had told first; the next load reads it anew:", done.again)
        _files(screen, "Was replaced too long ago to count again; deliver it once more:", done.lost)
    _files(screen, "Contact data were read again from:", report.told_again)
    _files(screen, "Not there to read contact data from; deliver it once more:", report.not_told)
    screen.line("The file is passed over from now on; persona unload FILE --undo lets it in again.")


def _files(screen: Screen, title: str, names: tuple[str, ...]) -> None:
    if names:
        screen.line(title)
        for name in names:
            screen.line(f"  {name}")
