"""The store as it was: a copy in the work folder out of which all is taken that came later.

Files are linked, not copied; only the database and the parts that later rows had moved are made anew.
"""

from __future__ import annotations

import os
import shutil
from datetime import date, datetime
from pathlib import Path

import polars as pl

from persona.store.catalog import Catalog
from persona.store.deliveries import KEPT
from persona.store.durable import reconciled
from persona.store.loading import Book, linked, parts_frame
from persona.store.parts import written
from persona.store.persons import who_is_who
from persona.store.relinking import relinked
from persona.store.rolled import ROOM
from persona.store.unloading import chain, unloaded
from persona.tables import CANONICAL, KNOWN, Contract

__all__ = ["past"]

_TABLES = (
    *("counters", "crosswalk", "deliveries", "parts", "parts_replaced", "rejects", "notes", "expectations", "owners"),
    *("stages", "runs", "run_steps", "contacts", "arms", "evidence", "documents", "audit", "recalls"),
    *("persons", "person_links", "person_changes", "person_decisions"),
)


def past(
    catalog: Catalog, folder: Path, *, known_before: date, instant: datetime, zone: str, memory_gb: float
) -> Catalog:
    """A catalog, in a folder of its own, as it was before a day's deliveries and before a night.

    Deliveries of ``known_before`` and later are out as if they had never come; runs that look back from ``instant`` or
    later are out with their contacts, arms and entries of the audit log. A file that was delivered again, corrected,
    under its old day counts as corrected. Who is one person, and what the vault knows, is today's.

    Raises: WriteError.
    """
    with reconciled("state/work"):
        shutil.rmtree(folder, ignore_errors=True)
        made = Catalog(folder, memory_gb=memory_gb)
    for name in _TABLES:
        with made.transaction(name):
            made.run(f"DELETE FROM {name}")  # noqa: S608 - our own words
            made.insert(name, catalog.frame(f"SELECT * FROM {name}"))  # noqa: S608 - our own words
    _rewind(made, instant.replace(tzinfo=None), known_before)
    with reconciled("state/work"):
        _link(made, catalog.state)
    late = made.run("SELECT delivery_no FROM deliveries WHERE delivered_on >= ?", [known_before])
    if late:
        book = Book(who_is_who(made).select(*_CROSSWALK), made.frame("SELECT * FROM owners"))
        _, book = unloaded(made, chain(made, (int(str(number)) for (number,) in late)), book=book, zone=zone)
        _tell_alone(made, book, zone)
    return made


_CROSSWALK = ("customer_id", "customer_no", "bucket", "household_id")


def _rewind(catalog: Catalog, instant: datetime, day: date) -> None:
    """Take out of the ledgers what runs of an instant and later wrote."""
    later = [str(run) for (run,) in catalog.run("SELECT run_id FROM runs WHERE as_of >= ? ORDER BY run_id", [instant])]
    with catalog.transaction("the ledger of runs"):
        for name in ("runs", "run_steps", "contacts", "evidence", "recalls"):
            catalog.run(f"DELETE FROM {name} WHERE list_contains(?, run_id)", [later])  # noqa: S608 - our own words
        catalog.run("DELETE FROM arms WHERE since >= ?", [day])
        first = [catalog.one("SELECT min(seq) FROM audit WHERE contains(name, ?)", [f":{run}"]) for run in later]
        numbers = [int(str(seq)) for seq in first if seq is not None]
        if numbers:
            catalog.run("DELETE FROM audit WHERE seq >= ?", [min(numbers)])


def _tell_alone(catalog: Catalog, book: Book, zone: str) -> None:
    """Let the rows count that files which are out now had told too: the earliest file that is left tells each."""
    query = (
        'SELECT d.source, d.delivery_no, k.table_name, k."month", k.path'  # noqa: S608 - our own name
        f" FROM {KEPT} k JOIN deliveries d USING (delivery_no) WHERE d.replaced_by IS NULL"
        " ORDER BY d.delivered_on, d.delivery_no, k.path"
    )
    for source, number, table, month, path in catalog.run(query):
        rows = pl.read_parquet(catalog.state / str(path))
        contract = CANONICAL.get(str(table)) or Contract(str(table), "one row a key", _said(rows), ())
        told = _keys(catalog, str(source), contract, str(month), rows.schema)
        alone = rows.join(told, on=list(contract.key), how="anti", maintain_order="left", nulls_equal=True)
        if alone.height:
            stamped = alone.with_columns(pl.lit(number, dtype=pl.Int64).alias("delivery_no"))
            placed = linked(stamped, contract, book, zone=zone).select(rows.columns)
            part = written(placed, contract, month=str(month), delivery_no=int(str(number)), state=catalog.state)
            with catalog.transaction("facts"):
                catalog.insert("parts", parts_frame([part]))
    relinked(catalog, book, zone=zone)


def _said(rows: pl.DataFrame) -> tuple[str, ...]:
    """What the rows of a reference say: they are the same where all of it is."""
    ours = {column.name for column in KNOWN}
    return tuple(name for name in rows.columns if name not in ours)


def _keys(catalog: Catalog, source: str, contract: Contract, month: str, schema: pl.Schema) -> pl.DataFrame:
    """The keys of the rows of a source that count, in a month."""
    query = (
        "SELECT p.path FROM parts p JOIN deliveries USING (delivery_no) WHERE source = ? AND p.table_name = ?"
        ' AND p."month" = ? ORDER BY p.path'
    )
    paths = [catalog.state / str(path) for (path,) in catalog.run(query, [source, contract.name, month])]
    nobody = pl.LazyFrame(schema={name: schema[name] for name in contract.key})
    return pl.concat([nobody, *(pl.scan_parquet(path).select(contract.key) for path in paths)]).collect()


def _link(catalog: Catalog, state: Path) -> None:
    """Let every file that the catalog knows stand in its own folder too."""
    for name in ("parts", "parts_replaced", "stages", "evidence"):
        for (path,) in catalog.run(f"SELECT path FROM {name} ORDER BY path"):  # noqa: S608 - our own words
            if (state / str(path)).exists():
                _stands(state / str(path), catalog.state / str(path))
    for origin in sorted((state / ROOM).glob("*/*.parquet")):
        _stands(origin, catalog.state / origin.relative_to(state))


def _stands(origin: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(origin, target)
    except OSError:
        shutil.copyfile(origin, target)
