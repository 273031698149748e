"""``persona load``: extracts into the facts."""

from __future__ import annotations

from pathlib import Path

from persona.cli.options import AsOfOption, JsonOption, QuietOption, WorkspaceOption

__all__ = ["load"]


def load(
    *,
    workspace: WorkspaceOption = Path(),
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Take in the extracts that are new or have changed.

    Each file is loaded once, a changed file takes the place of the old one, and bad rows wait in quarantine.
    What cannot be accepted is told after what came in.
    With --as-of only what was delivered before that day.
    """
    from datetime import date  # noqa: PLC0415 - `persona --help` loads no command's work

    from persona.cli.console import Screen  # noqa: PLC0415
    from persona.cli.views import show_load  # noqa: PLC0415
    from persona.runs.at_work import told  # noqa: PLC0415
    from persona.runs.load import taken_in  # noqa: PLC0415
    from persona.runs.workspace import as_of_rule, loaded_policy  # noqa: PLC0415
    from persona.store import Store  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    policy = loaded_policy(workspace)
    before = as_of_rule(policy, as_of, newest_delivery=None).day if as_of else date.max
    with Store.open(policy.root, policy.workspace) as store, screen.progress() as progress:
        loaded = taken_in(policy, store, root=policy.root, progress=told(store.state, progress), before=before)
    screen.result(sources=loaded.frame().to_dicts(), relinked_parts=loaded.relinked_parts, later=loaded.later)
    show_load(screen, loaded)
    if loaded.later:
        screen.line(f"Left for later: {loaded.later:,} files that were delivered on {before} or after.")
    if not loaded.refusal:
        screen.line("Next: persona audit, or persona segment.")
    screen.finish()
    if loaded.refusal:
        raise loaded.refusal
