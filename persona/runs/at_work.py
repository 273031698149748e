"""What a command is at, told to who asks while it holds the workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from persona.clock import now
from persona.runs.plan import Progress
from persona.store.lock import holder, tell

__all__ = ["at_work", "told"]

_SHOWN = 200
"""Characters of a piece of work that are told: its name, or that of a file."""


def told(state: Path, progress: Progress) -> Progress:
    """The progress, each new piece of work told in the lock of a state folder as well; the folder must be locked."""
    began, last = _moment(), ""

    def both(what: str, done: int, of: int) -> None:
        nonlocal last
        progress(what, done, of)
        if what != last:
            last = what
            said = {"what": what[:_SHOWN], "done": done, "of": of, "began": began, "since": _moment()}
            tell(state / "LOCK", said)

    return both


def at_work(state: Path) -> dict[str, Any]:
    """``process``, and ``what`` it is at, ``done`` and ``of``, ``began`` and ``since`` (UTC): null where untold."""
    process, said = holder(state / "LOCK")
    return {"process": process or None, **{name: said.get(name) for name in ("what", "done", "of", "began", "since")}}


def _moment() -> str:
    return f"{now():%Y-%m-%d %H:%M:%S}"
