"""Lines of text with their places, for the formats in which a record is a line and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from persona.policy.source import Format
from persona.sources.blocks import blocks
from persona.sources.encoding import as_utf8
from persona.sources.lines import BLANK, NOT_TEXT, NUL, Dialect, Lines, scanned
from persona.sources.position import Position
from persona.sources.rejects import pointers
from persona.sources.unpacked import pieces

__all__ = ["NO_TEXT", "UNENDED", "TextLines", "text_lines"]

NO_TEXT = ((NUL, "holds a NUL"), (NOT_TEXT, "is not text in the declared encoding"), (BLANK, "is empty"))
"""What no record is in any format of text, by the scan's verdict."""

UNENDED = "the last line has no line end: if the file was cut in its last value, only a control file tells"

_WHOLE_LINES = Dialect(b"\n", None)


@dataclass(frozen=True, slots=True)
class TextLines:
    """Some lines of a file."""

    text: bytes
    lines: Lines
    place: pl.DataFrame
    rejects: pl.DataFrame
    """Lines that are no text; schema REJECTS."""
    warnings: tuple[str, ...]

    @property
    def verdict(self) -> NDArray[np.uint8]:
        """What each line is."""
        return self.lines.verdict

    def line(self, number: int) -> bytes:
        """The line's bytes in UTF-8, without its end."""
        return self.text[int(self.lines.starts[number]) : int(self.lines.ends[number])]


def text_lines(path: Path, name: str, format_: Format) -> Iterator[TextLines]:
    """The file's lines in blocks, behind those that are skipped and before its trailer; at least one block."""
    position = Position(format_.encoding)
    stream = as_utf8(pieces(path, name, format_.compression), format_.encoding, name=name)
    is_first = True
    head, footer, trailer = format_.skip_lines + 1, format_.footer_lines, format_.trailer
    for block in blocks(stream, name=name, head_lines=head, footer_lines=footer, trailer=trailer):
        text = position.begun(block.text, skip_lines=format_.skip_lines) if is_first else block.text
        is_first = False
        lines = scanned(text, _WHOLE_LINES, fields=1)
        place = position.columns(text, lines.starts, lines.numbers)
        bad = [pointers(place[np.flatnonzero(lines.verdict == kind)], reason=reason) for kind, reason in NO_TEXT]
        unended = bool(len(lines) and lines.nexts[-1] == lines.ends[-1])
        yield TextLines(text, lines, place, pl.concat(bad), (UNENDED,) if unended else ())
        position.move(text, lines=lines.physical)
