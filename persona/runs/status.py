"""How a workspace stands: its nights, its sources, and what is due."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from persona.errors import ExtractError
from persona.policy.lint import warned
from persona.policy.policy import Policy
from persona.runs.night import newest_delivery
from persona.runs.workspace import as_of_rule, loaded_policy
from persona.sources import found
from persona.store import Store

__all__ = ["status_of"]

NIGHTS = 10
"""The newest runs that are shown."""
STATUSES = ("planned", "written", "handed_off", "expired")


def status_of(root: Path) -> dict[str, Any]:
    """``runs`` (the newest first, contacts by status), ``sources`` (newest delivery and counts), ``warnings``."""
    policy = loaded_policy(root)
    with Store.open(policy.root, policy.workspace) as store:
        runs, sources = _runs(store), _sources(policy, store)
        newest = newest_delivery(store)
        day = as_of_rule(policy, None, newest_delivery=newest).day if newest else date.min
    return {"runs": runs, "sources": sources, "warnings": [str(one) for one in warned(policy, day)]}


def _runs(store: Store) -> list[dict[str, Any]]:
    counts = store.contacts().group_by("run_id").agg((pl.col("status") == s).sum().alias(s) for s in STATUSES)
    as_of = pl.col("as_of").dt.to_string("%Y-%m-%d %H:%M")
    newest = store.runs().reverse().head(NIGHTS).select("run_id", as_of, "status")
    beside = newest.join(counts, on="run_id", how="left", maintain_order="left")
    return beside.with_columns(pl.col(STATUSES).fill_null(0)).to_dicts()


def _sources(policy: Policy, store: Store) -> list[dict[str, Any]]:
    live = store.deliveries().filter(pl.col("replaced_by").is_null())
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
                "waiting": _waiting(policy, store, source.source),
            }
        )
    return rows


def _waiting(policy: Policy, store: Store, name: str) -> int | None:
    """Files that lie there and were not taken in as they are; None where the folder cannot be read as it should."""
    source = next(one for one in policy.sources if one.source == name)
    try:
        files = found(source, policy.root)
    except ExtractError:
        return None
    return sum(store.sha256_of(name, file) is None for file in files)
