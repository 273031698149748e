"""``persona init``: a workspace to start from, the sample bank."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from persona.cli.options import QuietOption

__all__ = ["init"]

PARTS = {
    "persona.yaml": "persona.yaml",
    "approvals.yaml": "approvals.yaml",
    "rules": "rules",
    "templates": "templates",
    "sample_data/extracts": "extracts",
}
"""What a workspace is made of: where the sample has it, and where the workspace."""

IGNORED = (
    "# Made by persona, or secret: never committed.\n"
    "state/\nout/\narchive/\ndelivery/\nexports/\nvault.key\nvault.key.new\n"
)


def init(
    folder: Annotated[Path, typer.Argument(help="Folder to make; it must be new or empty.", file_okay=False)],
    *,
    quiet: QuietOption = False,
) -> None:
    """Make a workspace: the sample bank, to be changed into your own."""
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.errors import PolicyError  # noqa: PLC0415
    from persona.runs.vault import begun  # noqa: PLC0415

    if folder.exists() and any(folder.iterdir()):
        raise PolicyError(
            "the folder is not empty", where=str(folder), hint="Name a new folder; nothing in this one was changed."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for origin, target in PARTS.items():
        _copied(sample() / origin, folder / target)
    (folder / ".gitignore").write_text(IGNORED, encoding="utf-8")
    key = begun(folder)
    screen = Screen(is_quiet=quiet)
    screen.line(f"Made {folder}: a sample bank of about 2,000 customers, with its rules and its extracts.")
    if key is not None:
        screen.line(f"Keep a copy of {key} apart: without it nobody reads the names and addresses that are loaded.")
    screen.line(f"Next: cd {folder} && persona run")


def sample() -> Path:
    """Where the sample bank lies: in the installed package, or around it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    packed = package / "sample"
    return packed if packed.is_dir() else package.parent


def _copied(origin: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if origin.is_dir():
        shutil.copytree(origin, target, copy_function=shutil.copyfile)
    else:
        shutil.copyfile(origin, target)
