"""One file into the facts: tokens for identifiers, numbers for customers, parts on the disk, then one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import date
from pathlib import Path

import polars as pl

from persona.errors import ContractError, WriteError
from persona.policy.source import Source
from persona.policy.vocabulary import extra_columns
from persona.store.catalog import Catalog
from persona.store.crosswalk import enrolled, numbered
from persona.store.deliveries import KEPT, DeliveryRow, quarantine, recorded, seen
from persona.store.durable import reconciled
from persona.store.erased import remaining
from persona.store.holders import links, owned
from persona.store.parts import Part, columns_of, parted, schema_of, written
from persona.store.reading import Extract, FileRead, Reading
from persona.store.repeats import Repeats, refuse_conflicts, remember, repeats
from persona.store.vault import REVEALED, Vault
from persona.tables import CANONICAL, REFERENCE_PREFIX, Column, Contract

__all__ = ["Book", "LoadReport", "booking_day", "contract_of", "linked", "loaded", "parts_frame", "told"]


@dataclass(frozen=True, slots=True)
class Book:
    """Who is known and who owns which account, as all parts on the disk have it."""

    crosswalk: pl.DataFrame
    owners: pl.DataFrame


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What came of one file."""

    delivery: DeliveryRow
    replaces: tuple[int, ...]
    new_customers: int
    unlinked: int
    """Rows whose customer is not known yet."""
    parts: int


def contract_of(source: Source) -> Contract:
    """The contract of the table that a source becomes; that of a reference follows from its columns."""
    if source.into in CANONICAL:
        return CANONICAL[source.into]
    if not source.into.startswith(REFERENCE_PREFIX):
        known = ", ".join(sorted(CANONICAL))
        raise ContractError(f"no table {source.into}", where=source.file, hint=f"Tables: {known}, references:<name>.")
    if source.delivery == "changes":
        hint = "Deliver the whole table each time: `delivery: snapshot`."
        raise ContractError(
            "a reference cannot be delivered as changes", where=str(source.place_of("delivery")), hint=hint
        )
    key = () if source.key == "none" else source.key
    return Contract(source.into, "one row a key", key, extra_columns(source))


def loaded(
    read: Reading,
    extract: Extract,
    source: Source,
    *,
    sha256: str,
    recipe: str,
    replaces: Sequence[int],
    book: Book,
    zone: str,
    catalog: Catalog,
    vault: Vault,
) -> tuple[LoadReport, Book]:
    """What came of a file, and who is known with it.

    The vault comes first, the parts second, the transaction last: a kill between leaves persons in the vault whom
    nobody asks for, or parts that the next start sweeps.

    Raises: ContractError when the rows break the table's contract; WriteError when they cannot be written or do not
    account for every record.
    """
    contract = contract_of(source)
    read = remaining(read, contract, catalog, vault)
    rows = _checked(read, contract, source)
    _agreed(rows, contract, replaces, catalog)
    with reconciled(extract.name):
        safe = _tokenized(rows, contract, source, extract.delivered_on, vault)
        again = repeats(safe, contract, source, day=extract.delivered_on, replaces=replaces, catalog=catalog)
        earlier = safe.filter(again.is_earlier) if again else safe.clear()
        if again:
            read = _without(read, again, source, name=extract.name)
            safe = safe.filter(again.is_fresh)
        fresh = _enrolled(safe, contract, book.crosswalk, catalog)
        known = Book(pl.concat([book.crosswalk, fresh]), book.owners)
        delivery = _delivery(read, extract, source, contract, sha256, recipe, catalog.next("delivery_no"))
        parts = _parts(safe, contract, delivery, known, zone, catalog.state)
        aside = _parts(earlier, contract, delivery, known, zone, catalog.state) if earlier.height else []
    with catalog.transaction(extract.name):
        catalog.taken("delivery_no")
        catalog.taken("customer_no", fresh.height)
        catalog.insert("crosswalk", fresh)
        recorded(catalog, delivery, replaces)
        remember(catalog, source.source, sha256, again)
        catalog.insert("parts", parts_frame(parts))
        catalog.insert(KEPT, parts_frame(aside))
        quarantine(catalog, read, source=source.source, name=extract.name, sha256=sha256)
        seen(catalog, source.source, extract, sha256)
    unlinked = sum(part.unlinked for part in parts)
    return LoadReport(delivery, tuple(replaces), fresh.height, unlinked, len(parts)), known


def _parts(
    rows: pl.DataFrame, contract: Contract, delivery: DeliveryRow, book: Book, zone: str, state: Path
) -> list[Part]:
    """The rows of a delivery as parts on the disk."""
    stamped = rows.with_columns(
        pl.lit(delivery.delivery_no, dtype=pl.Int64).alias("delivery_no"),
        pl.lit(delivery.delivered_on, dtype=pl.Date).alias("known_on"),
    )
    placed = linked(stamped, contract, book, zone=zone)
    number = delivery.delivery_no
    return [
        written(piece, contract, month=month, delivery_no=number, state=state)
        for month, piece in parted(placed, contract)
    ]


def _without(read: Reading, again: Repeats, source: Source, *, name: str) -> Reading:
    """What was read without the rows that other files have told: repeats, and within what is allowed the rejected."""
    nth = pl.int_range(1, read.rows.height + 1, eager=True)
    lines = read.rows["_line"] if "_line" in read.rows.columns else nth
    allowed = source.max_rejected_rows - read.rejects["line"].n_unique()
    refuse_conflicts(again, lines, allowed=allowed, name=name)
    against = pl.DataFrame({"line": lines.filter(again.is_conflict)}).with_columns(
        pl.lit(None, dtype=pl.Int64).alias("byte_offset"),
        pl.lit(None, dtype=pl.String).alias("column"),
        pl.lit("key stands with other content in another file").alias("reason"),
    )
    warning = f"{again.count:,} of {read.rows.height:,} rows were told before, in {', '.join(again.names)}"
    return FileRead(
        rows=read.rows.filter(again.is_fresh),
        rejects=pl.concat([read.rejects, against]).sort("line"),
        lines=read.lines,
        filtered=read.filtered,
        duplicates=read.duplicates + again.count,
        repeated_rows=read.repeated_rows,
        expectations=read.expectations,
        warnings=[*read.warnings, warning],
    )


def parts_frame(parts: Iterable[Part]) -> pl.DataFrame:
    """Parts as rows of the catalog."""
    schema = {field.name: pl.Int64 if field.type == "int" else pl.String for field in fields(Part)}
    return pl.DataFrame([astuple(part) for part in parts], schema=schema, orient="row")


def booking_day(contract: Contract, zone: str, otherwise: pl.Expr) -> pl.Expr:
    """The local day on which a row happened; ``otherwise`` for tables that describe a state."""
    if contract.time is None:
        return otherwise
    return pl.col(contract.time).dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.date()


def linked(rows: pl.DataFrame, contract: Contract, book: Book, *, zone: str) -> pl.DataFrame:
    """The rows with the number and bucket of their customer, the account's owner where they name no customer.

    Reads: the contract's columns, ``known_on``: the day that owners of a table of a state are asked for.
    """
    named = numbered(rows.drop("customer_no", "bucket", strict=False), crosswalk=book.crosswalk)
    if not links(contract):
        return named
    day = booking_day(contract, zone, pl.col("known_on"))
    return owned(named, owners=book.owners, crosswalk=book.crosswalk, day=day)


def _checked(read: Reading, contract: Contract, source: Source) -> pl.DataFrame:
    rejected = read.rejects["line"].n_unique()
    accounted = read.rows.height + rejected + read.filtered + read.duplicates
    if accounted != read.lines:
        raise WriteError(
            f"{read.lines:,} records were read and {accounted:,} are accounted for: {read.rows.height:,} loaded, "
            f"{rejected:,} rejected, {read.filtered:,} filtered, {read.duplicates:,} duplicates",
            where=f"source {source.source}",
        )
    schema = read.rows.schema
    extras = [name for name in schema if name not in contract and (name == "_op" or not name.startswith("_"))]
    columns = [Column(name, schema[name], "the source's own") for name in sorted(extras)]
    # The reader has made the keys unique; to count them again would take as long as to write the rows.
    return replace(contract.with_columns(columns), key=()).checked(read.rows)


def _agreed(rows: pl.DataFrame, contract: Contract, replaces: Sequence[int], catalog: Catalog) -> None:
    """Refuse a column that the table has in another type already, before anything is written."""
    there = 'SELECT DISTINCT "columns" FROM parts WHERE table_name = ? AND NOT list_contains(?, delivery_no)'
    columns = [str(row[0]) for row in catalog.run(there, [contract.name, list(replaces)])]
    schema_of(contract, [*columns, columns_of(rows)])


def _direct(rows: pl.DataFrame, contract: Contract, source: Source) -> list[str]:
    by_contract = {column.name for column in contract.columns if column.pii == "direct"}
    by_source = {name for name, rule in source.columns.items() if rule.pii == "direct"}
    return [name for name in rows.columns if name in by_contract | by_source]


def _tokenized(rows: pl.DataFrame, contract: Contract, source: Source, day: date, vault: Vault) -> pl.DataFrame:
    """The rows with a token for each direct identifier; what customers are called goes into the vault first."""
    if contract.name == "customers":
        told(rows, contract, source, day, vault)
    return rows.with_columns(vault.tokens(name, rows[name]).alias(name) for name in _direct(rows, contract, source))


def told(rows: pl.DataFrame, contract: Contract, source: Source, day: date, vault: Vault) -> None:
    """Put into the vault what a delivery says of its customers; what was said on a later day stays."""
    keep = [name for name in rows.columns if name in {*_direct(rows, contract, source), *REVEALED}]
    people = rows.filter(pl.col("_op") != "delete") if "_op" in rows.columns else rows
    one_each = people.select("customer_id", *keep).sort("customer_id", *keep).unique("customer_id", keep="first")
    vault.put(one_each.sort("customer_id"), system=source.system_name, known_on=day)


def _enrolled(rows: pl.DataFrame, contract: Contract, known: pl.DataFrame, catalog: Catalog) -> pl.DataFrame:
    if "customer_id" not in contract:
        return known.clear()
    return enrolled(rows, known=known, first_no=catalog.next("customer_no"))


def _delivery(
    read: Reading, extract: Extract, source: Source, contract: Contract, sha256: str, recipe: str, number: int
) -> DeliveryRow:
    return DeliveryRow(
        delivery_no=number,
        source=source.source,
        table_name=contract.name,
        kind=source.delivery,
        name=extract.name,
        sha256=sha256,
        size=extract.size,
        mtime_ns=extract.mtime_ns,
        delivered_on=extract.delivered_on,
        recipe=recipe,
        lines=read.lines,
        loaded=read.rows.height,
        rejected=read.rejects["line"].n_unique(),
        filtered=read.filtered,
        duplicates=read.duplicates,
        repeated_rows=read.repeated_rows,
    )
