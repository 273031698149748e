"""Where the reading stands: the physical line, and the byte in the unpacked file."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from persona.sources.blocks import line_at
from persona.sources.encoding import BOM, is_single_byte, is_utf8

__all__ = ["Position"]


class Position:
    """The line and byte at which the next text begins; the byte is None where transcoding hides it."""

    def __init__(self, encoding: str, *, is_exact: bool = True) -> None:
        self.line = 1
        self._is_utf8 = is_utf8(encoding)
        knows = is_exact and (self._is_utf8 or is_single_byte(encoding))
        self.byte: int | None = 0 if knows else None

    def begun(self, text: bytes, *, skip_lines: int) -> bytes:
        """The file's first text behind its byte order mark and the lines before its header."""
        if text.startswith(BOM):
            text = text[len(BOM) :]
            self.byte = None if self.byte is None else self.byte + len(BOM)
        start, skipped = 0, 0
        while skipped < skip_lines and start < len(text):
            start, skipped = line_at(text, start)[1], skipped + 1
        self.move(text[:start], lines=skipped)
        return text[start:]

    def columns(self, text: bytes, starts: NDArray[np.int64], numbers: NDArray[np.int64]) -> pl.DataFrame:
        """``_line`` and ``_byte`` of records of the text, which begin at ``starts`` on lines ``numbers`` (from 0)."""
        line = pl.Series("_line", numbers + self.line, pl.Int64)
        if self.byte is None:
            return pl.DataFrame([line, pl.Series("_byte", [None] * len(starts), pl.Int64)])
        return pl.DataFrame([line, pl.Series("_byte", self._widths(text, starts) + self.byte, pl.Int64)])

    def move(self, text: bytes, *, lines: int) -> None:
        """Go past the text, which holds so many line ends."""
        self.line += lines
        if self.byte is not None:
            self.byte += int(self._widths(text, np.array([len(text)]))[0])

    def _widths(self, text: bytes, ends: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many bytes of the file the text up to each end stands for."""
        if self._is_utf8 or text.isascii():
            return ends
        follows = np.flatnonzero((np.frombuffer(text, np.uint8) & 0xC0) == 0x80)  # noqa: PLR2004 - UTF-8's tail bytes
        return ends - np.searchsorted(follows, ends)
