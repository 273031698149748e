"""``persona release``: what reviewers said of a night's sample, signed and carried out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from persona.cli.options import JsonOption, QuietOption, WorkspaceOption

if TYPE_CHECKING:
    from persona.cli.console import Screen
    from persona.runs.releasing import Released

__all__ = ["release"]


def release(
    file: Annotated[Path, typer.Argument(help="What the page of `persona review` has saved.", metavar="FILE")],
    *,
    who: Annotated[str, typer.Option("--who", help="Who signs it; never an author of what is reviewed.")] = "",
    role: Annotated[str, typer.Option("--role", help="In which role: marketing, legal, compliance ...")] = "",
    key: Annotated[
        Path | None, typer.Option("--key", envvar="PERSONA_APPROVAL_KEY", help="PEM file of his Ed25519 key.")
    ] = None,
    on: Annotated[str | None, typer.Option("--on", help="The day of the signature; default: today.")] = None,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Release a night's messages as they were reviewed.

    The signature is added to FILE. Once all have signed who must, what was rejected is taken out of the files, and
    `persona deliver` hands the rest over.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.errors import ComplianceError  # noqa: PLC0415
    from persona.runs.approving import Approving  # noqa: PLC0415
    from persona.runs.releasing import release as released  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    with screen.progress() as progress:
        progress("release", 0, 1)
        told = released(workspace, file, Approving(who, role, days=365, on=on, key=key))
    _show(screen, told)
    if told.lacks:
        raise ComplianceError(
            f"signatures are missing: {'; '.join(map(str, told.lacks))}",
            where=f"run {told.run_id}",
            hint=f"Next: persona release {file} --who NAME --role ROLE --key FILE, by each of them.",
        )


def _show(screen: Screen, told: Released) -> None:
    header = ("stratum", "messages", "looked at", "rejected", "at most", "verdict")
    screen.result(
        run_id=told.run_id,
        strata=[dict(zip(header, row, strict=True)) for row in told.strata],
        signed_by=list(told.signed_by),
        is_released=not told.lacks,
        withheld=told.withheld,
    )
    screen.table(f"Run {told.run_id}", header, told.strata)
    if not told.lacks:
        screen.heading(f"Released by {', '.join(told.signed_by)}" + ("." if told.is_new else ", before."))
        if told.withheld:
            screen.line(f"{told.withheld:,} messages are withheld: reason Q (review).")
        screen.line("Next: persona deliver.")
    screen.finish()
