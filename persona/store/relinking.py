"""Rows stay where they belong when owners or households change: only the parts that hold such rows are rewritten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

import polars as pl

from persona.store.catalog import Catalog
from persona.store.crosswalk import SCHEMA as CROSSWALK
from persona.store.durable import reconciled
from persona.store.facts import LATEST, scan
from persona.store.holders import SCHEMA, changed, owners
from persona.store.households import rehoused
from persona.store.loading import Book, linked, parts_frame
from persona.store.parts import Part, written
from persona.store.persons import keep_persons, persons, who_is_who
from persona.tables import CANONICAL

__all__ = ["book_now", "identified", "linked_as", "relinked"]

_FROM = ("account_holders", "accounts", "customers")
"""The tables that owners and households follow from."""


def relinked(catalog: Catalog, book: Book, *, zone: str) -> tuple[int, Book]:
    """How many parts were rewritten, and the book as it is now.

    Afterwards every row that names only an account stands as if its file were loaded today, and those who ever shared
    a household are in one bucket.
    """
    if linked_as(catalog) == catalog.one("SELECT body FROM documents WHERE \"kind\" = 'linked' AND name = 'facts'"):
        return 0, book
    with reconciled("facts"):
        now = book_now(catalog, who_is_who(catalog), persons(catalog))
        swaps = _swaps(catalog, book, now, zone)
    with catalog.transaction("facts"):
        _swapped(catalog, swaps, book, now)
    return len(swaps), now


def identified(
    catalog: Catalog,
    book: Book,
    rows: pl.DataFrame,
    links: pl.DataFrame,
    changes: pl.DataFrame,
    *,
    at: datetime,
    zone: str,
) -> tuple[int, Book]:
    """How many parts were rewritten because records are other persons now, and the book as it is then.

    Rows of a customer id stand under the number of its person; what links them, the parts and the book change in one
    transaction. Reads: as ``persons.keep_persons``.
    """
    with reconciled("facts"):
        own = (
            who_is_who(catalog)
            .drop("customer_no")
            .join(rows.select("record_no", "person_no"), on="record_no", how="left", maintain_order="left")
        )
        now = book_now(catalog, own.with_columns(customer_no=pl.coalesce("person_no", "record_no")), rows)
        swaps = _swaps(catalog, book, now, zone)
    with catalog.transaction("facts"):
        keep_persons(catalog, rows, links, changes, at=at)
        _swapped(catalog, swaps, book, now)
    return len(swaps), now


def _swapped(catalog: Catalog, swaps: Sequence[tuple[Part, Part]], book: Book, now: Book) -> None:
    for old, _ in swaps:
        catalog.run("DELETE FROM parts WHERE path = ?", [old.path])
    catalog.insert("parts", parts_frame(new for _, new in swaps))
    _keep(catalog, book, now)
    catalog.run("INSERT OR REPLACE INTO documents VALUES ('linked', 'facts', ?)", [linked_as(catalog)])


def book_now(catalog: Catalog, own: pl.DataFrame, together: pl.DataFrame) -> Book:
    """Who owns which account and lives in which bucket, by all that is loaded and by who is one person.

    Reads: ``own`` as ``who_is_who``; ``together`` record_no, person_no, household_id of records that are not alone.
    """
    holders, accounts = (scan(catalog, name, as_of=LATEST) for name in ("account_holders", "accounts"))
    numbers = own.lazy().select("customer_id", "customer_no")
    owned_by = owners(
        holders.select("account_id", "customer_id", "role", "from_on", "until_on")
        .join(numbers, on="customer_id", how="left")
        .collect(),
        accounts.select("account_id", "customer_id").join(numbers, on="customer_id", how="left").collect(),
    )
    said = scan(catalog, "customers").select("customer_id", "household_id").drop_nulls().unique()
    named = own.lazy().select("customer_id", "record_no").join(said, on="customer_id").drop("customer_id")
    derived = together.lazy().select("record_no", "household_id")
    one_person = together.lazy().select("record_no", household_id="person:" + pl.col("person_no").cast(pl.String))
    enrolled = own.lazy().select("record_no", "household_id")
    every = [frame.select("record_no", "household_id") for frame in (named, derived, one_person, enrolled)]
    shared = pl.concat(every).drop_nulls().unique().rename({"record_no": "customer_no"}).collect()
    housed = rehoused(own.select(customer_no="record_no", bucket="bucket"), shared)
    crosswalk = own.with_columns(housed["bucket"]).select(CROSSWALK.names())
    return Book(crosswalk, owned_by.select(SCHEMA.names()))


def _swaps(catalog: Catalog, book: Book, now: Book, zone: str) -> list[tuple[Part, Part]]:
    """The parts that hold rows of other owners, persons or buckets, each with what comes in its place."""
    accounts = changed(book.owners, now.owners)
    movers = book.crosswalk.filter(_is_moved(book, now))["customer_no"].unique()
    if accounts.is_empty() and movers.is_empty():
        return []
    touched = pl.col("customer_no").is_in(movers.implode())
    by_account = pl.col("customer_id").is_null() & pl.col("account_id").is_in(accounts.implode())
    swaps = []
    for part in _parts(catalog):
        concerns = touched | by_account if "account_id" in CANONICAL[part.table_name] else touched
        if pl.scan_parquet(catalog.state / part.path).select(concerns.any()).collect().item():
            swaps.append(_rewritten(part, now, zone, catalog.state))
    return [(old, new) for old, new in swaps if old.path != new.path]


def _is_moved(book: Book, now: Book) -> pl.Series:
    """Whether each customer id stands under another number or in another bucket."""
    columns = ("customer_no", "bucket")
    return (
        (book.crosswalk.select(columns) != now.crosswalk.select(columns)).select(pl.any_horizontal(columns)).to_series()
    )


def _rewritten(part: Part, book: Book, zone: str, state: Path) -> tuple[Part, Part]:
    contract = CANONICAL[part.table_name]
    rows = pl.read_parquet(state / part.path)
    placed = linked(rows, contract, book, zone=zone).select(rows.columns)
    return part, written(placed, contract, month=part.month, delivery_no=part.delivery_no, state=state)


def _keep(catalog: Catalog, book: Book, now: Book) -> None:
    if not now.owners.equals(book.owners):
        catalog.run("DELETE FROM owners")
        catalog.insert("owners", now.owners)
    moved = now.crosswalk.filter(book.crosswalk["bucket"] != now.crosswalk["bucket"])
    if moved.is_empty():
        return
    catalog.run("CREATE OR REPLACE TEMP TABLE moved AS SELECT customer_id, bucket FROM crosswalk LIMIT 0")
    catalog.insert("moved", moved.select("customer_id", "bucket"))
    catalog.run("UPDATE crosswalk SET bucket = moved.bucket FROM moved WHERE crosswalk.customer_id = moved.customer_id")
    catalog.run("DROP TABLE moved")


def linked_as(catalog: Catalog) -> str:
    """The hash of the parts that owners and households follow from: what rows were linked by."""
    said = "SELECT path FROM parts WHERE list_contains(?, table_name) ORDER BY path"
    paths = "\n".join(str(path) for (path,) in catalog.run(said, [list(_FROM)]))
    return blake2b(paths.encode(), digest_size=16).hexdigest()


def _parts(catalog: Catalog) -> list[Part]:
    names = [name for name, contract in CANONICAL.items() if "customer_id" in contract]
    fields = 'path, table_name, "month", delivery_no, "rows", bytes, sha256, unlinked, "columns"'
    query = f"SELECT {fields} FROM parts WHERE list_contains(?, table_name) ORDER BY path"  # noqa: S608 - our own words
    return [Part(*row) for row in catalog.run(query, [names])]  # type: ignore[arg-type] # the order and types are those of the table
