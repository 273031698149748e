"""The bytes of a delivery file: the same rows give the same bytes on every machine."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from persona.policy.rules import Delivery

__all__ = ["LISTED", "pieces"]

LISTED = "[]."
"""``a[].b``: the b of each object in the list a."""

ROWS_AT_ONCE = 20_000
"""Rows that are held as text at one time."""

_MARKED = {
    "utf-8-sig": (codecs.BOM_UTF8, "utf-8"),
    "utf-16": (codecs.BOM_UTF16_LE, "utf-16-le"),
    "utf-32": (codecs.BOM_UTF32_LE, "utf-32-le"),
}
"""Encodings that begin with a mark, and what follows it: little-endian on every machine."""


def pieces(frame: pl.DataFrame, profile: Delivery) -> Iterator[bytes]:
    """The bytes of one file, a piece at a time; a CSV without rows has its header.

    CSV quotes a text with a delimiter, quote or line break in it, and an empty text, so that it is not null.
    """
    if profile.format == "parquet":
        yield _parquet(frame)
        return
    if profile.format == "jsonl" and any(LISTED in name for name in frame.columns):
        frame = _gathered(frame)
    encoding = "utf-8" if profile.format == "jsonl" else profile.encoding.lower().replace("_", "-")
    mark, encoding = _MARKED.get(encoding, (b"", encoding))
    yield mark
    for start in range(0, max(frame.height, 1), ROWS_AT_ONCE):
        rows = frame.slice(start, ROWS_AT_ONCE)
        memory = io.BytesIO()
        if profile.format == "jsonl":
            _nested(rows).write_ndjson(memory)
        else:
            _csv(memory, rows, profile, is_first=start == 0)
        made = memory.getvalue()
        yield made if encoding == "utf-8" else made.decode().encode(encoding)


def _gathered(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows that agree in all that stands in no list as one, with what ``a[].b`` names as a list of objects."""
    alone = [name for name in rows.columns if LISTED not in name]
    lists = dict.fromkeys(name.partition(LISTED)[0] for name in rows.columns if LISTED in name)
    objects = [
        pl.struct(
            pl.col(name).alias(name.partition(LISTED)[2]) for name in rows.columns if name.startswith(f"{one}[].")
        )
        for one in lists
    ]
    named = [value.alias(one) for one, value in zip(lists, objects, strict=True)]
    if not alone:
        return rows.select(one.implode() for one in named)
    return rows.group_by(alone, maintain_order=True).agg(named)


def _nested(rows: pl.DataFrame) -> pl.DataFrame:
    """The columns as JSON has them: ``a.b`` is the b of a, and ``a[]`` a list of one; ``_gathered`` made the others."""
    return rows.select(_fields({name: name.split(".") for name in rows.columns}))


def _fields(paths: Mapping[str, Sequence[str]]) -> list[pl.Expr]:
    """The fields of one level, in the order in which each is named first; ``paths`` begin below it."""
    made = []
    for key in dict.fromkeys(path[0] for path in paths.values()):
        below = {name: path[1:] for name, path in paths.items() if path[0] == key}
        name = next(iter(below))
        if any(below.values()):
            made.append(pl.struct(_fields(below)).alias(key))
        else:
            made.append((pl.concat_list(name) if key.endswith("[]") else pl.col(name)).alias(key.removesuffix("[]")))
    return made


def _parquet(frame: pl.DataFrame) -> bytes:
    memory = io.BytesIO()
    frame.write_parquet(memory, compression="zstd", row_group_size=100_000)
    return memory.getvalue()


def _csv(memory: io.BytesIO, rows: pl.DataFrame, profile: Delivery, *, is_first: bool) -> None:
    rows.write_csv(
        memory,
        include_header=is_first,
        separator=profile.delimiter,
        quote_style=profile.quoting,
        line_terminator="\r\n" if profile.newline == "crlf" else "\n",
        null_value=profile.null,
    )
