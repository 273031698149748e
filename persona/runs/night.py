"""A workspace opened for a night: policy checked, store locked, extracts taken in, the instant settled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from persona.runs.load import LoadSummary, load
from persona.runs.nightly import STEPS
from persona.runs.plan import Night, Progress, done, planned_night
from persona.runs.workspace import as_of_rule, loaded_policy
from persona.store import Store

__all__ = ["Opened", "opened", "until"]


@dataclass(frozen=True)
class Opened:
    """A night that can begin, and what was loaded for it now; None where nothing was looked for."""

    night: Night
    loaded: LoadSummary | None


@contextmanager
def opened(root: Path, *, as_of: str | None, progress: Progress, is_loading: bool) -> Iterator[Opened]:
    """The workspace at ``root``, locked until the end.

    Extracts are taken in where ``is_loading``, or where nothing ever was.
    Raises: PolicyErrors, LockError, ExtractError.
    """
    policy = loaded_policy(root)
    with Store.open(policy.root, policy.workspace) as store:
        is_first = store.deliveries().is_empty()
        summary = load(policy, store, root=policy.root, progress=progress) if is_loading or is_first else None
        newest = store.deliveries()["delivered_on"].max()
        instant = as_of_rule(policy, as_of, newest_delivery=newest)  # type: ignore[arg-type] # a date or None
        before = store.last_run(instant.instant)
        yield Opened(planned_night(STEPS, Night(policy, store, instant, before, progress)), summary)


@contextmanager
def until(root: Path, step: str, *, as_of: str | None, progress: Progress) -> Iterator[tuple[Night, list[str]]]:
    """The night, done up to and with a step, and the steps that had to be run for it."""
    with opened(root, as_of=as_of, progress=progress, is_loading=False) as here:
        yield here.night, done(STEPS, here.night, until=step)
