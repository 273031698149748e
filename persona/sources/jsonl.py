"""JSON lines: one object a line; numbers stay as they are written, members of members are named with a dot."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import polars as pl

from persona.policy.source import Format
from persona.sources.lines import PLAIN
from persona.sources.records import Chunk
from persona.sources.rejects import pointers
from persona.sources.texts import TextLines, text_lines

__all__ = ["records"]


def records(path: Path, name: str, format_: Format) -> Iterator[Chunk]:
    """The file's objects in chunks; a chunk has the columns that its objects have, absent members are null."""
    for lines in text_lines(path, name, format_):
        yield _chunk(lines)


def _chunk(lines: TextLines) -> Chunk:
    objects: list[dict[str, str | None]] = []
    good: list[int] = []
    bad: dict[int, str] = {}
    plain = np.flatnonzero(lines.verdict == PLAIN).tolist()
    texts = [lines.line(number) for number in plain]
    values = _together(texts) or map(_value, texts)
    for number, value in zip(plain, values, strict=True):
        members, fault = _members(value)
        if fault:
            bad[number] = fault
        else:
            objects.append(members)
            good.append(number)
    names = dict.fromkeys(chain.from_iterable(objects))
    columns = [pl.Series(key, [one.get(key) for one in objects], pl.String) for key in names]
    why = pl.Series("_why", list(bad.values()), pl.String)
    rejects = pointers(lines.place[list(bad)].with_columns(why), reason=pl.col("_why"))
    rows = pl.DataFrame(columns).hstack(lines.place[good]) if columns else lines.place[good]
    return Chunk(rows, pl.concat([lines.rejects, rejects]).sort("line"), lines.warnings)


def _together(texts: Sequence[bytes]) -> list[object] | None:
    """What stands on each line, read in one go; None where a line is not one value by itself.

    A mark that stands in no line is put between them: were a line cut short, it would swallow the mark behind it; did
    it hold two values, no mark would part them.
    """
    text = b"\n".join(texts)
    mark = 10**15
    while b"%d" % mark in text:
        mark += 1
    try:
        read = _DECODER.decode(f"[{(b',%d,' % mark).join(texts).decode()}]")
    except (ValueError, RecursionError):
        return None
    is_apart = len(read) == 2 * len(texts) - 1 and all(one == str(mark) for one in read[1::2])
    return read[::2] if is_apart else None


def _value(line: bytes) -> object:
    """What stands on a line, or the reason why it cannot be read."""
    try:
        return _DECODER.decode(line.decode("utf-8-sig"))
    except RepeatedError:
        return _Fault("a member stands twice in an object")
    except (ValueError, RecursionError):
        return _Fault("is not JSON")


class _Fault(str):
    """The reason why a line cannot be read; as a value, JSON has no such thing."""

    __slots__ = ()


def _members(value: object) -> tuple[dict[str, str | None], str]:
    """The members of an object, or the reason why there is none."""
    if isinstance(value, _Fault):
        return {}, value
    if not isinstance(value, dict):
        return {}, "is not a JSON object"
    if _TEXTS.issuperset(map(type, value.values())):
        return value, ""
    members: dict[str, str | None] = {}
    for path, leaf in _leaves(value, ""):
        if path in members:
            return {}, "a member stands twice in an object"
        members[path] = leaf
    return members, ""


class RepeatedError(ValueError):
    """A member stands twice in one object: readers differ in which of them they take."""


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise RepeatedError
    return members


def _refused(constant: str) -> object:
    raise ValueError(constant)


_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_refused, object_pairs_hook=_without_repeats)


_TEXTS = {str, type(None)}


def _leaves(members: dict[str, object], before: str) -> Iterator[tuple[str, str | None]]:
    for key, value in members.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", _as_text(value)


def _as_text(value: object) -> str | None:
    """A text or number as it is written; true and false as these words; a list as JSON."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
