"""``persona vault``: the key under which names and addresses lie."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import typer

from persona.cli.options import JsonOption, QuietOption, WorkspaceOption

__all__ = ["vault"]

vault = typer.Typer(
    name="vault",
    help="Look after the key under which names and addresses lie.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@vault.command()
def check(*, workspace: WorkspaceOption = Path(), as_json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Say where the key is read, whether it opens the vault, and for how many persons."""
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.runs.vault import checked  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    state = checked(workspace)
    screen.result(**asdict(state))
    screen.line(f"The key ({state.place}) opens state/vault.sqlite: {state.persons:,} persons.")
    if state.is_half_rotated:
        screen.line("! A change of the key was broken off: the old and the new key both open it.")
        screen.line("Next: persona vault rotate, which ends it.")
    screen.finish()


@vault.command()
def rotate(*, workspace: WorkspaceOption = Path(), as_json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Change the key: every person's own key is wrapped anew, and no token changes.

    The new key is read from PERSONA_VAULT_KEY_NEW (or your name of it with _NEW), or from vault.key.new; a key that
    lies in its file is changed for a random one where none is given.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.runs.vault import changed  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    with screen.progress() as progress:
        progress("rotate", 0, 1)
        came = changed(workspace)
    screen.result(**asdict(came))
    screen.line(f"The keys of {came.persons:,} persons are wrapped by the new key; the old one opens nothing any more.")
    screen.line(f"Keep a copy of the new key apart, and give it from now on as: {came.place}.")
    screen.finish()
