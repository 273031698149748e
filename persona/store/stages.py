"""The tables that stages make: one set of Parquet pieces for each generation, kept until nothing refers to it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from weakref import WeakKeyDictionary

import polars as pl
import polars.selectors as cs

from persona.errors import ContractError
from persona.store.catalog import Catalog
from persona.store.durable import reconciled, write_file
from persona.store.parts import ARROW, arrow, packed, piece, stem_of

__all__ = ["Keep", "drop_generations", "files_of", "has", "is_dense", "keeping", "stage", "trying"]

Keep = Callable[[str, pl.DataFrame], None]

_DENSE = frozenset({"state", "habits", "at_regular_shops"})
"""Tables of hundreds of numbers a customer: kept as Arrow files, which no view can show. Each column is of the smallest
type that holds the piece, so that pieces differ in their types. Whole numbers lie packed in one file of a piece, all
else beside them as it is: fractions and bits take long to pack and become little smaller."""

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def is_dense(table: str) -> bool:
    """Whether a table is kept as Arrow files, which only ``stage`` reads."""
    return table in _DENSE


def has(catalog: Catalog, table: str, generation: str) -> bool:
    """Whether a generation of a table was kept whole and its files are there."""
    pieces = _pieces(catalog, table, generation)
    return bool(pieces) and all((catalog.state / path).exists() for paths in pieces for path in paths)


def stage(
    catalog: Catalog,
    table: str,
    generation: str,
    buckets: Sequence[int] | None = None,
    *,
    columns: Sequence[str] | None = None,
) -> pl.DataFrame:
    """A generation of a table, whole or some of its buckets and columns, in the order in which it was kept.

    Raises: ContractError when it was not kept.
    """
    pieces = _pieces(catalog, table, generation)
    if not pieces:
        raise ContractError(f"generation {generation} was not kept", where=f"table {table}")
    wanted = pl.all() if columns is None else pl.col(columns)
    with reconciled(f"table {table}"):
        if pieces[0][0].endswith(ARROW):
            return _of_dense(catalog, pieces, buckets, columns)
        paths = [path for (path,) in pieces]
        rows = pl.scan_parquet([catalog.state / path for path in paths])
        if buckets is None:
            return rows.select(wanted).collect()
        if "bucket" in rows.collect_schema():
            return rows.filter(pl.col("bucket").is_in(sorted(buckets))).select(wanted).collect()
        places = _places(catalog)
        inside = places.of_buckets(buckets)
        found = [catalog.state / path for path in paths if places.is_in(path, buckets)]
        chosen = pl.scan_parquet(found) if found else rows.clear()
        return chosen.filter(pl.col("customer_no").is_in(inside.implode())).select(wanted).collect()


def _of_dense(
    catalog: Catalog, pieces: Sequence[Sequence[str]], buckets: Sequence[int] | None, columns: Sequence[str] | None
) -> pl.DataFrame:
    """Rows of Arrow pieces; those of pieces that lie inside the buckets as they are."""
    places = _places(catalog)
    chosen = [paths for paths in pieces if buckets is None or places.is_in(paths[0], buckets)]
    found = []
    for paths in chosen or pieces[:1]:
        rows = _side_by_side([catalog.state / path for path in paths], columns)
        if buckets is not None and not places.buckets_of(paths[0]) <= set(buckets):
            rows = rows.filter(pl.col("customer_no").is_in(places.of_buckets(buckets).implode()))
        found.append(rows if columns is None else rows.select(columns))
    return pl.concat(found, how="vertical_relaxed")


def _side_by_side(paths: Sequence[Path], columns: Sequence[str] | None) -> pl.DataFrame:
    """The columns of the files of a piece, which have the same rows in the same order, and always who they are of."""
    found: dict[str, pl.Series] = {}
    for path in paths:
        there = [name for name in pl.read_ipc_schema(path) if name not in found]
        wanted = [name for name in there if columns is None or name in {"customer_no", *columns}]
        found |= {column.name: column for column in (piece(path, wanted) if wanted else ())}
    return pl.DataFrame(found)


class _Places:
    """In which bucket each customer is, and so which buckets each piece of a table is of; true until a commit."""

    def __init__(self, catalog: Catalog) -> None:
        self.commits = catalog.commits
        self._state = catalog.state
        self._buckets = catalog.frame("SELECT DISTINCT customer_no, bucket FROM who_is_who")
        self._pieces: dict[str, frozenset[int]] = {}

    def of_buckets(self, buckets: Sequence[int]) -> pl.Series:
        """The customers of some buckets."""
        return self._buckets.filter(pl.col("bucket").is_in(sorted(buckets)))["customer_no"]

    def is_in(self, path: str, buckets: Sequence[int]) -> bool:
        """Whether a piece has a customer of some buckets."""
        return not self.buckets_of(path).isdisjoint(buckets)

    def buckets_of(self, path: str) -> frozenset[int]:
        """The buckets of the customers of a piece; -1 where it has somebody who is in none any more."""
        if path not in self._pieces:
            here = piece(self._state / path, ["customer_no"])
            found = here.join(self._buckets, on="customer_no", how="left")["bucket"].fill_null(-1).unique()
            self._pieces[path] = frozenset(found.to_list())
        return self._pieces[path]


_known: WeakKeyDictionary[Catalog, _Places] = WeakKeyDictionary()


def _places(catalog: Catalog) -> _Places:
    known = _known.get(catalog)
    if known is None or known.commits != catalog.commits:
        known = _known[catalog] = _Places(catalog)
    return known


@contextmanager
def keeping(catalog: Catalog, generation: Mapping[str, str]) -> Iterator[Keep]:
    """A function that keeps the next piece of a table; all tables are there at the end, or none.

    Views show what was kept last, but for what is only tried.
    Raises: ContractError when a table of another name is kept, or none of one that was promised.
    """
    kept = {name: _Kept(name, _word(text)) for name, text in generation.items()}

    def keep(name: str, frame: pl.DataFrame) -> None:
        if name not in kept:
            raise ContractError("is not one of the tables that the step makes", where=f"table {name}")
        with reconciled(f"table {name}"):
            kept[name].add(catalog, frame)

    yield keep
    for one in kept.values():
        if not one.rows:
            raise ContractError("the step made no piece of it, not even an empty one", where=f"table {one.name}")
    with catalog.transaction("stage tables"):
        for one in kept.values():
            catalog.run("DELETE FROM stages WHERE table_name = ? AND generation = ?", [one.name, one.generation])
            catalog.insert("stages", pl.DataFrame(one.rows, schema=_SCHEMA, orient="row"))
            if not catalog.is_trying:
                catalog.run("INSERT OR REPLACE INTO documents VALUES ('shown', ?, ?)", [one.name, one.generation])


@contextmanager
def trying(catalog: Catalog) -> Iterator[None]:
    """What is kept inside is shown to nobody, and gone at the end."""
    there = [str(row[0]) for row in catalog.run("SELECT DISTINCT generation FROM stages ORDER BY 1")]
    catalog.is_trying = True
    try:
        yield
    finally:
        catalog.is_trying = False
        drop_generations(catalog, keep=there)


def drop_generations(catalog: Catalog, keep: Collection[str]) -> int:
    """How many generations were there besides those to keep, and are gone now."""
    there = [str(row[0]) for row in catalog.run("SELECT DISTINCT generation FROM stages ORDER BY 1")]
    gone = [generation for generation in there if generation not in keep]
    with catalog.transaction("stage tables"):
        for generation in gone:
            catalog.run("DELETE FROM stages WHERE generation = ?", [generation])
    for generation in gone:
        shutil.rmtree(catalog.state / "features" / generation, ignore_errors=True)
    return len(gone)


_SCHEMA = {
    "table_name": pl.String,
    "generation": pl.String,
    "piece": pl.Int32,
    "path": pl.String,
    "rows": pl.Int64,
    "sha256": pl.String,
}


@dataclass(slots=True)
class _Kept:
    """The pieces of one table so far."""

    name: str
    generation: str
    rows: list[tuple[object, ...]] = field(default_factory=list)
    """One a file, of which some pieces have two."""
    pieces: int = 0

    def add(self, catalog: Catalog, frame: pl.DataFrame) -> None:
        self.pieces += 1
        for suffix, payload in files_of(self.name, frame):
            path = f"features/{self.generation}/{_word(self.name)}/{self.pieces - 1:04d}{suffix}"
            write_file(catalog.state / path, payload)
            number = len(self.rows)
            self.rows.append((self.name, self.generation, number, path, frame.height, sha256(payload).hexdigest()))


def files_of(table: str, frame: pl.DataFrame) -> Iterator[tuple[str, bytes]]:
    """The files of a piece: how the name of each ends, and what is in it."""
    if not is_dense(table):
        yield ".parquet", packed(frame)
        return
    whole = cs.signed_integer() | cs.boolean()
    yield ARROW, arrow(frame.select(whole))
    yield f".plain{ARROW}", arrow(frame.select("customer_no", ~whole), is_packed=False)


def _pieces(catalog: Catalog, table: str, generation: str) -> list[list[str]]:
    """The paths of the files of each piece of a table."""
    query = "SELECT path FROM stages WHERE table_name = ? AND generation = ? ORDER BY piece"
    found: dict[str, list[str]] = {}
    for (path,) in catalog.run(query, [table, generation]):
        found.setdefault(stem_of(str(path)), []).append(str(path))
    return list(found.values())


def _word(text: str) -> str:
    if not _WORD.fullmatch(text):
        raise ContractError(f"{text!r} cannot name a table or its generation")
    return text
