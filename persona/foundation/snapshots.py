"""What a state table said: of many deliveries the one that was known on the day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from persona.tables import Frame

__all__ = ["newest_known", "of_newest_deliveries"]


def newest_known(rows: Frame, *, as_of: date, key: Sequence[str]) -> Frame:
    """The row of each key that was known last before ``as_of``; the oldest where none was known yet.

    The first delivery of a table describes the time before it, too: without it no past day could be replayed.

    Reads: ``known_on``, ``delivery_no`` and the key. Grain: one row a key, sorted by it.

    >>> days = [date(2026, month, 1) for month in (1, 2, 3)]
    >>> rows = pl.DataFrame({"id": ["a"] * 3, "known_on": days, "delivery_no": [1, 2, 3]})
    >>> newest_known(rows, as_of=date(2026, 3, 1), key=["id"])["delivery_no"].to_list()
    [2]
    """
    is_known = pl.col("known_on") < as_of
    sign = pl.when(is_known).then(1).otherwise(-1)
    age = (is_known, pl.col("known_on").cast(pl.Int32) * sign, pl.col("delivery_no") * sign)
    return rows.sort(*key, *age, nulls_last=True).unique(subset=list(key), keep="last", maintain_order=True)


def of_newest_deliveries(rows: Frame, deliveries: pl.DataFrame, *, as_of: date) -> Frame:
    """The rows that still stand: what a newer whole snapshot of the same source no longer holds is left out.

    Reads: ``delivery_no`` of the rows; of ``deliveries``, which holds every delivery of the table that is not
    replaced, ``delivery_no``, ``source``, ``delivered_on`` and ``is_snapshot``. Increments and changes always stand.
    """
    of_source = deliveries.select("delivery_no", "source", "is_snapshot", known_on=pl.col("delivered_on"))
    newest = newest_known(of_source.filter("is_snapshot"), as_of=as_of, key=["source"])["delivery_no"]
    superseded = of_source.filter(pl.col("is_snapshot") & ~pl.col("delivery_no").is_in(newest.implode()))["delivery_no"]
    return rows.filter(~pl.col("delivery_no").is_in(superseded.implode()))
