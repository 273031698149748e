"""The bytes of a delivery file: the same rows give the same bytes on every machine."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import polars as pl

from persona.policy.rules import Delivery

__all__ = ["LISTED", "pieces"]

LISTED = "[]."
"""``a[].b``: the b of each object in the list a."""

ROWS_AT_ONCE = 20_000
"""Rows that are held as text at one time."""

ALIKE_AT_ONCE = 100_000
"""Rows of CSV of which it is asked what they share."""

BYTES_AT_ONCE = 800_000
"""Bytes of CSV that are put together at one time, about: as many as a processor keeps near."""

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
    for made in _ndjson(frame) if profile.format == "jsonl" else _csv(frame, profile):
        yield made if encoding == "utf-8" else made.decode().encode(encoding)


def _ndjson(frame: pl.DataFrame) -> Iterator[bytes]:
    for rows in frame.iter_slices(ROWS_AT_ONCE):
        memory = io.BytesIO()
        _nested(rows).write_ndjson(memory)
        yield memory.getvalue()


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


def _csv(frame: pl.DataFrame, profile: Delivery) -> Iterator[bytes]:
    """The header, then the lines: what is the same in many rows is text that stands between the fields that differ."""
    end = "\r\n" if profile.newline == "crlf" else "\n"
    names = (_field(name, profile) for name in frame.columns)
    yield f"{profile.delimiter.join(names)}{end}".encode()
    for many in frame.iter_slices(ALIKE_AT_ONCE):
        line = pl.concat_str(*_line(many, profile), pl.lit(end)).cast(pl.Binary)
        size = len(many.head(1).select(line=line)["line"].item())
        for rows in many.iter_slices(max(1, BYTES_AT_ONCE // size)):
            yield b"".join(rows.select(line=line)["line"].to_list())


def _line(rows: pl.DataFrame, profile: Delivery) -> list[pl.Expr]:
    """What a line is put together from: the fields that differ from row to row, and what stands between them."""
    is_same = rows.select(pl.all().eq_missing(pl.all().first()).all()).row(0)
    first = [_field(text, profile) for text in rows.head(1).select(pl.all().cast(pl.String)).row(0)]
    differ = {name: said for name, said, same in zip(rows.columns, first, is_same, strict=True) if not same}
    around = _around(rows, differ, profile)
    parts: list[str | pl.Expr] = [] if differ else [pl.repeat("", pl.len(), dtype=pl.String)]
    for at, (name, said) in enumerate(zip(rows.columns, first, strict=True)):
        parts.append(profile.delimiter if at else "")
        if name not in differ:
            parts.append(said)
        elif name in around:
            side, text = around[name]
            parts += [side, text, side]
        else:
            parts.append(_quoted(name, profile))
    return _joined(parts)


def _joined(parts: Iterable[str | pl.Expr]) -> list[pl.Expr]:
    """The parts, with texts that follow one another put together."""
    made: list[pl.Expr] = []
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
        else:
            made += [pl.lit(text), part]
            text = ""
    return [*made, pl.lit(text)]


def _around(rows: pl.DataFrame, differ: Mapping[str, str], profile: Delivery) -> dict[str, tuple[str, pl.Expr]]:
    """The columns whose texts all stand in quotes or all in none: what stands on both sides, and what is between.

    ``differ`` are the columns with what their first row has in its line, which the others mostly are like.
    """
    sides = {name: said[:1] if said[:1] == '"' else "" for name, said in differ.items()}
    if not sides:
        return {}
    texts = rows.select(pl.col(*sides).cast(pl.String))
    tests = {name: _is_quoted if side else _is_bare for name, side in sides.items()}
    found = texts.select(
        (test(pl.col(name), profile) & pl.col(name).is_not_null().all()).alias(name) for name, test in tests.items()
    )
    return {name: (side, _between(texts[name], side)) for name, side in sides.items() if found[name].item()}


def _is_bare(text: pl.Expr, profile: Delivery) -> pl.Expr:
    """Whether no text of a column stands in quotes."""
    return ~text.str.contains(_to_quote(profile)).any() & (text != "").all()


def _is_quoted(text: pl.Expr, profile: Delivery) -> pl.Expr:
    """Whether each text of a column stands in quotes."""
    always = pl.lit(value=profile.quoting == "always")
    return always | text.str.contains(_to_quote(profile)).all()


def _between(texts: pl.Series, side: str) -> pl.Expr:
    """A column's texts as they stand between their sides: a quote in quotes is doubled."""
    text = pl.col(texts.name).cast(pl.String)
    has_quotes = side and texts.str.contains('"', literal=True).any()
    return text.str.replace_all('"', '""', literal=True) if has_quotes else text


def _quoted(name: str, profile: Delivery) -> pl.Expr:
    """A field as a line has it: in quotes where it needs them or always, and what stands for null."""
    text = pl.col(name).cast(pl.String)
    quoted = pl.concat_str(pl.lit('"'), text.str.replace_all('"', '""', literal=True), pl.lit('"'))
    if profile.quoting == "always":
        return quoted.fill_null(f'"{profile.null}"')
    is_quoted = text.str.contains(_to_quote(profile)) | (text == "")
    return pl.when(is_quoted).then(quoted).otherwise(text).fill_null(profile.null)


def _field(text: str | None, profile: Delivery) -> str:
    """One field as ``_quoted`` has it."""
    needs = profile.quoting == "always" or (text is not None and (not text or re.search(_to_quote(profile), text)))
    said = profile.null if text is None else text
    return '"{}"'.format(said.replace('"', '""')) if needs else said


def _to_quote(profile: Delivery) -> str:
    """What a text has that must stand in quotes."""
    return f'["\r\n{re.escape(profile.delimiter)}]'
