"""Rows that go for good: every part, stage and piece of evidence that holds one is written anew without it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields
from hashlib import sha256

import polars as pl

from persona.store.catalog import Catalog
from persona.store.durable import write_file
from persona.store.loading import parts_frame
from persona.store.parts import ARROW, Part, arrow, encoded, piece, stem_of, written
from persona.store.rolled import forgotten
from persona.tables import CANONICAL, Contract

__all__ = ["Goes", "Swap", "dropped", "evidence_without", "parts_without", "stages_without", "swapped"]

_LEDGERS = ("parts", "parts_replaced")
"""The catalogs of parts: those that count, and those that a later file has taken the place of."""

Goes = Callable[[str, Collection[str]], pl.Expr | None]
"""``(table, columns)``: whether a row goes (null: it stays); None where no row of the table can."""
Without = Callable[[str, pl.DataFrame], pl.DataFrame]
"""``(name, rows)``: the rows as they are to be from now on."""

_FIELDS = ", ".join(f'"{field.name}"' for field in fields(Part))


@dataclass(frozen=True, slots=True)
class Swap:
    """A file that is written anew: what the catalog has of it, and what it is to have; None: it is gone."""

    ledger: str
    table: str
    path: str
    new: Part | str | None
    """The new part, or the path of a file of another kind."""
    sha256: str
    rows: int
    """Rows that it has then."""
    gone: int
    """Rows that it has no more."""


def parts_without(catalog: Catalog, goes: Goes, *, only: Collection[str] | None = None) -> list[Swap]:
    """The parts that hold rows to go, written anew without them; ``only`` some tables.

    The catalog does not know the new files yet: ``swapped`` tells it.
    """
    swaps = []
    for ledger in _here(catalog, _LEDGERS):
        for row in catalog.run(f"SELECT {_FIELDS} FROM {ledger} ORDER BY path"):  # noqa: S608 - our own words
            part = Part(*row)  # type: ignore[arg-type] # the order and types are those of the table
            if only is None or part.table_name in only:
                swaps += _part_without(catalog, ledger, part, goes)
    return swaps


def _part_without(catalog: Catalog, ledger: str, part: Part, goes: Goes) -> list[Swap]:
    path = catalog.state / part.path
    leaves = goes(part.table_name, pl.read_parquet_schema(path))
    if leaves is None or not pl.scan_parquet(path).select(leaves.fill_null(value=False).any()).collect().item():
        return []
    rows = pl.read_parquet(path)
    left = rows.filter(~leaves.fill_null(value=False))
    if left.is_empty():
        return [Swap(ledger, part.table_name, part.path, None, "", 0, rows.height)]
    contract = CANONICAL.get(part.table_name) or Contract(part.table_name, "one row a key", (), ())
    new = written(left, contract, month=part.month, delivery_no=part.delivery_no, state=catalog.state)
    return [Swap(ledger, part.table_name, part.path, new, new.sha256, left.height, rows.height - left.height)]


def stages_without(catalog: Catalog, without: Without) -> list[Swap]:
    """The pieces of stage tables whose rows are others then, written anew beside the old ones."""
    rows = catalog.run("SELECT table_name, path FROM stages ORDER BY path")
    return [swap for name, path in rows for swap in _file_without(catalog, "stages", str(name), str(path), without)]


def evidence_without(catalog: Catalog, without: Without, *, runs: Collection[str] | None = None) -> list[Swap]:
    """The pieces of evidence, of all ``runs`` or of some, whose rows are others then, written anew."""
    chosen = None if runs is None else sorted(runs)
    wanted = "SELECT name, path FROM evidence WHERE ? IS NULL OR list_contains(?, run_id) ORDER BY path"
    rows = catalog.run(wanted, [chosen, chosen])
    return [swap for name, path in rows for swap in _file_without(catalog, "evidence", str(name), str(path), without)]


def _file_without(catalog: Catalog, ledger: str, name: str, path: str, without: Without) -> list[Swap]:
    rows, suffix = piece(catalog.state / path), f".{path.rpartition('.')[2]}"
    left = without(name, rows)
    if left.equals(rows):
        return []
    payload = arrow(left) if suffix == ARROW else encoded(left)
    digest = sha256(payload).hexdigest()
    new = f"{path.rpartition('/')[0]}/{stem_of(path)}_without_{digest[:16]}{suffix}"
    write_file(catalog.state / new, payload)
    return [Swap(ledger, name, path, new, digest, left.height, rows.height - left.height)]


def swapped(catalog: Catalog, swaps: Sequence[Swap]) -> None:
    """Put the new files into the place of the old ones; inside a transaction."""
    for one in swaps:
        if one.ledger in _LEDGERS:
            catalog.run(f"DELETE FROM {one.ledger} WHERE path = ?", [one.path])  # noqa: S608 - our own words
        else:
            change = f'UPDATE {one.ledger} SET path = ?, sha256 = ?, "rows" = ? WHERE path = ?'  # noqa: S608 - ours
            catalog.run(change, [one.new, one.sha256, one.rows, one.path])
    for ledger in _LEDGERS:
        fresh = [one.new for one in swaps if one.ledger == ledger and isinstance(one.new, Part)]
        if fresh:
            catalog.insert(ledger, parts_frame(fresh))


def dropped(catalog: Catalog, swaps: Sequence[Swap]) -> None:
    """Take the old files away, once the catalog has the new ones; a kill leaves that to the next start."""
    parts = [one.path for one in swaps if one.ledger in _LEDGERS]
    forgotten(catalog.state, {path.rpartition("_")[2].partition(".")[0] for path in parts})
    for one in swaps:
        (catalog.state / one.path).unlink(missing_ok=True)


def _here(catalog: Catalog, names: Sequence[str]) -> list[str]:
    there = {str(row[0]) for row in catalog.run("SELECT table_name FROM duckdb_tables()")}
    return [name for name in names if name in there]
