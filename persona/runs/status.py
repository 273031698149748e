"""How a workspace stands: its nights, its sources, and what is due."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from persona.clock import AsOf
from persona.errors import LockError, PolicyError
from persona.policy.lint import warned
from persona.policy.policy import Policy
from persona.runs.at_work import at_work
from persona.runs.night import newest_delivery
from persona.runs.releasing import waiting as waits
from persona.runs.waiting import waiting
from persona.runs.workspace import as_of_rule, loaded_policy
from persona.store import Store

__all__ = ["STATUSES", "status_of"]

NIGHTS = 10
"""The newest runs that are shown."""
STATUSES = ("planned", "written", "handed_off", "sent", "rejected", "recalled", "expired")
"""How far contacts came; ``sent`` and ``rejected`` are what the vendor has acknowledged."""


def status_of(root: Path, *, as_of: str | None = None) -> dict[str, Any]:
    """``runs`` (the newest first, contacts by status), ``sources`` (newest delivery and counts), ``warnings``, and
    ``waiting``: runs that people have to release, with who must act.

    With ``as_of`` as they stand for that instant: nights up to it, files that were delivered before its day.
    ``at_work`` is null; where another process holds the workspace, it says what that one is at, and all else is null:
    nobody else can read the catalog then.
    """
    policy = loaded_policy(root)
    asked = as_of_rule(policy, as_of, newest_delivery=None) if as_of else None
    try:
        opened = Store.open(policy.root, policy.workspace)
    except LockError:
        return {"at_work": at_work(policy.root / "state"), "runs": None, "sources": None, "warnings": None,
                "waiting": None}  # fmt: skip
    with opened as store:
        runs, sources = _runs(store, asked), _sources(policy, store, asked)
        unreleased = [one for row in runs if (one := _unreleased(policy, store, row)) is not None]
        newest = newest_delivery(store)
        known = as_of_rule(policy, as_of, newest_delivery=newest).day if newest or asked else date.min
    warnings = [str(one) for one in warned(policy, known)]
    return {"at_work": None, "runs": runs, "sources": sources, "warnings": warnings, "waiting": unreleased}


def _unreleased(policy: Policy, store: Store, run: dict[str, Any]) -> dict[str, Any] | None:
    """What of a run waits for people; None where nothing does, or nothing that is written is left to leave."""
    row = store.run(run["run_id"]) if run["status"] == "finished" and run["written"] else None
    if row is None:
        return None
    try:
        found = waits(policy, store, row)
    except PolicyError:  # its messages are kept no longer: nobody can look at them
        return None
    if found is None:
        return None
    return {"run_id": found.run_id, "messages": found.messages, "strata": found.strata, "needed": found.needed}


def _runs(store: Store, asked: AsOf | None) -> list[dict[str, Any]]:
    counts = store.contacts().group_by("run_id").agg((pl.col("status") == s).sum().alias(s) for s in STATUSES)
    as_of = pl.col("as_of").dt.to_string("%Y-%m-%d %H:%M")
    there = store.runs() if asked is None else store.runs().filter(pl.col("as_of") <= asked.naive_utc)
    newest = there.reverse().head(NIGHTS).select("run_id", as_of, "status")
    beside = newest.join(counts, on="run_id", how="left", maintain_order="left")
    return beside.with_columns(pl.col(STATUSES).fill_null(0)).to_dicts()


def _sources(policy: Policy, store: Store, asked: AsOf | None) -> list[dict[str, Any]]:
    before = date.max if asked is None else asked.day
    live = store.deliveries().filter(pl.col("replaced_by").is_null(), pl.col("delivered_on") < before)
    rows = []
    for source in policy.sources:
        here = live.filter(pl.col("source") == source.source)
        newest = here["delivered_on"].max()
        rows.append(
            {
                "source": source.source,
                "newest": str(newest) if newest else None,
                "files": here.height,
                "loaded": int(here["loaded"].sum()),
                "rejected": int(here["rejected"].sum()),
                "waiting": waiting(source, store, policy.root, before=before),
            }
        )
    return rows
