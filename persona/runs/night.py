"""A workspace opened for a night: policy checked, store locked, extracts taken in, the instant settled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from persona.runs.load import LoadSummary, load
from persona.runs.nightly import STEPS
from persona.runs.plan import Night, Progress, done, planned_night
from persona.runs.workspace import as_of_rule, loaded_policy
from persona.store import Store

__all__ = ["Opened", "newest_delivery", "opened", "until"]


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
    if as_of is not None:  # a slip in it is told before anything is loaded
        as_of_rule(policy, as_of, newest_delivery=None)
    with Store.open(policy.root, policy.workspace) as store:
        is_first = store.deliveries().is_empty()
        summary = load(policy, store, root=policy.root, progress=progress) if is_loading or is_first else None
        instant = as_of_rule(policy, as_of, newest_delivery=newest_delivery(store))
        before = store.last_run(instant.instant)
        yield Opened(planned_night(STEPS, Night(policy, store, instant, before, progress)), summary)


def newest_delivery(store: Store) -> date | None:
    """The day of the newest delivery that counts; None where nothing was ever loaded."""
    days = store.deliveries().filter(pl.col("replaced_by").is_null())["delivered_on"]
    return days.max()  # type: ignore[return-value] # the greatest of dates


@contextmanager
def until(root: Path, step: str, *, as_of: str | None, progress: Progress) -> Iterator[tuple[Night, list[str]]]:
    """The night, done up to and with a step, and the steps that had to be run for it."""
    with opened(root, as_of=as_of, progress=progress, is_loading=False) as here:
        yield here.night, done(STEPS, here.night, until=step)
