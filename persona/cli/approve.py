"""``persona approve``: a person allows content, by its hash."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from persona.cli.options import JsonOption, QuietOption, WorkspaceOption

__all__ = ["approve"]

APPROVE = "Next: persona approve CONTENT --who NAME --role ROLE, by somebody else than its author."


def approve(
    content: Annotated[
        list[str] | None, typer.Argument(help="What to approve, such as offer:city_break; all that is missing if none.")
    ] = None,
    *,
    who: Annotated[str, typer.Option("--who", help="Who approves; never the author.")] = "",
    role: Annotated[str, typer.Option("--role", help="In which role: marketing, legal, compliance ...")] = "",
    days: Annotated[int, typer.Option("--days", min=1, help="How many days it holds.")] = 365,
    on: Annotated[str | None, typer.Option("--on", help="From which day it holds; default: today.")] = None,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """List what lacks an approval, or give it.

    With --who and --role the approvals are added to approvals.yaml.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.runs.approving import approved, lacking  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    if not who and not role:
        found = lacking(workspace, on=on)
        rows = [(f"{one.content.kind}:{one.content.id}", one.why, one.content.where) for one in found]
        screen.result(missing=[{"content": name, "why": why, "where": str(where)} for name, why, where in rows])
        if rows:
            screen.table("Without an approval that holds", ("content", "why", "where"), rows)
        screen.line(APPROVE if rows else "Everything is approved.")
        screen.finish()
        return
    given = approved(workspace, content or [], who=who, role=role, days=days, on=on)
    screen.result(approved=[one.model_dump(mode="json") for one in given])
    hashes = [(f"{a.kind}:{a.id}", a.hash) for a in given]
    screen.table(f"Approved by {who} ({role})", ("content", "hash"), hashes)
    added = "Added to approvals.yaml; an edit voids them."
    screen.line(added if given else "Nothing waits for an approval by somebody else than its author.")
    screen.finish()
