"""``persona reconcile``: what was handed over against what the vendor says."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from persona.cli.options import JsonOption, QuietOption, WorkspaceOption

if TYPE_CHECKING:
    from persona.cli.console import Screen
    from persona.runs.reconcile import Reconciliation

__all__ = ["reconcile"]

_SHOWN = 5
"""Messages that are named on the screen; ``--json`` has all."""

AckArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="ACK...", help="What the vendor sent back; several files count together.", exists=True, dir_okay=False
    ),
]


def reconcile(
    acks: AckArgument,
    *,
    profile: Annotated[str, typer.Option("--profile", "-p", help="The delivery profile of the vendor who says it.")],
    run_id: Annotated[
        str | None,
        typer.Option("--run", help="The night that it is about. Default: the one whose messages it names."),
    ] = None,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Hold what was handed over against what the vendor accepted and rejected.

    Planned = written + withheld; rows in files = contacts in the ledger; handed over = accepted + rejected + recalled.
    A message that stays unexplained ends with exit code 6.
    """
    from persona.channels.reconciled import EXPLAINED, FINDINGS  # noqa: PLC0415 - help loads no command's work
    from persona.cli.console import Screen  # noqa: PLC0415
    from persona.errors import WriteError  # noqa: PLC0415
    from persona.runs.reconcile import reconcile as reconciled  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    made = reconciled(workspace, acks, profile=profile, run_id=run_id)
    screen.result(**asdict(made), agrees=made.agrees)
    rows = [(count, FINDINGS[name], "" if name in EXPLAINED else "!") for name, count in made.counts]
    screen.table(f"Run {made.run_id}, {made.profile}", ("messages", "", ""), rows)
    _show_books(screen, made)
    for message_id, finding in made.unexplained[:_SHOWN]:
        screen.line(f"! {message_id}: {finding}")
    if made.agrees:
        screen.line("Everything is explained.")
    screen.finish()
    if not made.agrees:
        what = f"{len(made.unexplained):,} messages are not explained" if made.unexplained else "the books differ"
        hint = "Ask the vendor for what is missing; --json names every message."
        raise WriteError(what, where=f"run {made.run_id}, {made.profile}", hint=hint)


def _show_books(screen: Screen, made: Reconciliation) -> None:
    books = made.files
    if books is None:
        screen.line("Its set of files was taken away: only ledger and vendor were compared.")
        return
    screen.line(f"Plan: {books.planned:,} planned = {books.written:,} written + {books.withheld:,} withheld.")
    gone = f" and {books.gone:,} taken out since" if books.gone else ""
    screen.line(f"Files: {books.rows:,} rows{gone}; ledger: {books.ledger:,} contacts.")
