"""``persona.duckdb``: the one place in which a change becomes true, by one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import polars as pl

from persona.errors import WriteError
from persona.store.durable import ASIDE, promoted, reconciled, removed, sync
from persona.store.schema import MIGRATIONS

__all__ = ["FILE", "Catalog"]

FILE = "persona.duckdb"

_FEW = 200
"""Up to so many rows are handed over one by one; more go by a Parquet file, which DuckDB reads in bulk."""

_SETTINGS = (
    "SET enable_progress_bar = false",
    "SET python_enable_replacements = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET TimeZone = 'UTC'",
)


class Catalog:
    """The database of a workspace: parts, ledgers and small tables."""

    def __init__(self, state: Path, *, memory_gb: float) -> None:
        """Open the catalog of a state folder, made if it is not there, brought to the newest version if it is older.

        Raises: WriteError when it cannot be opened or was written by a newer persona.
        """
        self.state = state
        self.work = state / "work"
        self.work.mkdir(parents=True, exist_ok=True)
        self._imports = 0
        self.commits = 0
        """How often something has changed since it was opened."""
        self.is_trying = False
        """Whether what is kept now is only tried: ``stages.trying``."""
        self._memory_gb = memory_gb
        with reconciled(FILE):
            if not (state / FILE).exists():
                _create(state / FILE)
            self._connect()

    def run(self, sql: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """The rows that a statement gives; an empty list where it gives none."""
        rows: list[tuple[object, ...]] = self._connection.execute(sql, list(values)).fetchall()
        return rows

    def one(self, sql: str, values: Sequence[object] = ()) -> object:
        """The first value of the first row; None where there is no row."""
        rows = self.run(sql, values)
        return rows[0][0] if rows else None

    def frame(self, sql: str, values: Sequence[object] = ()) -> pl.DataFrame:
        """The rows of a query as a frame."""
        relation = self._connection.sql(sql, params=list(values))
        return pl.scan_arrow_c_stream(relation).collect()

    def insert(self, table: str, rows: pl.DataFrame) -> None:
        """Add rows to a table, column by name."""
        if rows.is_empty():
            return
        names = ", ".join(f'"{name}"' for name in rows.columns)
        if rows.height <= _FEW:
            marks = ", ".join("?" * rows.width)
            self._connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows.rows())  # noqa: S608 - ours
            return
        self._imports += 1
        path = self.work / f"import_{self._imports}.parquet"
        rows.write_parquet(path)
        self.run(f"INSERT INTO {table} ({names}) SELECT {names} FROM read_parquet(?)", [str(path)])  # noqa: S608 - ours
        removed(path)

    @contextmanager
    def transaction(self, what: str = FILE) -> Iterator[None]:
        """All of what is said inside, or nothing of it.

        Raises: WriteError when the database does not take it.
        """
        with reconciled(what):
            self.run("BEGIN TRANSACTION")
            try:
                yield
                self.run("COMMIT")
                self.commits += 1
            except BaseException:
                self._roll_back()
                raise

    def taken(self, counter: str, count: int = 1) -> int:
        """The first of ``count`` numbers of a counter that were never given before; inside a transaction."""
        first = self.next(counter)
        self.run("INSERT OR REPLACE INTO counters VALUES (?, ?)", [counter, first + count])
        return first

    def next(self, counter: str) -> int:
        """The number that a counter gives next."""
        value = self.one("SELECT next FROM counters WHERE name = ?", [counter])
        return value if isinstance(value, int) else 1

    def rebuild(self) -> None:
        """Write the file anew, because what was deleted can still be read in the old one; views are made at the next
        start.

        Raises: WriteError; the old file stands until the new one is whole.
        """
        path, aside = self.state / FILE, self.state / (FILE + ASIDE)
        self.close()
        try:
            with reconciled(FILE):
                _laid_out(aside)
                _copied(path, aside, _limits(self.state, self._memory_gb))
                sync(aside)
                promoted(aside, path)
        finally:
            self._connect()

    def close(self) -> None:
        """Close the database; what was committed is in its file then."""
        self._connection.close()

    def _roll_back(self) -> None:
        # A commit that failed has ended the transaction by itself, and there is nothing left to take back.
        with suppress(duckdb.Error):
            self.run("ROLLBACK")

    def _connect(self) -> None:
        self._connection = duckdb.connect(str(self.state / FILE))
        try:
            self._configure(self._memory_gb)
            _migrate(self._connection)
        except BaseException:
            self._connection.close()
            raise

    def _configure(self, memory_gb: float) -> None:
        folder = str(self.state).replace("'", "''")
        own = (
            *_limits(self.state, memory_gb),
            f"SET allowed_directories = ['{folder}/']",
            "SET enable_external_access = false",
            "SET lock_configuration = true",
        )
        for setting in (*_SETTINGS, *own):
            self.run(setting)


def _limits(state: Path, memory_gb: float) -> tuple[str, ...]:
    """How much memory DuckDB may take, and where it spills the rest: beside the parts, which say no more than it does.

    Direct identifiers are tokens before they come here. Spills are not encrypted: DuckDB 2.0 refuses to without an
    extension from the network, and a night that needs to spill would end.
    """
    folder = str(state / "work").replace("'", "''")
    return f"SET memory_limit = '{max(0.25, memory_gb / 4):.2f}GB'", f"SET temp_directory = '{folder}'"


def _create(path: Path) -> None:
    """Make the database aside: a kill while DuckDB lays out a new file leaves one that never opens again."""
    aside = path.with_name(path.name + ASIDE)
    _laid_out(aside)
    sync(aside)
    promoted(aside, path)


def _laid_out(aside: Path) -> None:
    """A new file with every table, in the place of what was left half made."""
    for leftover in (aside, aside.with_name(aside.name + ".wal")):
        removed(leftover)
    connection = duckdb.connect(str(aside))
    try:
        _migrate(connection)
    finally:
        connection.close()


def _copied(origin: Path, target: Path, limits: Iterable[str]) -> None:
    """Every row of every table; a row that was deleted is not copied."""
    connection = duckdb.connect(str(target))
    try:
        for setting in limits:
            connection.execute(setting).fetchall()
        connection.execute("ATTACH '" + str(origin).replace("'", "''") + "' AS origin (READ_ONLY)").fetchall()
        tables = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'origin' ORDER BY table_name"
        ).fetchall()
        for (name,) in tables:
            connection.execute(f'DELETE FROM "{name}"').fetchall()  # noqa: S608 - our own tables
            connection.execute(f'INSERT INTO "{name}" BY NAME SELECT * FROM origin."{name}"').fetchall()  # noqa: S608
        connection.execute("DELETE FROM documents WHERE \"kind\" = 'view'").fetchall()
        connection.execute("DETACH origin").fetchall()
        connection.execute("CHECKPOINT").fetchall()
    finally:
        connection.close()


def _migrate(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)").fetchall()
    found = connection.execute("SELECT max(version) FROM schema_version").fetchall()[0][0] or 0
    if found > len(MIGRATIONS):
        raise WriteError(
            f"was written by a newer persona (version {found} of its tables, this one knows {len(MIGRATIONS)})",
            where=FILE,
            hint="Install the newer persona, or name another workspace.",
        )
    for version, script in enumerate(MIGRATIONS[found:], start=found + 1):
        connection.execute("BEGIN TRANSACTION").fetchall()
        for statement in filter(str.strip, script.split(";")):
            connection.execute(statement).fetchall()
        connection.execute("INSERT INTO schema_version VALUES (?)", [version]).fetchall()
        connection.execute("COMMIT").fetchall()
