"""Fixed-width text: each column stands between two characters of its line, counted from 1."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from persona.errors import PolicyError
from persona.policy.source import Format
from persona.sources.lines import PLAIN
from persona.sources.records import Chunk
from persona.sources.rejects import pointers
from persona.sources.texts import TextLines, text_lines

__all__ = ["records"]


def records(path: Path, name: str, format_: Format) -> Iterator[Chunk]:
    """The file's records in chunks; a line of another length than the first record's is rejected.

    Where the format is ragged, lines may end early, and what is not there is blank.
    """
    if not isinstance(format_.columns, dict):
        raise PolicyError("a file of fixed width needs format.columns: name -> [first, last] character")
    columns = format_.columns
    wanted = max(last for _, last in columns.values())
    width: int | None = None
    for lines in text_lines(path, name, format_):
        place, text = _plain(lines)
        length = text.str.len_chars()
        if width is None and len(text):
            width = max(wanted, int(length[0]))
        is_wrong = (length > wanted) if format_.ragged else (length != (width or wanted))
        why = pl.select(pl.format("{} characters, the record has {}", length, pl.lit(width or wanted))).to_series()
        wrong = pointers(place.with_columns(_why=why).filter(is_wrong), reason=pl.col("_why"))
        cut = {key: text.str.slice(first - 1, last - first + 1) for key, (first, last) in columns.items()}
        rows = pl.DataFrame(cut).hstack(place).filter(~is_wrong)
        yield Chunk(rows, pl.concat([lines.rejects, wrong]).sort("line"), lines.warnings)


def _plain(lines: TextLines) -> tuple[pl.DataFrame, pl.Series]:
    plain = np.flatnonzero(lines.verdict == PLAIN)
    text = [lines.line(number).decode() for number in plain.tolist()]
    return lines.place[plain], pl.Series(text, dtype=pl.String)
