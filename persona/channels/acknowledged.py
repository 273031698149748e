"""A vendor's acknowledgement, read in his own dialect: what he has accepted and what not, a row a message."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from persona.errors import ExtractError
from persona.policy.rules import Acknowledgement

__all__ = ["acknowledged"]


def acknowledged(path: Path, how: Acknowledgement) -> pl.DataFrame:
    """What a file says of each message: ``message_id``, ``said`` (accepted or rejected), in the order of its lines.

    Nothing is guessed: a column that is not there, a word that means neither, a row without an id or with other fields
    than the header refuse the whole file.
    Raises: ExtractError with the first line and the count.
    """
    means = {**dict.fromkeys(how.accepted, "accepted"), **dict.fromkeys(how.rejected, "rejected")}
    ids, words, nameless, odd = list[str](), list[str](), list[int](), list[int]()
    for line, row in _rows(path, how):
        message_id, word = str(row[how.message_id]).strip(), str(row[how.status]).strip()
        if not message_id:
            nameless.append(line)
        elif word not in means:
            odd.append(line)
        else:
            ids.append(message_id)
            words.append(means[word])
    hint = f"The profile's `acknowledges` knows {', '.join(means)}."
    for lines, what, advice in ((nameless, "no message_id", ""), (odd, "a status that means neither", hint)):
        if lines:
            count = f"{what} in {len(lines):,} rows, first at line {lines[0]:,}"
            raise ExtractError(count, where=path.name, hint=advice)
    return pl.DataFrame({"message_id": ids, "said": words}, schema={"message_id": pl.String, "said": pl.String})


def _rows(path: Path, how: Acknowledgement) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Each row with its line; its columns are those that are named."""
    try:
        text = path.read_bytes().decode(how.encoding)
    except OSError as error:
        raise ExtractError(f"cannot be read: {error.strerror}", where=path.name) from error
    except UnicodeDecodeError as error:
        raise ExtractError(f"is not {how.encoding} (byte {error.start:,})", where=path.name) from None
    yield from (_of_jsonl if how.format == "jsonl" else _of_csv)(text.removeprefix("\ufeff"), path.name, how)


def _of_csv(text: str, name: str, how: Acknowledgement) -> Iterator[tuple[int, Mapping[str, object]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=how.delimiter, strict=True)
    try:
        header = next(reader, [])
        for wanted in (how.message_id, how.status):
            if header.count(wanted) != 1:
                hint = "Say in the profile's `acknowledges` what the vendor calls it, and what separates his columns."
                raise ExtractError(
                    f"column {wanted!r} is in the header {header.count(wanted)} times", where=name, hint=hint
                )
        for row in reader:
            if len(row) != len(header):
                what = f"line {reader.line_num:,} has {len(row)} fields, the header has {len(header)}"
                raise ExtractError(what, where=name)
            yield reader.line_num, dict(zip(header, row, strict=True))
    except csv.Error:
        raise ExtractError(f"line {reader.line_num:,} is no CSV", where=name) from None


def _of_jsonl(text: str, name: str, how: Acknowledgement) -> Iterator[tuple[int, Mapping[str, object]]]:
    for line, record in enumerate(text.split("\n"), start=1):
        if not record.strip():
            continue
        try:
            row = json.loads(record)
        except ValueError:
            raise ExtractError(f"line {line:,} is no JSON", where=name) from None
        if not isinstance(row, dict) or not {how.message_id, how.status} <= row.keys():
            raise ExtractError(f"line {line:,} has no {how.message_id} and {how.status}", where=name)
        yield line, row
