"""How each source system writes: the core's German CSV, the card system's, JSON lines; the same bytes every time."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
import polars as pl
from people import Ints
from vocabulary import START, ZONE

CHUNK = 500_000
"""Rows turned into text at a time."""


def day_text(column: str, pattern: str) -> pl.Expr:
    """A day number as text; null stays null."""
    return (pl.lit(START) + pl.duration(days=pl.col(column))).cast(pl.Date).dt.strftime(pattern)


def utc_text(minutes: Ints) -> pl.Series:
    """Local minutes from the first day as ISO instants in UTC; those of the hour left out in spring an hour later."""
    local = np.datetime64(START, "us") + minutes * np.timedelta64(60_000_000, "us")
    stamps = pl.Series("at", local, dtype=pl.Datetime("us"))
    there = stamps.dt.replace_time_zone(ZONE, ambiguous="earliest", non_existent="null")
    later = stamps.dt.offset_by("1h").dt.replace_time_zone(ZONE, ambiguous="earliest", non_existent="null")
    return there.fill_null(later).dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%SZ")


def comma(column: str) -> pl.Expr:
    """Minor units as an amount with a decimal comma and always two digits after it."""
    size = pl.col(column).abs()
    sign = pl.when(pl.col(column) < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    return pl.concat_str(sign, (size // 100).cast(pl.String), pl.lit(","), (size % 100).cast(pl.String).str.zfill(2))


def padded(column: str | pl.Expr, width: int, prefix: str = "") -> pl.Expr:
    """A number with leading zeros after a prefix."""
    number = pl.col(column) if isinstance(column, str) else column
    return pl.lit(prefix) + number.cast(pl.String).str.zfill(width)


def write_csv(
    path: Path, frame: pl.DataFrame, *, delimiter: str = ",", encoding: str = "utf-8", tail: bytes = b""
) -> None:
    """The frame as CSV, packed where the name ends in .gz; ``tail`` is put after the last row as it is."""
    _write(path, _csv_chunks(frame, delimiter, encoding), tail)


def write_json_lines(path: Path, frame: pl.DataFrame, *, tail: bytes = b"") -> None:
    """The frame as JSON lines, packed where the name ends in .gz."""
    chunks = (frame.slice(low, CHUNK).write_ndjson().encode() for low in range(0, max(frame.height, 1), CHUNK))
    _write(path, chunks, tail)


def write_control(path: Path, extract: Path, *, rows: int, total: str) -> None:
    """The control file beside an extract: its rows, the sum of its amounts, and the hash of its bytes."""
    digest = sha256(extract.read_bytes()).hexdigest()
    path.write_bytes(f"rows={rows}\nsum={total}\nsha256={digest}\n".encode())


def _csv_chunks(frame: pl.DataFrame, delimiter: str, encoding: str) -> Iterator[bytes]:
    for low in range(0, max(frame.height, 1), CHUNK):
        text = frame.slice(low, CHUNK).write_csv(separator=delimiter, include_header=low == 0)
        yield text.encode(encoding)


def _write(path: Path, chunks: Iterator[bytes], tail: bytes) -> None:
    """Bytes to the file; packed without a time or name, at the level that suits the size."""
    if path.suffix != ".gz":
        path.write_bytes(b"".join([*chunks, tail]))
        return
    first = next(chunks)
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 9 if len(first) < 5_000_000 else 1, raw, mtime=0) as packed:
        packed.write(first)
        for chunk in chunks:
            packed.write(chunk)
        packed.write(tail)
