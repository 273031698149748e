"""What tonight would do: decided, held against last night, and nothing of it written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from persona.errors import ComplianceError
from persona.runs.comparing import Foresight, against_last_night
from persona.runs.fairness import unfair
from persona.runs.guarding import guarded, stop
from persona.runs.night import opened
from persona.runs.nightly import STEPS
from persona.runs.plan import Night, Progress, done
from persona.runs.rendering import approved

__all__ = ["foreseen"]


def foreseen(root: Path, *, as_of: str | None, progress: Progress) -> Foresight:
    """What tonight would do, against the last night that came to its end.

    Raises: what the nightly steps raise. What would stop the night before anything leaves is told in ``stops``.
    """
    with opened(root, as_of=as_of, progress=progress, is_loading=False) as here:
        night = here.night
        done(STEPS, night, until="fairness")
        comparison = against_last_night(night)
        rows = guarded(night, comparison)
        stops = tuple(_stops(night, rows))
        return Foresight.of(night, comparison, guardrails=rows, stops=stops)


def _stops(night: Night, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What would stop the night before anything leaves, in the order in which a run asks."""
    asks: tuple[Callable[[Night], None], ...] = (approved, unfair, lambda one: stop(one, rows))
    for ask in asks:
        try:
            ask(night)
        except ComplianceError as error:
            yield f"{error.where}: {error.what}".removesuffix(_END) if error.where else str(error)


_END = "\nnothing leaves"
