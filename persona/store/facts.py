"""The facts of a table, as the parts hold them or as they count on a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import blake2b

import polars as pl

from persona.store.catalog import Catalog
from persona.store.deliveries import in_force, of_changes
from persona.store.deliveries import table as deliveries
from persona.store.folding import OP, folded
from persona.store.parts import scanned, schema_of
from persona.store.persons import fingerprint as of_persons
from persona.tables import CANONICAL, KNOWN, REFERENCE_PREFIX

__all__ = ["LATEST", "fingerprint", "references", "scan", "unlinked"]

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


def references(catalog: Catalog, names: Iterable[str] | None) -> dict[str, pl.DataFrame]:
    """The newest rows of each reference table, or of some, by the name after ``references:``."""
    known = [column.name for column in KNOWN]
    there = [str(row[0]) for row in catalog.run("SELECT DISTINCT table_name FROM parts ORDER BY 1")]
    wanted = there if names is None else set(names).intersection(there)
    return {
        name.removeprefix(REFERENCE_PREFIX): scan(catalog, name, as_of=LATEST).drop(known).collect()
        for name in sorted(wanted)
        if name.startswith(REFERENCE_PREFIX)
    }


def unlinked(catalog: Catalog) -> dict[str, int]:
    """How many rows of each source have no customer yet, by its name; sources without such rows are left out."""
    rows = catalog.run(
        "SELECT source, sum(unlinked) FROM parts JOIN deliveries USING (delivery_no)"
        " WHERE unlinked > 0 GROUP BY source ORDER BY source"
    )
    return {str(source): int(str(count)) for source, count in rows}


def fingerprint(catalog: Catalog, table: str | None) -> str:
    """The hash of all rows that count, of one table or, with who is one person, of all: 16 hex digits."""
    digest = blake2b(digest_size=8)
    of = "SELECT path, sha256 FROM parts WHERE ? IS NULL OR table_name = ? ORDER BY path"
    for path, sha256 in catalog.run(of, [table, table]):
        digest.update(f"{path}|{sha256}\n".encode())
    if table is None:
        digest.update(of_persons(catalog).encode())
    return digest.hexdigest()
