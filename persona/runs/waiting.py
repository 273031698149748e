"""Extracts that lie there and were not taken in as they are."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from persona.errors import ExtractError
from persona.policy.source import Source
from persona.runs.load import recipe
from persona.runs.plan import Night
from persona.sources import found
from persona.store import Store

__all__ = ["not_loaded", "waiting"]


def waiting(source: Source, store: Store, root: Path, *, before: date = date.max) -> int | None:
    """How many files of a source, of days before one; None where the folder cannot be read as it should."""
    try:
        files = found(source, root)
    except ExtractError:
        return None
    return sum(file.delivered_on < before and store.sha256_of(source.source, file) is None for file in files)


def not_loaded(night: Night, *, asked: str | None) -> int:
    """How many files of all sources a night does not rest on, or only as other rules read them.

    Where the day was ``asked`` for, those of days before it.
    """
    before = night.as_of.day if asked else date.max
    counts = (waiting(one, night.store, night.policy.root, before=before) for one in night.policy.sources)
    return sum(count or 0 for count in counts) + sum(_otherwise(one, night, before) for one in night.policy.sources)


def _otherwise(source: Source, night: Night, before: date) -> int:
    """How many files of a source lie there whose rows are those that other rules made of them."""
    try:
        names = {file.name for file in found(source, night.policy.root) if file.delivered_on < before}
    except ExtractError:
        return 0
    here = pl.col("replaced_by").is_null() & (pl.col("source") == source.source) & pl.col("name").is_in(names)
    counting = night.store.deliveries().filter(here)
    if counting.is_empty():
        return 0
    return counting.filter(pl.col("recipe") != recipe(source, night.policy, night.store))["name"].n_unique()
