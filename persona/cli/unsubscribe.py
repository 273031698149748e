"""``persona unsubscribe``: the ways out of messages."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from persona.cli.options import JsonOption, QuietOption, WorkspaceOption

__all__ = ["unsubscribe"]

unsubscribe = typer.Typer(
    name="unsubscribe",
    help="Look at the ways out of messages.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@unsubscribe.command()
def verify(
    token: Annotated[list[str], typer.Argument(help="Tokens, or the addresses that hold them as t=...")],
    *,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Prove offline that a link to unsubscribe is one of ours, and say of which message.

    Ends with exit code 5 where one of them is not.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.errors import ComplianceError  # noqa: PLC0415
    from persona.runs.unsubscribing import verified  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    found = verified(workspace, token)
    screen.result(tokens=[asdict(one) for one in found])
    rows = [
        (one.number, "genuine" if one.is_genuine else "false", one.message_id, one.run_id, one.campaign_id, one.channel)
        for one in found
    ]
    screen.table("Ways out", ("asked", "token", "message", "run", "campaign", "channel"), rows)
    screen.finish()
    false = [str(one.number) for one in found if not one.is_genuine]
    if false:
        what = (
            f"{len(false)} of {len(found)} tokens were not made with this workspace's key (asked: {', '.join(false)})"
        )
        raise ComplianceError(what, where="persona unsubscribe verify", hint="Unsubscribe nobody by them.")
