"""``persona load``: extracts into the facts."""

from __future__ import annotations

from pathlib import Path

from persona.cli.options import JsonOption, QuietOption, WorkspaceOption

__all__ = ["load"]


def load(*, workspace: WorkspaceOption = Path(), as_json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Take in the extracts that are new or have changed.

    Each file is loaded once, a changed file takes the place of the old one, and bad rows wait in quarantine.
    """
    from persona.cli.console import Screen  # noqa: PLC0415 - `persona --help` loads no command's work
    from persona.cli.views import show_load  # noqa: PLC0415
    from persona.runs.load import load as load_all  # noqa: PLC0415
    from persona.runs.workspace import loaded_policy  # noqa: PLC0415
    from persona.store import Store  # noqa: PLC0415

    screen = Screen(is_json=as_json, is_quiet=quiet)
    policy = loaded_policy(workspace)
    with Store.open(policy.root, policy.workspace) as store, screen.progress() as progress:
        loaded = load_all(policy, store, root=policy.root, progress=progress)
    screen.result(sources=loaded.frame().to_dicts(), relinked_parts=loaded.relinked_parts)
    show_load(screen, loaded)
    screen.line("Next: persona audit, or persona segment.")
    screen.finish()
