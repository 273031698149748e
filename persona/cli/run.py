"""``persona run``: the whole night, as cron runs it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from persona.cli.options import (
    AsOfOption,
    DryRunOption,
    JsonOption,
    KnownAtOption,
    QuietOption,
    ReplaceOption,
    WorkspaceOption,
)

if TYPE_CHECKING:
    from persona.cli.console import Screen
    from persona.runs.run import Outcome

__all__ = ["run", "show"]


def run(
    *,
    workspace: WorkspaceOption = Path(),
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    dry_run: DryRunOption = False,
    replace: ReplaceOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run the whole night, from extracts to files handed over.

    Run again, it goes on where it was stopped, and does nothing twice.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.runs.run import run as run_night  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    with screen.progress() as progress:
        outcome = run_night(
            workspace, as_of=as_of, progress=progress, is_dry=dry_run, is_replacing=replace, known_at=known_at
        )
    show(screen, outcome, workspace)


def show(screen: Screen, outcome: Outcome, workspace: Path) -> None:
    """The summary of a night, and what to try next."""
    from persona.cli.findings import uncounted, unheard  # noqa: PLC0415
    from persona.cli.views import (  # noqa: PLC0415 - `persona --help` loads no command's work
        show_came_in,
        show_decisions,
        show_files,
        show_plan,
        show_prices,
        show_segments,
        show_silence,
    )
    from persona.cli.watching import show_fairness  # noqa: PLC0415
    from persona.runs.guarding import says  # noqa: PLC0415

    said = outcome.summary
    screen.result(run_id=outcome.run_id, as_of=outcome.as_of, is_dry=outcome.is_dry, **said)
    show_came_in(screen, said["came_in"])
    just_now = [w for source in (outcome.loaded.sources if outcome.loaded else ()) for w in source.warnings]
    for warning in dict.fromkeys([*said.get("warnings", ()), *just_now]):
        screen.line(f"! {warning}")
    if said.get("foreign"):
        screen.line(uncounted(said["foreign"], said["currency"]))
    show_segments(screen, said["segments"], said["phases"], said["customers"])
    show_decisions(screen, said["decisions"], said["currency"])
    show_prices(screen, said.get("prices", ()), said["currency"])
    show_plan(screen, said.get("plans", ()), said.get("constraints", ()), said["currency"])
    show_silence(screen, said["silence"])
    for leak in said.get("leaks", ()):
        screen.line(_leak(leak))
    if said.get("unspoken"):
        screen.line(unheard(said["unspoken"]))
    if not outcome.is_dry:
        show_files(screen, said["files"], said["withheld"], said.get("texts_by_row", 0))
    show_fairness(screen, said.get("fairness", {}))
    for row in said.get("guardrails", ()):
        if row["broken"]:
            answer = row["override"]
            screen.line(f"! {says(row)}; {answer['who']} answers for it until {answer['until']}.")
    for line in said["models"]:
        screen.line(line)
    _end(screen, outcome, workspace)
    screen.finish()


def _leak(row: Mapping[str, Any]) -> str:
    kind = "e-mail addresses" if row["address"] == "email" else "telephone numbers"
    return (
        f"! Holdout {row['experiment']}: {row['addresses']:,} {kind} are on both of its sides; "
        f"{row['customers']:,} customers who are held out share one with somebody who is not."
    )


def _end(screen: Screen, outcome: Outcome, workspace: Path) -> None:
    told = _customers(outcome, "decisions") - _customers(outcome, "withheld")
    customers = outcome.summary["customers"]
    head = f"Run {outcome.run_id}, as of {outcome.as_of}: {told:,} messages for {customers:,} customers"
    screen.heading(f"{head}{', planned only' if outcome.is_dry else ''}.")
    if outcome.was_finished:
        screen.line("This night had come to its end before: nothing was written again.")
    at = "" if workspace == Path() else f" -w {workspace}"
    if outcome.folder is not None:
        is_replay = outcome.folder.name.endswith("-replay")
        screen.line(
            f"Files: {outcome.folder}{' (a replay: nothing is handed over)' if is_replay else ' (and out/latest)'}"
        )
        for one in outcome.handed:
            screen.line(f"  {one.status}: {one.target}")
        if any(one.status == "waits for release" for one in outcome.handed):
            screen.line(f"What waits leaves once people released it: persona review{at}")
    screen.line(f"Try next: persona explain {outcome.summary['example']}{at}")
    screen.line(f"          persona status{at}, persona audit{at}")


def _customers(outcome: Outcome, name: str) -> int:
    return sum(row["customers"] for row in outcome.summary[name])
