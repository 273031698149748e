"""``persona frontier``: what a budget, cap or minimum is worth as it is moved."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from persona.cli.options import AsOfOption, JsonOption, MarkdownOption, QuietOption, WorkspaceOption

__all__ = ["frontier"]


def frontier(
    *,
    vary: Annotated[
        tuple[str, str],
        typer.Option(metavar="BOUND LOW:HIGH", help="Such as sms_budget 10k:100k, or offers.city_break.cap 50:500."),
    ],
    points: Annotated[int, typer.Option(help="Points of the curve, evenly apart.")] = 9,
    html: Annotated[Path | None, typer.Option(help="Write the curve as a page to this file too.")] = None,
    workspace: WorkspaceOption = Path(),
    as_of: AsOfOption = None,
    markdown: MarkdownOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show what tonight's plan is worth, uses and would pay for one more unit, as a bound of the book is moved.

    The bound is a constraint's id, or a path as of persona whatif. No file of rules is changed.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.cli.frontier_page import rows_of, written  # noqa: PLC0415
    from persona.runs.frontier import frontier as curve  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet, is_markdown=markdown)
    with screen.progress() as progress:
        told = curve(workspace, vary[0], vary[1], points=points, as_of=as_of, progress=progress)
    if html is not None:
        written(html, told)
    screen.result(**asdict(told))
    screen.table(f"{told.name} {told.bound}, of {told.unit or 'units'}", *rows_of(told))
    for point in told.points:
        if point.why:
            screen.line(f"! {point.limit:,.6g}: {point.why}")
    now = "" if told.now is None else f" It stands at {told.now:,.6g} now."
    screen.line(f"As of {told.as_of}. Nothing was sent, and no rule is changed.{now}")
    if html is not None:
        screen.line(f"Page: {html}")
    screen.finish()
