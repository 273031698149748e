"""``persona review``: the page on which people look at a night's messages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from persona.cli.options import JsonOption, QuietOption, WorkspaceOption

if TYPE_CHECKING:
    from persona.checks.sampling import Stratum

__all__ = ["review"]

HEADER = ("stratum", "release", "messages", "to look at", "may be bad", "producer's risk", "consumer's risk")


def review(
    *,
    run_id: Annotated[
        str | None, typer.Option("--run", help="Whose messages; the newest night's if not given.")
    ] = None,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Make a page of a night's messages, as they will look.

    Where rules/qa.yaml asks for people it shows the sample of each stratum, and saves what they say as a file for
    `persona release`. The sample is drawn once.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.cli.gallery import gallery_page  # noqa: PLC0415
    from persona.runs.gallery import gallery_of, written  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    with screen.progress() as progress:
        progress("review", 0, 1)
        told = gallery_of(workspace, run_id)
        path = written(workspace, told, gallery_page(told))
    rows = [_row(one) for one in told.strata]
    screen.result(
        run_id=told.run_id,
        sample=told.sample,
        is_waiting=told.is_waiting,
        page=str(path),
        strata=[dict(zip(HEADER, row, strict=True)) for row in rows],
    )
    if told.is_waiting:
        screen.table(f"Run {told.run_id}", HEADER, [_shares(row) for row in rows])
        screen.line(
            "Risks, exact for each lot: to stop what is at the AQL, to pass what is at the limiting quality of qa.yaml."
        )
    screen.heading(f"{len(told.cards):,} messages: {path}")
    nobody = "Nothing of it waits for people: this is to look at."
    screen.line("Next: open it, judge, save, persona release FILE." if told.is_waiting else nobody)
    screen.finish()


def _row(one: Stratum) -> tuple[str, str, int, int, int, float, float]:
    plan = one.plan
    return (one.name, one.mode, plan.lot, plan.sample, plan.accept, plan.producer_risk, plan.consumer_risk)


def _shares(row: tuple[str, str, int, int, int, float, float]) -> tuple[str, str, int, int, int, str, str]:
    return (*row[:5], f"{100 * row[5]:.1f} %", f"{100 * row[6]:.1f} %")
