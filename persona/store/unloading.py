"""Deliveries taken out again: what is left is what there would be had they never come, to the byte of the parts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

import polars as pl

from persona.store.catalog import Catalog
from persona.store.crosswalk import SCHEMA as CROSSWALK
from persona.store.crosswalk import enrolled
from persona.store.deliveries import KEPT, table
from persona.store.holders import changed
from persona.store.loading import Book, linked, parts_frame
from persona.store.parts import Part, written
from persona.store.persons import persons, who_is_who
from persona.store.relinking import book_now, linked_as
from persona.store.repeats import read_anew
from persona.tables import CANONICAL, Contract

__all__ = ["Unloaded", "chain", "unloaded"]


@dataclass(frozen=True, slots=True)
class Unloaded:
    """What came of taking deliveries out."""

    rows: int
    """Rows that count no more."""
    restored: tuple[str, ...]
    """Names of the files whose rows count again, because what had taken their place is gone."""
    lost: tuple[str, ...]
    """Names of the files that had been replaced so long ago that their rows are gone: to be delivered again."""
    again: tuple[str, ...]
    """Names of the files that held rows which these had told first: the next load reads them anew."""
    customers: tuple[str, ...]
    """Ids that only these deliveries had named; nobody knows them any more."""
    rewritten: int
    """Parts of other deliveries that were written anew, because a number or an owner in them is another."""


def chain(catalog: Catalog, numbers: Iterable[int]) -> set[int]:
    """The deliveries with those of the same bytes that they took the place of when the rules were others."""
    ledger = table(catalog)
    rows = {row["delivery_no"]: row for row in ledger.iter_rows(named=True)}
    found, left = set[int](), set(numbers)
    while left:
        number = left.pop()
        found.add(number)
        left |= {
            other
            for other, row in rows.items()
            if row["replaced_by"] == number and row["sha256"] == rows[number]["sha256"] and other not in found
        }
    return found


def unloaded(catalog: Catalog, gone: Collection[int], *, book: Book, zone: str) -> tuple[Unloaded, Book]:
    """What came of taking some deliveries out, and who is known then; all of it is done, or nothing.

    Later deliveries, and customers that came with them, move up to the numbers they would have; a customer whom a run
    has read keeps his. The parts that this concerns are written anew, so the cost grows with what was loaded since.

    Raises: WriteError.
    """
    ledger = table(catalog)
    rows = _rows_of(catalog, gone)
    named = _mentions(catalog, ledger, gone)
    before = catalog.frame(f"SELECT {', '.join(CROSSWALK.names())} FROM crosswalk ORDER BY customer_no").cast(CROSSWALK)  # noqa: S608 - ours
    crosswalk = _numbered(catalog, before, named, gone)
    with catalog.transaction("facts"):
        _remember(catalog, gone)
        bytes_gone = ledger.filter(pl.col("delivery_no").is_in(sorted(gone))).select("source", "sha256").unique().rows()
        again = read_anew(catalog, bytes_gone)
        restored, lost = _taken_out(catalog, ledger, gone)
        if named.height:
            _keep_crosswalk(catalog, before, crosswalk)
        now = book_now(catalog, who_is_who(catalog), persons(catalog))
        _keep_book(catalog, now)
        numbers = _moved_up(catalog, gone)
        rewritten = _placed(catalog, book, now, numbers, restored, zone)
        catalog.run("INSERT OR REPLACE INTO documents VALUES ('linked', 'facts', ?)", [linked_as(catalog)])
    left = before.join(crosswalk, on="customer_id", how="anti")["customer_id"].sort()
    names = dict(ledger.select("delivery_no", "name").iter_rows())
    told = [tuple(names[number] for number in found) for found in (restored, lost)]
    return Unloaded(rows, told[0], told[1], again, tuple(left), rewritten), now


_FIELDS = ", ".join(f'"{field.name}"' for field in fields(Part))


def _remember(catalog: Catalog, gone: Collection[int]) -> None:
    """Note the bytes that were taken out, so that a file that still lies there does not come in again."""
    catalog.run(
        "INSERT OR REPLACE INTO unloaded SELECT source, sha256, max(name), max(delivered_on) FROM deliveries"
        " WHERE list_contains(?, delivery_no) GROUP BY source, sha256",
        [sorted(gone)],
    )


def _rows_of(catalog: Catalog, gone: Collection[int]) -> int:
    found = catalog.one('SELECT sum("rows")::BIGINT FROM parts WHERE list_contains(?, delivery_no)', [sorted(gone)])
    return int(str(found)) if found else 0


def _mentions(catalog: Catalog, ledger: pl.DataFrame, gone: Collection[int]) -> pl.DataFrame:
    """The customers that each delivery names: customer_id, household_id, ``at`` (its place in time), ``is_gone``.

    Bytes that were loaded anew under other rules stand where they came first. Empty where no customer can have come
    with the deliveries that go.
    """
    first = ledger.with_columns(at=pl.col("delivery_no").min().over("source", "sha256")).select("delivery_no", "at")
    places = dict(first.iter_rows())
    every = f"SELECT {_FIELDS} FROM parts UNION ALL SELECT {_FIELDS} FROM {KEPT} ORDER BY path"  # noqa: S608 - ours
    parts = [Part(*row) for row in catalog.run(every)]  # type: ignore[arg-type] # the order and types are those of the table
    naming = [part for part in parts if "customer_id" in CANONICAL.get(part.table_name, ())]
    if not any(part.delivery_no in gone for part in naming):
        return _NO_MENTIONS
    found = [_NO_MENTIONS]
    for part in naming:
        rows = pl.scan_parquet(catalog.state / part.path)
        household = pl.col("household_id") if part.table_name == "customers" else pl.lit(None, dtype=pl.String)
        named = rows.select("customer_id", household.alias("household_id")).drop_nulls("customer_id").unique().collect()
        place = pl.lit(places[part.delivery_no], dtype=pl.Int64)
        found.append(
            named.with_columns(at=place, is_gone=pl.lit(part.delivery_no in gone)).select(_NO_MENTIONS.columns)
        )
    return pl.concat(found)


_NO_MENTIONS = pl.DataFrame(
    schema={"customer_id": pl.String, "household_id": pl.String, "at": pl.Int64, "is_gone": pl.Boolean}
)


def _numbered(catalog: Catalog, before: pl.DataFrame, named: pl.DataFrame, gone: Collection[int]) -> pl.DataFrame:
    """The crosswalk as it would be: customers that only the deliveries that go have named are out of it.

    The numbers of all that came since close up, unless a run has read one of them: such a number stays for good.
    """
    first_gone = min(gone)
    left = named.filter(~pl.col("is_gone"))
    known_before = left.filter(pl.col("at") < first_gone)["customer_id"].unique()
    came = named.filter(pl.col("is_gone") & ~pl.col("customer_id").is_in(known_before.implode()))[
        "customer_id"
    ].unique()
    if came.is_empty():
        return before
    start = int(str(before.filter(pl.col("customer_id").is_in(came.implode()))["customer_no"].min()))
    still = left["customer_id"].unique()
    keeps = pl.col("customer_id").is_in(still.implode()) | ~pl.col("customer_id").is_in(came.implode())
    used = _used(catalog, before, start)
    if used:
        return before.filter(keeps | pl.col("customer_no").is_in(used))
    made = before.filter(pl.col("customer_no") < start)
    later = before.filter((pl.col("customer_no") >= start) & keeps)
    again = left.join(later, on="customer_id", how="semi").sort("at").partition_by("at", maintain_order=True)
    next_no = start
    for rows in again:
        fresh = enrolled(rows, known=made, first_no=next_no)
        made, next_no = pl.concat([made, fresh]), next_no + fresh.height
    rest = later.join(made, on="customer_id", how="anti")
    return pl.concat([made, rest.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("customer_no") + next_no)])


def _used(catalog: Catalog, crosswalk: pl.DataFrame, start: int) -> set[int]:
    """Which numbers from one on stand in a ledger: a run has read them, or somebody linked them."""
    found: set[int] = set()
    for place in ("contacts.customer_no", "persons.record_no", "persons.person_no"):
        name, column = place.split(".")
        query = f"SELECT DISTINCT {column} FROM {name} WHERE {column} >= ?"  # noqa: S608 - our own words
        found.update(int(str(number)) for (number,) in catalog.run(query, [start]))
    later = crosswalk.filter(pl.col("customer_no") >= start)
    for (path,) in catalog.run("SELECT path FROM evidence WHERE name = 'decisions' ORDER BY path"):
        read = pl.scan_parquet(catalog.state / str(path)).select("customer_id").unique().collect()
        found.update(later.join(read, on="customer_id", how="semi")["customer_no"])
    return found


def _taken_out(catalog: Catalog, ledger: pl.DataFrame, gone: Collection[int]) -> tuple[list[int], list[int]]:
    """The deliveries that count again, and those whose rows are gone; inside a transaction."""
    numbers = sorted(gone)
    before = ledger.filter(pl.col("replaced_by").is_in(numbers) & ~pl.col("delivery_no").is_in(numbers)).sort(
        "delivery_no"
    )
    there = {int(str(row[0])) for row in catalog.run(f"SELECT DISTINCT delivery_no FROM {KEPT}")}  # noqa: S608 - ours
    restored, lost = list[int](), list[int]()
    for number, loaded in before.select("delivery_no", "loaded").iter_rows():
        if loaded and number not in there:
            lost.append(number)
            catalog.run("DELETE FROM deliveries WHERE delivery_no = ?", [number])
            continue
        restored.append(number)
        catalog.run("UPDATE deliveries SET replaced_by = NULL WHERE delivery_no = ?", [number])
        catalog.run(f"INSERT INTO parts BY NAME SELECT * FROM {KEPT} WHERE delivery_no = ?", [number])  # noqa: S608 - ours
        catalog.run(f"DELETE FROM {KEPT} WHERE delivery_no = ?", [number])  # noqa: S608 - ours
    for name in ("deliveries", "parts", KEPT):
        catalog.run(f"DELETE FROM {name} WHERE list_contains(?, delivery_no)", [numbers])  # noqa: S608 - ours
    for name in ("rejects", "notes", "expectations", "seen"):
        catalog.run(
            f"DELETE FROM {name} WHERE (source, sha256) IN"  # noqa: S608 - our own words
            " (SELECT (unnest(?::VARCHAR[]), unnest(?::VARCHAR[])))"
            " AND (source, sha256) NOT IN (SELECT (source, sha256) FROM deliveries)",
            _bytes_of(ledger, numbers),
        )
    known = "(source, sha256) NOT IN (SELECT (source, sha256) FROM deliveries)"
    catalog.run(f"DELETE FROM repeats WHERE {known}")  # noqa: S608 - our own words
    return restored, lost


def _bytes_of(ledger: pl.DataFrame, numbers: Sequence[int]) -> list[object]:
    mine = ledger.filter(pl.col("delivery_no").is_in(numbers))
    return [mine["source"].to_list(), mine["sha256"].to_list()]


def _moved_up(catalog: Catalog, gone: Collection[int]) -> dict[int, int]:
    """The number that each delivery has now, by the one it had; inside a transaction."""
    ledger = table(catalog)
    numbers = {n: n - sum(one < n for one in gone) for n in ledger["delivery_no"]}
    if all(old == new for old, new in numbers.items()):
        _count(catalog, "delivery_no", max(numbers.values(), default=0) + 1)
        return numbers
    moved = ledger.with_columns(pl.col("delivery_no", "replaced_by").replace(numbers))
    catalog.run("DELETE FROM deliveries")
    catalog.insert("deliveries", moved)
    kept = catalog.frame(f"SELECT * FROM {KEPT}")  # noqa: S608 - our own name
    catalog.run(f"DELETE FROM {KEPT}")  # noqa: S608 - our own name
    catalog.insert(KEPT, kept.with_columns(pl.col("delivery_no").replace(numbers)))
    _count(catalog, "delivery_no", max(numbers.values(), default=0) + 1)
    return numbers


def _count(catalog: Catalog, counter: str, next_no: int) -> None:
    catalog.run("INSERT OR REPLACE INTO counters VALUES (?, ?)", [counter, next_no])


def _keep_crosswalk(catalog: Catalog, before: pl.DataFrame, crosswalk: pl.DataFrame) -> None:
    """Put the crosswalk down with the bucket that each customer has before he moves in with another."""
    alone = crosswalk.select("customer_id", "customer_no", "household_id")
    fresh = enrolled(alone, known=crosswalk.clear(), first_no=1).select("customer_id", "bucket")
    housed = alone.join(fresh, on="customer_id", how="left", maintain_order="left").select(CROSSWALK.names())
    catalog.run("DELETE FROM crosswalk")
    catalog.insert("crosswalk", housed)
    top, was = (int(str(one["customer_no"].max() or 0)) for one in (crosswalk, before))
    _count(catalog, "customer_no", catalog.next("customer_no") - (was - top))


def _keep_book(catalog: Catalog, book: Book) -> None:
    catalog.run("DELETE FROM owners")
    catalog.insert("owners", book.owners)
    catalog.run("CREATE OR REPLACE TEMP TABLE housed AS SELECT customer_id, bucket FROM crosswalk LIMIT 0")
    catalog.insert("housed", book.crosswalk.select("customer_id", "bucket"))
    catalog.run("UPDATE crosswalk SET bucket = h.bucket FROM housed h WHERE crosswalk.customer_id = h.customer_id")
    catalog.run("DROP TABLE housed")


def _placed(
    catalog: Catalog, book: Book, now: Book, numbers: Mapping[int, int], restored: Sequence[int], zone: str
) -> int:
    """How many parts were written anew because a number, a bucket or an owner in them is another."""
    swaps = []
    touched = _touched(book, now)
    for row in catalog.run(f"SELECT {_FIELDS} FROM parts ORDER BY path"):  # noqa: S608 - our own words
        part = Part(*row)  # type: ignore[arg-type] # the order and types are those of the table
        old_no, new_no = part.delivery_no, numbers[part.delivery_no]
        if old_no == new_no and old_no not in restored and not _holds(catalog, part, touched):
            continue
        swaps.append((part, _placed_part(catalog, part, now, new_no, zone)))
    for old, _ in swaps:
        catalog.run("DELETE FROM parts WHERE path = ?", [old.path])
    catalog.insert("parts", parts_frame(new for _, new in swaps))
    return sum(old.path != new.path for old, new in swaps)


def _touched(book: Book, now: Book) -> tuple[pl.Expr, pl.Expr]:
    """Whether a row names one whose number or bucket is another now; whether its account has another owner."""
    both = book.crosswalk.join(now.crosswalk, on="customer_id", how="full", suffix="_now")
    moved = both.filter(
        pl.col("customer_no").ne_missing(pl.col("customer_no_now")) | pl.col("bucket").ne_missing(pl.col("bucket_now"))
    )
    ids = pl.coalesce("customer_id", "customer_id_now")
    movers, numbers = moved.select(ids).to_series(), moved["customer_no"].drop_nulls().unique()
    accounts = changed(book.owners, now.owners)
    is_mover = pl.col("customer_id").is_in(movers.implode()) | pl.col("customer_no").is_in(numbers.implode())
    return is_mover, pl.col("customer_id").is_null() & pl.col("account_id").is_in(accounts.implode())


def _holds(catalog: Catalog, part: Part, touched: tuple[pl.Expr, pl.Expr]) -> bool:
    contract = CANONICAL.get(part.table_name, ())
    if "customer_id" not in contract:
        return False
    concerns = touched[0] | touched[1] if "account_id" in contract else touched[0]
    return bool(pl.scan_parquet(catalog.state / part.path).select(concerns.any()).collect().item())


def _placed_part(catalog: Catalog, part: Part, book: Book, number: int, zone: str) -> Part:
    rows = pl.read_parquet(catalog.state / part.path)
    stamped = rows.with_columns(pl.lit(number, dtype=pl.Int64).alias("delivery_no"))
    contract = CANONICAL.get(part.table_name) or Contract(part.table_name, "one row a key", (), ())
    placed = linked(stamped, contract, book, zone=zone).select(rows.columns)
    return written(placed, contract, month=part.month, delivery_no=number, state=catalog.state)
