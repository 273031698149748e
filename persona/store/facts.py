"""The facts of a table, as the parts hold them or as they count on a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from hashlib import blake2b

import polars as pl

from persona.store.catalog import Catalog
from persona.store.deliveries import in_force, of_changes
from persona.store.deliveries import table as deliveries
from persona.store.folding import OP, folded
from persona.store.parts import scanned, schema_of
from persona.store.persons import fingerprint as of_persons
from persona.tables import CANONICAL

__all__ = ["LATEST", "fingerprint", "scan"]

LATEST = date.max
"""The day on which all that was delivered is known."""


def scan(
    catalog: Catalog, table: str, buckets: Sequence[int] | None = None, *, as_of: date | None = None
) -> pl.LazyFrame:
    """The rows of a table: the contract's columns, the sources' own, then ``KNOWN``; in no order.

    ``as_of`` leaves of each source of snapshots only the one that counts on that day, and of each source of changes
    the newest before it of each key. The empty frame with the contract's columns where nothing was loaded.
    """
    rows = catalog.run('SELECT path, delivery_no, "columns" FROM parts WHERE table_name = ? ORDER BY path', [table])
    schema = schema_of(CANONICAL.get(table), [str(row[2]) for row in rows])
    if as_of is None:
        return scanned([catalog.state / str(row[0]) for row in rows], schema, buckets=buckets)
    ledger = deliveries(catalog)
    counting = set(in_force(ledger, table, as_of=as_of))
    paths = [catalog.state / str(path) for path, number, _ in rows if number in counting]
    found = scanned(paths, schema, buckets=buckets)
    if OP not in schema:
        return found
    changes = of_changes(ledger, table)
    return folded(found, everything=scanned(paths, schema), key=CANONICAL[table].key, sources=changes)


def fingerprint(catalog: Catalog, table: str | None) -> str:
    """The hash of all rows that count, of one table or, with who is one person, of all: 16 hex digits."""
    digest = blake2b(digest_size=8)
    of = "SELECT path, sha256 FROM parts WHERE ? IS NULL OR table_name = ? ORDER BY path"
    for path, sha256 in catalog.run(of, [table, table]):
        digest.update(f"{path}|{sha256}\n".encode())
    if table is None:
        digest.update(of_persons(catalog).encode())
    return digest.hexdigest()
