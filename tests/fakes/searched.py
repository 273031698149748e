"""A search for words in every file below some folders, packed or not."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path

import duckdb
import polars as pl


def texts_of(path: Path) -> list[bytes]:
    """A file's bytes, and what can be read in it after unpacking."""
    raw = [path.read_bytes()]
    if path.suffix == ".gz":
        raw.append(gzip.decompress(raw[0]))
    if path.suffix == ".parquet":
        raw.append(repr(pl.read_parquet(path).rows()).encode())
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
            rows = [connection.execute(f'SELECT * FROM "{table}"').fetchall() for (table,) in tables]
        raw.append(repr(rows).encode())
    return raw


def found(root: Path, words: Iterable[str], *parts: str) -> list[str]:
    """Every file below some parts of a folder that holds one of the words, and which."""
    wanted = [(word, form) for word in words for form in (word.encode(), word.encode("utf-16-le"))]
    files = [path for part in parts for path in (root / part).rglob("*") if path.is_file() and not path.is_symlink()]
    hits = set()
    for path in sorted(files):
        texts = texts_of(path)
        hits |= {f"{path.relative_to(root)}: {word}" for word, form in wanted if any(form in text for text in texts)}
    return sorted(hits)
