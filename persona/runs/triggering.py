"""The step that tells what has happened to each customer that offers may answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from persona.offers import looks_back_days, occurrences
from persona.runs.plan import Night, Pieces, batches
from persona.tables import CANONICAL
from persona.tables.contract import Contract
from persona.tables.wide import wide

__all__ = ["triggers"]


def triggers(night: Night, known: Sequence[str]) -> Pieces:
    """What may be answered tonight, from the rows of the last days and from what the tables ``known`` say."""
    words, rules, read = night.policy.vocabulary, night.policy.triggers, _read(night)
    tables = sorted({one.table for one in rules if one.table})
    for buckets in batches(night):
        units = night.table("units", buckets).select("customer_no")
        parts = [_part(night.table(name, buckets), read) for name in known] if len(read.columns) > 1 else []
        found, live = occurrences(
            wide(units, *parts, contract=read),
            {table: _rows(night, table, buckets) for table in tables},
            night.table_before("occurrences", buckets),
            rules,
            read=night.policy.checked,
            as_of=night.as_of,
        )
        yield {"occurrences": found, "triggers": wide(units, live, contract=words.triggers)}


def _read(night: Night) -> Contract:
    """The columns of the profile that the triggers read, and its key."""
    policy, whole = night.policy, night.policy.vocabulary.known_before_triggers
    said = [(one, key) for one in policy.triggers for key in ("when", "each") if getattr(one, key)]
    names = {"customer_no"}.union(*(policy.checked(one, key).columns for one, key in said))
    return Contract(whole.name, whole.grain, whole.key, tuple(one for one in whole.columns if one.name in names))


def _part(table: pl.DataFrame, read: Contract) -> pl.DataFrame:
    return table.select(name for name in table.columns if name in read)


def _rows(night: Night, table: str, buckets: Sequence[int]) -> pl.DataFrame:
    """The rows of a table that the triggers on it have to see."""
    days = [looks_back_days(one) for one in night.policy.triggers if one.table == table]
    rows = night.store.scan(table, buckets, as_of=night.as_of.day)
    begins = night.as_of.naive_utc - timedelta(days=max(days) + 1)
    return rows.filter(pl.col(str(CANONICAL[table].time)) >= begins).collect(engine="in-memory")
