"""``persona segment``: who belongs where tonight."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from persona.cli.options import AsOfOption, JsonOption, KnownAtOption, QuietOption, WorkspaceOption

__all__ = ["segment"]


def segment(
    *,
    workspace: WorkspaceOption = Path(),
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Put every customer into his lifecycle phase and segments.

    Both stand beside those of the night before: the newest finished run before this day. Without one, patterns are
    found anew each time, and neither moves nor stability can be told; `persona run` keeps what the next night needs.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.cli.findings import uncounted  # noqa: PLC0415
    from persona.cli.views import show_late, show_segments  # noqa: PLC0415
    from persona.runs.foreseeing import patterns_of  # noqa: PLC0415
    from persona.runs.night import until  # noqa: PLC0415
    from persona.runs.summary import foreign_of, moves_of, phases_of, segments_of, stability_of  # noqa: PLC0415
    from persona.runs.waiting import not_loaded  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    with (
        screen.progress() as progress,
        until(workspace, "segments", as_of=as_of, progress=progress, known_at=known_at) as (night, ran),
    ):
        customers = night.table("segments").height
        segments, phases, moves = segments_of(night), phases_of(night), moves_of(night)
        late = not_loaded(night, asked=as_of)
        patterns, stability = patterns_of(night), stability_of(night)
        foreign, currency = foreign_of(night), night.policy.workspace.currency
        before = night.before.run_id if night.before else None
    told = {"segments": segments, "phases": phases, "moves": moves, "patterns": patterns, "stability": stability}
    told["foreign"] = foreign
    screen.result(
        as_of=str(night.as_of), customers=customers, ran=ran, files_not_loaded=late, night_before=before, **told
    )
    show_segments(screen, segments, phases, customers)
    kinds = [tuple(row[name] for name in ("pattern", "name", "customers", "came", "went")) for row in patterns]
    screen.table("Spending patterns", ("pattern", "buys", "customers", "came", "went"), kinds)
    moved = [(row["before"] or "-", row["now"], row["customers"]) for row in moves if row["before"] != row["now"]]
    if any(row["before"] for row in moves):
        screen.table("Moves since the night before", ("from", "to", "customers"), moved)
        kept = [(one["of"], one["customers"], one["changed"], _share(one)) for one in stability if one["customers"]]
        screen.table("Stability since the night before", ("of", "customers", "changed", "share"), kept)
    if before is None:
        screen.line(f"Nothing to compare with: no finished run before {night.as_of.day}. `persona run` keeps one.")
    if foreign:
        screen.line(uncounted(foreign, currency))
    show_late(screen, late)
    screen.line(f"As of {night.as_of}. Worked: {', '.join(ran) or 'nothing, all of it was there'}.")
    screen.finish()


def _share(one: Mapping[str, Any]) -> str:
    return f"{100 * one['changed'] / one['customers']:.1f} %"
