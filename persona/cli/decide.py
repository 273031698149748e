"""``persona decide``: what each customer would get, before anything is written down."""

from __future__ import annotations

from pathlib import Path

from persona.cli.options import AsOfOption, JsonOption, KnownAtOption, QuietOption, WorkspaceOption

__all__ = ["decide"]


def decide(
    *,
    workspace: WorkspaceOption = Path(),
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Decide for every customer: an offer and channel, or silence.

    Each silence has its reason. Nobody is contacted by this, and nothing is written to the ledger.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.cli.views import show_decisions, show_late, show_plan, show_prices, show_silence  # noqa: PLC0415
    from persona.runs.night import until  # noqa: PLC0415
    from persona.runs.summary import constraints_of, decisions_of, plans_of, prices_of, silence_of  # noqa: PLC0415
    from persona.runs.waiting import not_loaded  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    with (
        screen.progress() as progress,
        until(workspace, "decisions", as_of=as_of, progress=progress, known_at=known_at) as (night, ran),
    ):
        decided = night.table("decisions")
        decisions, silence = decisions_of(decided), silence_of(decided, night)
        late = not_loaded(night, asked=as_of)
        plans, constraints, prices = plans_of(night), constraints_of(night), prices_of(decided, night)
    screen.result(run_id=night.run_id, as_of=str(night.as_of), decisions=decisions, silence=silence)
    screen.result(plans=plans, constraints=constraints, prices=prices, ran=ran, files_not_loaded=late)
    show_decisions(screen, decisions, night.policy.workspace.currency)
    show_prices(screen, prices, night.policy.workspace.currency)
    show_plan(screen, plans, constraints, night.policy.workspace.currency)
    show_silence(screen, silence)
    show_late(screen, late)
    screen.line(f"As of {night.as_of}. Worked: {', '.join(ran) or 'nothing, all of it was there'}.")
    screen.line("Nothing was sent. Next: persona explain CUSTOMER, or persona run.")
    screen.finish()
