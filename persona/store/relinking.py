"""Rows that stand with an account's owner, when owners have changed: only the parts that hold them are rewritten."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

import polars as pl

from persona.store.catalog import Catalog
from persona.store.deliveries import in_force, table
from persona.store.durable import reconciled
from persona.store.holders import SCHEMA, changed, links, owned, owners
from persona.store.loading import Book, booking_day, parts_frame
from persona.store.parts import Part, scanned, schema_of, written
from persona.tables import CANONICAL

__all__ = ["relinked"]


def relinked(catalog: Catalog, book: Book, *, zone: str) -> tuple[int, Book]:
    """How many parts were rewritten, and the book with the owners of now.

    Afterwards every row that names only an account stands as if its file were loaded today.
    """
    if _fingerprint(catalog) == catalog.one("SELECT body FROM documents WHERE \"kind\" = 'linked' AND name = 'owners'"):
        return 0, book
    fresh = owners(_facts(catalog, "account_holders"), _facts(catalog, "accounts")).select(SCHEMA.names())
    accounts = changed(book.owners, fresh)
    now = Book(book.crosswalk, fresh)
    parts = [] if accounts.is_empty() else _linked_parts(catalog)
    with reconciled("facts"):
        tried = [_rewritten(part, accounts, now, zone, catalog.state) for part in parts]
        swaps = [swap for swap in tried if swap]
    with catalog.transaction("facts"):
        for old, _ in swaps:
            catalog.run("DELETE FROM parts WHERE path = ?", [old.path])
        catalog.insert("parts", parts_frame(new for _, new in swaps))
        catalog.run("DELETE FROM owners")
        catalog.insert("owners", fresh)
        catalog.run("INSERT OR REPLACE INTO documents VALUES ('linked', 'owners', ?)", [_fingerprint(catalog)])
    return len(swaps), now


def _fingerprint(catalog: Catalog) -> str:
    """What the owners follow from: the parts of two tables."""
    said = "SELECT path FROM parts WHERE table_name IN ('account_holders', 'accounts') ORDER BY path"
    paths = "\n".join(str(path) for (path,) in catalog.run(said))
    return blake2b(paths.encode(), digest_size=16).hexdigest()


def _facts(catalog: Catalog, name: str) -> pl.DataFrame:
    """The rows of a table that hold today."""
    rows = catalog.run('SELECT path, delivery_no, "columns" FROM parts WHERE table_name = ? ORDER BY path', [name])
    standing = set(in_force(table(catalog), name))
    paths = [catalog.state / str(path) for path, number, _ in rows if number in standing]
    return scanned(paths, schema_of(CANONICAL[name], [str(columns) for _, _, columns in rows])).collect()


def _linked_parts(catalog: Catalog) -> list[Part]:
    names = [name for name, contract in CANONICAL.items() if links(contract)]
    fields = 'path, table_name, "month", delivery_no, "rows", bytes, sha256, unlinked, "columns"'
    rows = catalog.run(f"SELECT {fields} FROM parts WHERE table_name IN (SELECT unnest(?)) ORDER BY path", [names])  # noqa: S608
    return [Part(*row) for row in rows]  # type: ignore[arg-type] # the order and types are those of the table


def _rewritten(part: Part, accounts: pl.Series, book: Book, zone: str, state: Path) -> tuple[Part, Part] | None:
    path, contract = state / part.path, CANONICAL[part.table_name]
    by_account = pl.col("customer_id").is_null() & pl.col("account_id").is_in(accounts.implode())
    if not pl.scan_parquet(path).select(by_account.any()).collect().item():
        return None
    rows = pl.read_parquet(path)
    day = booking_day(contract, zone, pl.col("known_on"))
    linked = owned(rows, owners=book.owners, crosswalk=book.crosswalk, day=day)
    if linked.equals(rows):
        return None
    return part, written(linked, contract, month=part.month, delivery_no=part.delivery_no, state=state)
