"""A view for every table over its live parts: ``SELECT ... FROM transactions`` works in any SQL tool."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

from persona.store.catalog import Catalog
from persona.store.histories import HISTORIES, history
from persona.store.parts import EXTRAS, folder_of, schema_of
from persona.store.stages import is_dense
from persona.tables import CANONICAL, PolarsType

__all__ = ["refreshed"]

_SQL = {
    "Boolean": "BOOLEAN",
    "Date": "DATE",
    "Datetime": "TIMESTAMP",
    "Float64": "DOUBLE",
    "Int64": "BIGINT",
    "Int8": "TINYINT",
    "String": "VARCHAR",
}


def refreshed(catalog: Catalog) -> int:
    """How many views were made anew, because the parts below them are others or the workspace was moved."""
    wanted = dict([*_fact_views(catalog), *_stage_views(catalog), *_evidence_views(catalog)])
    made = catalog.run("SELECT name, body FROM documents WHERE \"kind\" = 'view'")
    there = {str(name): str(body) for name, body in made}
    marks = {name: blake2b(sql.encode(), digest_size=16).hexdigest() for name, sql in wanted.items()}
    stale = [name for name in sorted(wanted) if there.get(name) != marks[name]]
    gone = sorted(set(there) - set(wanted))
    if not stale and not gone:
        return 0
    with catalog.transaction("views"):
        for name in gone:
            catalog.run(f"DROP VIEW IF EXISTS {_quoted(name)}")
            catalog.run("DELETE FROM documents WHERE \"kind\" = 'view' AND name = ?", [name])
        for name in stale:
            catalog.run(f"CREATE OR REPLACE VIEW {_quoted(name)} AS {wanted[name]}")
            catalog.run("INSERT OR REPLACE INTO documents VALUES ('view', ?, ?)", [name, marks[name]])
    return len(stale)


def _fact_views(catalog: Catalog) -> Iterable[tuple[str, str]]:
    rows = catalog.run('SELECT table_name, path, "columns" FROM parts ORDER BY table_name, path')
    parts: dict[str, list[tuple[str, str]]] = {name: [] for name in CANONICAL}
    for table, path, columns in rows:
        parts.setdefault(str(table), []).append((str(path), str(columns)))
    for table, pairs in parts.items():
        schema = schema_of(CANONICAL.get(table), [columns for _, columns in pairs])
        yield folder_of(table), _selected(catalog.state, [path for path, _ in pairs], schema)
        if table in HISTORIES:
            yield f"{folder_of(table)}_history", history(table, schema)


def _stage_views(catalog: Catalog) -> Iterable[tuple[str, str]]:
    """The generation of each table that was made last; a ledger of the same name stays what it is."""
    newest = (
        "SELECT s.table_name, s.path FROM stages s JOIN documents d ON d.\"kind\" = 'shown' AND d.name = s.table_name"
        " AND d.body = s.generation ORDER BY s.table_name, s.piece"
    )
    paths: dict[str, list[str]] = {}
    taken = {*CANONICAL, *(str(row[0]) for row in catalog.run("SELECT table_name FROM duckdb_tables()"))}
    for table, path in catalog.run(newest):
        if str(table) not in taken and not is_dense(str(table)):
            paths.setdefault(str(table), []).append(str(path))
    for table, own in paths.items():
        yield table, _selected(catalog.state, own)


def _evidence_views(catalog: Catalog) -> Iterable[tuple[str, str]]:
    paths: dict[str, list[str]] = {}
    for name, path in catalog.run("SELECT name, path FROM evidence WHERE is_kept ORDER BY name, run_id"):
        paths.setdefault(str(name), []).append(str(path))
    for name, own in paths.items():
        yield name, _selected(catalog.state, own)


def _selected(state: Path, paths: Sequence[str], schema: Mapping[str, PolarsType] | None = None) -> str:
    """All rows of some parts; a column of the schema that no part has, made before it came, is null."""
    if schema is None:
        return f"SELECT * FROM {_files(state, paths)}"  # noqa: S608 - names of contracts, paths of ours
    columns = ", ".join(f"CAST(NULL AS {_type(dtype)}) AS {_quoted(name)}" for name, dtype in schema.items())
    none = f"SELECT {columns} WHERE false"
    if not paths:
        return none
    names = ", ".join(map(_quoted, schema))
    return f"SELECT {names} FROM ({none} UNION ALL BY NAME FROM {_files(state, paths)})"  # noqa: S608


def _files(state: Path, paths: Sequence[str]) -> str:
    texts = ", ".join("'" + str(state / path).replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{texts}], union_by_name = true)"


def _type(dtype: PolarsType) -> str:
    return next(_SQL[word] for word, known in EXTRAS.items() if known == dtype)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
