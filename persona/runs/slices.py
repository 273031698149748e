"""A table in slices of whole customers, so that looking at all of it takes the memory of some."""

from __future__ import annotations

from persona.buckets import BUCKETS
from persona.store import Store

__all__ = ["slices"]


def slices(store: Store, table: str, *, most: int) -> list[list[int] | None]:
    """Buckets to be looked at together, about ``most`` rows at a time; all at once where the table has no more.

    Bucket -1 has the rows without a customer.
    """
    rows = int(str(store.catalog.one('SELECT coalesce(sum("rows"), 0) FROM parts WHERE table_name = ?', [table])))
    if rows <= most:
        return [None]
    size = max(1, (BUCKETS + 1) * most // rows)
    every = [-1, *range(BUCKETS)]
    return [every[start : start + size] for start in range(0, len(every), size)]
