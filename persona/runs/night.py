"""A workspace opened for a night: policy checked, store locked, extracts taken in, the instant settled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl

from persona.clock import AsOf
from persona.errors import PolicyError
from persona.policy.policy import Policy
from persona.runs.at_work import told
from persona.runs.load import LoadSummary, load
from persona.runs.nightly import STEPS
from persona.runs.plan import BEFORE, Night, Progress, done, planned_night
from persona.runs.workspace import as_of_rule, loaded_policy
from persona.store import RunRow, Store

__all__ = ["Opened", "newest_delivery", "opened", "until"]


@dataclass(frozen=True)
class Opened:
    """A night that can begin, and what was loaded for it now; None where nothing was looked for."""

    night: Night
    loaded: LoadSummary | None


@contextmanager
def opened(
    root: Path,
    *,
    as_of: str | None,
    progress: Progress,
    is_loading: bool,
    known_at: str | None = None,
    is_dry: bool = False,
) -> Iterator[Opened]:
    """The workspace at ``root``, locked until the end; ``is_dry`` writes nothing outside its state folder.

    Extracts are taken in where ``is_loading``, or where nothing ever was. With ``known_at`` it is the workspace as it
    was on that day, in a copy that is gone at the end: rows delivered then or later are not known.
    Raises: PolicyErrors, LockError, ExtractError.
    """
    policy = loaded_policy(root)
    if as_of is not None:  # a slip in it is told before anything is loaded
        as_of_rule(policy, as_of, newest_delivery=None)
    with Store.open(policy.root, policy.workspace, is_dry=is_dry) as store:
        progress = told(store.state, progress)
        is_first = store.deliveries().is_empty()
        if known_at is not None:
            with _back_then(policy, store, as_of, known_at) as (past, instant):
                before = past.last_run(instant.instant)
                _refuse_half(past, before)
                there = replace(policy, root=past.state)
                yield Opened(planned_night(STEPS, Night(there, past, instant, before, progress)), None)
            return
        summary = load(policy, store, root=policy.root, progress=progress) if is_loading or is_first else None
        instant = as_of_rule(policy, as_of, newest_delivery=newest_delivery(store))
        before = store.last_run(instant.instant)
        yield Opened(planned_night(STEPS, Night(policy, store, instant, before, progress)), summary)


def newest_delivery(store: Store, *, before: date = date.max) -> date | None:
    """The day of the newest delivery before a day that counts; None where there is none."""
    days = store.deliveries().filter(pl.col("replaced_by").is_null() & (pl.col("delivered_on") < before))
    return days["delivered_on"].max()  # type: ignore[return-value] # the greatest of dates


@contextmanager
def _back_then(policy: Policy, store: Store, as_of: str | None, known_at: str) -> Iterator[tuple[Store, AsOf]]:
    """The store as it was on a day, and the instant that its night looked back from."""
    try:
        day = date.fromisoformat(known_at)
    except ValueError as error:
        hint = "Write a day such as 2026-07-01: rows that were delivered on it or later are not known."
        raise PolicyError("is no day", where="--known-at", hint=hint) from error
    asked = as_of if as_of or policy.workspace.as_of == "latest_delivery" else known_at
    instant = as_of_rule(policy, asked, newest_delivery=newest_delivery(store, before=day))
    with store.past(known_before=day, instant=instant.instant) as past:
        yield past, instant


def _refuse_half(store: Store, before: RunRow | None) -> None:
    """Refuse a night whose night before has left nothing to set beside it: it would not be the same.

    Raises: PolicyError.
    """
    gone = [name for name in BEFORE if before and not store.has(name, before.generations.get(name, ""))]
    if before and gone:
        raise PolicyError(
            f"the night before it, run {before.run_id}, is past its time and has left no {gone[0]}",
            where="--known-at",
            hint="Replays reach back over retention.evidence_nights of persona.yaml.",
        )


@contextmanager
def until(
    root: Path, step: str, *, as_of: str | None, progress: Progress, known_at: str | None = None
) -> Iterator[tuple[Night, list[str]]]:
    """The night, done up to and with a step, and the steps that had to be run for it."""
    with opened(root, as_of=as_of, progress=progress, is_loading=False, known_at=known_at) as here:
        yield here.night, done(STEPS, here.night, until=step)
