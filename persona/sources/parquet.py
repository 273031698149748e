"""Parquet: its footer is read first, then its rows as text in slices; a row's number stands for its line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
from polars.exceptions import PanicException, PolarsError

from persona.errors import ExtractError
from persona.policy.source import Format
from persona.sources.records import Chunk
from persona.sources.rejects import REJECTS

__all__ = ["records"]

SLICE = 500_000
FREE_ROWS = 1_000_000
ROWS_PER_BYTE = 8
"""A file may have FREE_ROWS rows, and beyond that ROWS_PER_BYTE for each of its bytes: real rows take several bytes
each, a bomb packs hundreds into one."""


def records(path: Path, name: str, format_: Format) -> Iterator[Chunk]:  # noqa: ARG001 - one shape for all readers
    """The file's rows in chunks; at least one, so that a file without rows still tells its columns.

    Raises: ExtractError when the file is damaged, cut short or unpacks beyond reason.
    """
    count = _row_count(path, name)
    for start in range(0, max(count, 1), SLICE):
        rows = _rows(path, name, start)
        if rows.height != min(SLICE, count - start):
            raise ExtractError(f"its footer says {count:,} rows and it has others", where=name)
        number = pl.int_range(start + 1, start + 1 + rows.height, dtype=pl.Int64, eager=True).alias("_line")
        yield Chunk(rows.with_columns(number, _byte=pl.lit(None, pl.Int64)), REJECTS.to_frame())


def _row_count(path: Path, name: str) -> int:
    """The rows that the footer tells, before anything is unpacked."""
    size = path.stat().st_size
    if size == 0:
        raise ExtractError("is empty", where=name, hint="Ask for the file again; an extract without rows has a footer.")
    try:
        with duckdb.connect(config={"python_enable_replacements": False}) as connection:
            found = connection.execute("SELECT sum(num_rows) FROM parquet_file_metadata(?)", [str(path)]).fetchone()
    except duckdb.Error as error:
        raise ExtractError("is damaged or cut short: its Parquet footer cannot be read", where=name) from error
    count = int(found[0]) if found else 0
    if count > max(FREE_ROWS, size * ROWS_PER_BYTE):
        raise ExtractError(f"unpacks to {count:,} rows from {size:,} bytes: beyond reason", where=name)
    return count


def _rows(path: Path, name: str, start: int) -> pl.DataFrame:
    try:
        frame = pl.scan_parquet(path, glob=False).slice(start, SLICE).collect(engine="in-memory")
        return frame.select(_as_text(column, dtype) for column, dtype in frame.schema.items())
    except (PolarsError, PanicException, OSError) as error:  # PanicException is no Exception
        raise ExtractError("is damaged: its Parquet pages cannot be read", where=name) from error


def _as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    """The column as the text that a careful writer of CSV would make of it."""
    column = pl.col(name)
    if isinstance(dtype, pl.Datetime):
        at = column.dt.convert_time_zone("UTC") if dtype.time_zone else column
        return at.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f" + ("+00:00" if dtype.time_zone else ""))
    if dtype.is_nested():
        return pl.struct(column).struct.json_encode().alias(name)
    return column.cast(pl.String)
