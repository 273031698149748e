"""``persona audit``: how good the data is, before anything is built on it."""

from __future__ import annotations

from pathlib import Path

from persona.cli.options import AsOfOption, JsonOption, QuietOption, WorkspaceOption

__all__ = ["audit"]


def audit(
    *,
    workspace: WorkspaceOption = Path(),
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Tell what is missing, late, refused, repeated or unknown in what was loaded."""
    raise NotImplementedError
