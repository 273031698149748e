"""``persona score``: what each customer will probably do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from persona.cli.options import AsOfOption, JsonOption, KnownAtOption, QuietOption, WorkspaceOption

__all__ = ["score"]

SHOWN = 12
"""Categories in the table."""


def score(
    *,
    workspace: WorkspaceOption = Path(),
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write customer_id and all scores to this Parquet or CSV file.")
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Score what each customer will buy, and which offers he takes.

    The scores are probabilities: to buy in each category within 30 days, and to accept each offer when told of it.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.cli.findings import uncounted  # noqa: PLC0415
    from persona.cli.views import show_late  # noqa: PLC0415
    from persona.runs.night import until  # noqa: PLC0415
    from persona.runs.scored import scored, written  # noqa: PLC0415
    from persona.runs.waiting import not_loaded  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    with screen.progress() as progress:  # noqa: SIM117 - the spinner ends after the store is closed
        with until(workspace, "price models", as_of=as_of, progress=progress, known_at=known_at) as (night, ran):
            late = not_loaded(night, asked=as_of)
            told = scored(night)
            if out is not None:
                written(night, out)
    screen.result(as_of=str(night.as_of), ran=ran, files_not_loaded=late, **told)
    rows = [
        (one["category"], _per_cent(one["mean"]), one["again"], one["discover"]) for one in told["categories"][:SHOWN]
    ]
    header = ("category", "mean probability", "first to buy again", "first to discover")
    screen.table("Affinity: will buy within 30 days", header, rows)
    if not rows:
        screen.line(
            "! No affinity: there are no categories. Write rules/categories.yaml, and let sources look them up."
        )
    offers = [(one["offer_id"], _per_cent(one["mean"]), one["contacted"], one["accepted"]) for one in told["offers"]]
    screen.table("Propensity: will accept", ("offer", "mean probability", "contacted", "accepted"), offers)
    if told["foreign"]:
        screen.line(uncounted(told["foreign"], told["currency"]))
    for line in told["models"]:
        screen.line(line)
    show_late(screen, late)
    screen.line(f"As of {night.as_of}. Worked: {', '.join(ran) or 'nothing, all of it was there'}.")
    if out is not None:
        screen.line(f"Written: {out}")
    screen.finish()


def _per_cent(share: float) -> str:
    return f"{100 * share:.1f} %"
