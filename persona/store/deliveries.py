"""The ledger of files: each is taken in exactly once, whatever its name, and replaced when it comes again changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from persona.policy.source import Source
from persona.store.catalog import Catalog
from persona.store.reading import Extract, Reading
from persona.store.repeats import read_anew

__all__ = [
    "KEPT",
    "DeliveryRow",
    "by_sha256",
    "in_force",
    "of_changes",
    "quarantine",
    "recorded",
    "seen",
    "sha256_of",
    "table",
    "to_replace",
]

KEPT = "parts_replaced"
"""The parts of files that others have taken the place of: one step back, until those are replaced themselves.

Of files that count: the rows that a file of a later day had told before, for the days on which they alone were known.
"""

_COLUMNS = (
    'delivery_no, source, table_name, "kind", name, sha256, size, mtime_ns, delivered_on, recipe, lines, loaded,'
    " rejected, filtered, duplicates, repeated_rows, replaced_by"
)


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One file that was taken in."""

    delivery_no: int
    source: str
    table_name: str
    kind: str
    """increment, snapshot or changes."""
    name: str
    sha256: str
    size: int
    mtime_ns: int
    delivered_on: date
    recipe: str
    """Hash of the rules it was read by."""
    lines: int
    loaded: int
    rejected: int
    filtered: int
    duplicates: int
    repeated_rows: int
    replaced_by: int | None = None
    """The delivery that took its place; None while its rows count."""


def table(catalog: Catalog) -> pl.DataFrame:
    """Every file ever taken in, the replaced ones too, by delivery_no."""
    return catalog.frame(f"SELECT {_COLUMNS} FROM deliveries ORDER BY delivery_no")  # noqa: S608 - our own names


def by_sha256(catalog: Catalog, sha256: str, source: str | None = None) -> DeliveryRow | None:
    """The newest delivery with these bytes, of one source or of any; None where they were never taken in."""
    rows = catalog.run(
        f"SELECT {_COLUMNS} FROM deliveries WHERE sha256 = ? AND (? IS NULL OR source = ?)"  # noqa: S608 - our own names
        " ORDER BY delivery_no DESC LIMIT 1",
        [sha256, source, source],
    )
    return _row(rows[0]) if rows else None


def sha256_of(catalog: Catalog, source: str, extract: Extract) -> str | None:
    """The hash of a file that lies there just as it did when it was last seen; None: it has to be read to know."""
    found = catalog.one(
        "SELECT sha256 FROM seen WHERE source = ? AND name = ? AND size = ? AND mtime_ns = ?",
        [source, extract.name, extract.size, extract.mtime_ns],
    )
    return found if isinstance(found, str) else None


def seen(catalog: Catalog, source: str, extract: Extract, sha256: str) -> None:
    """Remember how a file lies there; inside a transaction."""
    values = [source, extract.name, extract.size, extract.mtime_ns, sha256]
    catalog.run("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?)", values)


def to_replace(
    catalog: Catalog, source: Source, extract: Extract, *, sha256: str, recipe: str
) -> tuple[int, ...] | None:
    """The deliveries whose rows a file takes the place of; None where it was taken in already.

    A file with other bytes replaces the one of its name and, where the pattern allows one file a day, the one of its
    day. Bytes that were taken in under other rules replace themselves. A snapshot or changes that say again what older
    ones said, after others that said something else, are news.
    """
    rows = catalog.run(f"SELECT {_COLUMNS} FROM deliveries WHERE source = ?", [source.source])  # noqa: S608 - our own names
    past = [_row(row) for row in rows]
    live = [one for one in past if one.replaced_by is None]
    same = [one for one in live if one.sha256 == sha256 and _stands(one, live, source, extract.delivered_on)]
    if any(one.recipe == recipe for one in same):
        return None
    days = {extract.delivered_on} if _is_one_a_day(source) else set()
    rivals = [one for one in live if one.name == extract.name or one.delivered_on in days]
    was_replaced = any(one.sha256 == sha256 and one.name == extract.name for one in past if one.replaced_by is not None)
    if was_replaced and not any(one.name == extract.name for one in live):
        return None
    return tuple(sorted({one.delivery_no for one in (*same, *rivals)}))


def _stands(one: DeliveryRow, live: Sequence[DeliveryRow], source: Source, day: date) -> bool:
    """Whether a file of ``day`` with the bytes of a delivery says nothing new.

    What happened is said once. A state is said again with each day: a snapshot or changes of another day are news where
    another file came between; a snapshot also where a day has many files, since the newest day's count together.
    """
    if source.delivery == "increment" or one.delivered_on == day:
        return True
    first, last = sorted((one.delivered_on, day))
    between = [other for other in live if first < other.delivered_on <= last]
    is_whole = source.delivery == "changes" or _is_one_a_day(source)
    return is_whole and all(other.sha256 == one.sha256 for other in between)


def _is_one_a_day(source: Source) -> bool:
    """Whether the pattern of the files allows one a day only."""
    return not set("*?") & set(source.files)


def recorded(catalog: Catalog, row: DeliveryRow, replaces: Iterable[int]) -> None:
    """Put a delivery into the ledger and take out the rows of those it replaces; inside a transaction."""
    values = [getattr(row, name.strip(' "')) for name in _COLUMNS.split(",")]
    catalog.run(f"INSERT INTO deliveries ({_COLUMNS}) VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608 - ours
    for number in replaces:
        _give_way(catalog, number, row)


def _give_way(catalog: Catalog, number: int, row: DeliveryRow) -> None:
    """Take the rows of a delivery out, and keep its parts aside, unless the very same bytes come in their place."""
    before = str(catalog.one("SELECT sha256 FROM deliveries WHERE delivery_no = ?", [number]))
    if before != row.sha256:
        read_anew(catalog, [(row.source, before)])
        catalog.run(
            f"DELETE FROM {KEPT} WHERE delivery_no IN (WITH RECURSIVE older(n) AS (SELECT ?::BIGINT UNION"  # noqa: S608 - ours
            " SELECT d.delivery_no FROM deliveries d JOIN older ON d.replaced_by = older.n) SELECT n FROM older)",
            [number],
        )
        catalog.run(f"INSERT INTO {KEPT} BY NAME SELECT * FROM parts WHERE delivery_no = ?", [number])  # noqa: S608 - ours
    else:
        catalog.run(f"DELETE FROM {KEPT} WHERE delivery_no = ?", [number])  # noqa: S608 - our own name
    catalog.run("UPDATE deliveries SET replaced_by = ? WHERE delivery_no = ?", [row.delivery_no, number])
    catalog.run("DELETE FROM parts WHERE delivery_no = ?", [number])


def quarantine(catalog: Catalog, read: Reading, *, source: str, name: str, sha256: str) -> None:
    """Keep where the rejected lines of a file stand and why, and what its tests found; inside a transaction.

    What was kept of the same bytes gives way, and of others under the same name that were refused.
    """
    for kept in ("rejects", "notes", "expectations"):
        refused = "name = ? AND (source, sha256) NOT IN (SELECT (source, sha256) FROM deliveries)"
        same = f"DELETE FROM {kept} WHERE source = ? AND (sha256 = ? OR ({refused}))"  # noqa: S608 - our own words
        catalog.run(same, [source, sha256, name])
    place = [pl.lit(source).alias("source"), pl.lit(name).alias("name"), pl.lit(sha256).alias("sha256")]
    pointers = read.rejects.select(*place, "line", "byte_offset", pl.col("column").alias("column_name"), "reason")
    catalog.insert("rejects", pointers)
    notes = pl.DataFrame({"note": list(read.warnings)}, schema={"note": pl.String})
    catalog.insert("notes", notes.select(*place, "note"))
    tests = [(test.id, test.severity, test.failed) for test in read.expectations]
    schema = {"expectation": pl.String, "severity": pl.String, "failed": pl.Int64}
    catalog.insert("expectations", pl.DataFrame(tests, schema=schema, orient="row").select(*place, *schema))


def in_force(deliveries: pl.DataFrame, table_name: str, *, as_of: date | None = None) -> list[int]:
    """The deliveries of a table that count on a day: of each source of snapshots only the newest.

    Snapshots and changes count from the day after their delivery; before the first of a source, the first counts.
    What happened is told by the rows' own time, so increments always count.
    """
    live = deliveries.filter(pl.col("replaced_by").is_null(), pl.col("table_name") == table_name)
    day, kind = pl.col("delivered_on"), pl.col("kind")
    known = pl.lit(value=True) if as_of is None else day < as_of
    newest = pl.coalesce(day.filter(known).max().over("source"), day.min().over("source"))
    counts = (kind == "increment") | ((kind == "snapshot") & (day == newest)) | ((kind == "changes") & (day <= newest))
    return live.filter(counts)["delivery_no"].sort().to_list()


def of_changes(deliveries: pl.DataFrame, table_name: str) -> dict[int, str]:
    """The source of each delivery of changes of a table that was not replaced, by delivery_no."""
    live = deliveries.filter(pl.col("replaced_by").is_null(), pl.col("table_name") == table_name)
    return dict(live.filter(pl.col("kind") == "changes").select("delivery_no", "source").iter_rows())


def _row(values: tuple[object, ...]) -> DeliveryRow:
    return DeliveryRow(*values)  # type: ignore[arg-type] # the order is that of _COLUMNS, the types those of the table
