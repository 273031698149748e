"""What is worked out of each part of the facts once and kept beside it: named by the part's hash and by the recipe.

A part never changes under its name, so neither does what follows from it. A day's delivery brings a few parts, and only
they are worked on; what was replaced, taken out, purged or linked anew is another part or none, and what was kept of
the old one is swept once no night refers to it. A past day, or the facts as they were known then, read what was kept
of their own parts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from persona.store.catalog import Catalog
from persona.store.deliveries import KEPT, in_force
from persona.store.deliveries import table as deliveries
from persona.store.durable import reconciled, removed, write_file
from persona.store.facts import scan
from persona.store.folding import OP
from persona.store.parts import encoded, scanned, schema_of
from persona.tables import CANONICAL, PolarsType

__all__ = ["FOLDED", "ROOM", "Rolled", "Work", "drop_recipes", "forgotten", "rolled", "sweep_rolled"]

ROOM = "rolled"
"""The folder in ``state/``."""
FOLDED = "folded_from"
"""The stage table of the files, ``name``, that a night's state was folded from: they stay as long as it does."""

Work = Callable[[pl.LazyFrame], pl.LazyFrame]
"""What is made of the rows of a part: each row by itself, with its ``bucket``, in the order of the part."""


@dataclass(frozen=True, slots=True)
class Rolled:
    """What was worked out of the parts of a table that count on a day."""

    folder: Path
    schema: Mapping[str, PolarsType]
    months: Mapping[str, str]
    """The month (UTC) of the rows of each file, by the file's name."""
    anew: pl.LazyFrame | None
    """All of it, where it is not kept by parts: which rows of changes count follows from all of them."""

    def rows(
        self,
        buckets: Sequence[int] | None = None,
        *,
        since: date | None = None,
        until: date | None = None,
        names: Collection[str] | None = None,
    ) -> pl.LazyFrame:
        """The rows, or those of some buckets or files; of files that have days from ``since`` to ``until`` only."""
        if self.anew is not None:
            return self.anew if buckets is None else self.anew.filter(pl.col("bucket").is_in(sorted(buckets)))
        first = f"{since - timedelta(days=1):%Y-%m}" if since else ""
        last = f"{until + timedelta(days=1):%Y-%m}" if until else "~"
        chosen = [name for name, month in self.months.items() if first <= month <= last]
        paths = [self.folder / name for name in (chosen if names is None else sorted(names))]
        return scanned(paths, self.schema, buckets=buckets)

    def size(self, names: Collection[str]) -> int:
        """The bytes of some files."""
        return sum((self.folder / name).stat().st_size for name in names)

    def has(self, names: Collection[str]) -> bool:
        """Whether all of some files are there, those of parts that count no more too."""
        return all((self.folder / name).exists() for name in names)


def rolled(catalog: Catalog, table: str, work: Work, *, recipe: str, as_of: date) -> Rolled:
    """What ``work`` makes of the rows of a table that count on a day; read from what was kept, made where it was not.

    ``recipe`` is the hash of all that ``work`` goes by. Raises: WriteError.
    """
    parts = catalog.run(
        'SELECT path, delivery_no, "columns", sha256, "month" FROM parts WHERE table_name = ? ORDER BY path', [table]
    )
    schema = schema_of(CANONICAL[table], [str(row[2]) for row in parts])
    folder = catalog.state / ROOM / recipe
    like = work(pl.LazyFrame(schema=pl.Schema(schema))).collect_schema()
    if OP in schema:
        return Rolled(folder, like, {}, work(scan(catalog, table, as_of=as_of)))
    counting = set(in_force(deliveries(catalog), table, as_of=as_of))
    months = {}
    for path, number, _, digest, month in parts:
        if number in counting:
            name = _name(str(digest))
            if not (folder / name).exists():
                with reconciled(f"state/{ROOM}"):
                    made = work(scanned([catalog.state / str(path)], schema)).collect(engine="in-memory")
                    write_file(folder / name, encoded(made))
            months[name] = str(month)
    return Rolled(folder, like, months, None)


def sweep_rolled(catalog: Catalog) -> int:
    """How many files were kept of parts that neither count, nor may come back, nor were folded into a state."""
    parts = catalog.run(f"SELECT sha256 FROM parts UNION SELECT sha256 FROM {KEPT}")  # noqa: S608 - our own name
    known = {_name(str(digest)) for (digest,) in parts}
    for (path,) in catalog.run("SELECT path FROM stages WHERE table_name = ?", [FOLDED]):
        if (catalog.state / str(path)).exists():
            known |= set(pl.read_parquet(catalog.state / str(path), columns=["name"])["name"].drop_nulls())
    return sum(removed(path) for path in _files(catalog.state) if path.name not in known)


def forgotten(state: Path, digests: Collection[str]) -> int:
    """How many files were kept of parts with these hashes (their first 16 digits), and are gone now."""
    names = {_name(digest) for digest in digests}
    return sum(removed(path) for path in _files(state) if path.name in names)


def drop_recipes(state: Path, *, but: str) -> int:
    """How many files were made by other recipes, and are gone now."""
    return sum(removed(path) for path in _files(state) if path.parent.name != but)


def _name(digest: str) -> str:
    return f"{digest[:16]}.parquet"


def _files(state: Path) -> list[Path]:
    return sorted(path for path in (state / ROOM).glob("*/*") if path.is_file())
