"""``persona validate``: all that is wrong with the rules and templates, at once."""

from __future__ import annotations

from pathlib import Path

from persona.cli.options import JsonOption, QuietOption, WorkspaceOption

__all__ = ["validate"]


def validate(*, workspace: WorkspaceOption = Path(), as_json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Check all rules and templates, and tell all that is wrong.

    Every error has its file, line and column, and the nearest known word; nothing is loaded or run. A mistake that
    stands in many places is told once with the first of them; --json has every place.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.clock import AsOf, now  # noqa: PLC0415
    from persona.errors import PolicyErrors  # noqa: PLC0415
    from persona.messages.untranslated import untranslated  # noqa: PLC0415
    from persona.policy.actions import BEST, MOST_ACTIONS  # noqa: PLC0415
    from persona.policy.columns import columns_of  # noqa: PLC0415
    from persona.policy.files import FILES  # noqa: PLC0415
    from persona.policy.lints.contact import ended_exemptions  # noqa: PLC0415
    from persona.policy.lints.fairness import ended_overrides  # noqa: PLC0415
    from persona.runs.workspace import loaded_policy  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    try:
        policy = loaded_policy(workspace)
    except PolicyErrors as told:
        screen.result(errors=[{"where": one.where, "what": one.what, "hint": one.hint} for one in told.errors])
        screen.finish()
        raise
    counts = {kind.name: len(policy.models[kind.name]) for kind in FILES if policy.models[kind.name]}
    columns = len(columns_of(policy))
    screen.result(files=counts, conditions=len(policy.compiled), columns=columns, policy=policy.hash)
    screen.table("Rules and templates, all in order", ("kind of file", "files"), list(counts.items()))
    today = AsOf(now(), policy.workspace.zone).day
    ended = (*ended_exemptions(policy, today), *ended_overrides(policy, today))
    warnings = [str(one) for one in (*ended, *untranslated(policy))]
    screen.result(warnings=warnings)
    for line in warnings:
        screen.line(f"! {line}")
    most = f"; of more than {MOST_ACTIONS} each customer keeps his {BEST} best" if columns > MOST_ACTIONS else ""
    screen.line(f"{columns} action columns (offers by treatment and what constraints tell apart){most}.")
    screen.line(f"{len(policy.compiled)} expressions checked. Policy {policy.hash[:8]}.")
    screen.finish()
