"""``persona approve``: a person allows content, by its hash."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from persona.cli.options import JsonOption, QuietOption, WorkspaceOption

if TYPE_CHECKING:
    from persona.cli.console import Screen

__all__ = ["approve"]

APPROVE = "Next: persona approve CONTENT --who NAME --role ROLE --key FILE, by somebody else than its author."


def approve(
    content: Annotated[
        list[str] | None, typer.Argument(help="What to approve, such as offer:city_break; all that needs it if none.")
    ] = None,
    *,
    status: Annotated[
        bool, typer.Option("--status", help="List what is missing, void or ending, and who must act.")
    ] = False,
    who: Annotated[str, typer.Option("--who", help="Who approves; never the author.")] = "",
    role: Annotated[str, typer.Option("--role", help="In which role: marketing, legal, compliance ...")] = "",
    key: Annotated[
        Path | None,
        typer.Option("--key", envvar="PERSONA_APPROVAL_KEY", help="PEM file of his Ed25519 key, to sign it."),
    ] = None,
    scope: Annotated[
        list[str] | None, typer.Option("--scope", help="A language that was looked at; default: all.")
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, help="How many days it holds.")] = 365,
    on: Annotated[str | None, typer.Option("--on", help="From which day it holds; default: today.")] = None,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """List what lacks an approval and who must act, or give one.

    With --who and --role the approvals are added to approvals.yaml.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.errors import PolicyError  # noqa: PLC0415
    from persona.runs.approving import Approving, approved  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    is_asking = not who and not role and not content
    if status and not is_asking:
        raise PolicyError("lists only", where="--status", hint="Leave --status out to approve something.")
    if is_asking:
        _show_status(screen, workspace, on)
        screen.finish()
        return
    asked = Approving(who, role, tuple(scope or ()), days, on, key)
    given = approved(workspace, content or [], asked)
    screen.result(approved=[one.model_dump(mode="json") for one in given])
    hashes = [(f"{a.kind}:{a.id}", a.hash) for a in given]
    screen.table(f"Approved by {who} ({role})", ("content", "hash"), hashes)
    added = "Added to approvals.yaml; an edit voids them."
    screen.line(added if given else f"Nothing waits for an approval by {who.strip()} as {role}.")
    screen.finish()


def _show_status(screen: Screen, workspace: Path, on: str | None) -> None:
    from persona.runs.approving import standing_of  # noqa: PLC0415

    found = standing_of(workspace, on=on)
    rows = [
        (
            one.standing.content.name,
            one.state,
            str(one.standing.until or ""),
            one.needed,
            str(one.standing.content.where),
        )
        for one in found
    ]
    names = ("content", "state", "until", "who", "where")
    screen.result(status=[dict(zip(names, row, strict=True)) for row in rows])
    lacking = [row for row in rows if row[1] != "expiring"]
    if lacking:
        shown = [(content, state, needed, where) for content, state, _, needed, where in lacking]
        screen.table("Without the approvals that it needs", ("content", "state", "who must act", "where"), shown)
    ending = [(content, until, needed) for content, state, until, needed, _ in rows if state == "expiring"]
    if ending:
        screen.table("Approved, but not for long", ("content", "until", "approved by"), ending)
    screen.line(APPROVE if lacking else "Everything is approved.")
