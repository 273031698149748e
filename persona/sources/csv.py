"""CSV of a declared dialect: the scan clears each record by its shape, then Polars parses what is cleared.

Source: RFC 4180 for quotes; what it leaves open is settled here: a record that has not as many fields as the header is
rejected, an empty line too, and in dialects that are not multiline a quote ends with its line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars.exceptions import PanicException, PolarsError

from persona.errors import ExtractError, PolicyError
from persona.policy.source import Format
from persona.sources.blocks import Block, blocks, line_at
from persona.sources.encoding import BOM, as_utf8
from persona.sources.header import declared_names, header_end, header_names
from persona.sources.lines import BROKEN, NUL, ODD, PLAIN, Dialect, Lines, is_trim, scanned
from persona.sources.odd import fields_of
from persona.sources.position import Position
from persona.sources.records import Chunk
from persona.sources.rejects import REJECTS, pointers
from persona.sources.texts import NO_TEXT, UNENDED
from persona.sources.unpacked import pieces

__all__ = ["records"]

MAX_RECORD = 1 << 20
"""A quote that is open for more bytes than that was never closed."""

MAX_HEADER = 50
"""How many lines a header may take in a multiline dialect."""

_STAND_IN = b"\x1f"
"""Takes the place of a delimiter that is not one ASCII character; the control character that was made for this."""


def records(path: Path, name: str, format_: Format) -> Iterator[Chunk]:
    """The file's records in chunks; at least one, so that a file without rows still tells its columns.

    Raises: ExtractError when the file as a whole cannot be read.
    """
    reader = _Reader(name, format_)
    stream = as_utf8(pieces(path, name, format_.compression), format_.encoding, name=name)
    head_lines = format_.skip_lines + (MAX_HEADER if format_.multiline else 1)
    footer, trailer = format_.footer_lines, format_.trailer
    for block in blocks(stream, name=name, head_lines=head_lines, footer_lines=footer, trailer=trailer):
        yield from reader.chunks(block)


@dataclass(frozen=True, slots=True)
class _Parsed:
    """Records that were read one by one, by their number in the chunk."""

    rows: dict[int, list[str]]
    faults: dict[int, str]
    stop: int | None = None
    """The first record that spans lines and cannot be read: the reading begins anew behind its first line."""


class _Reader:
    """The dialect, the header once it is read, the place in the file and the text not yet used."""

    def __init__(self, name: str, format_: Format) -> None:
        self.name, self.format = name, format_
        self.dialect, self.long_delimiter = _dialect(format_, name)
        self.names: list[str] = []
        self.rest = b""
        self.position = Position(format_.encoding, is_exact=not self.long_delimiter)

    def chunks(self, block: Block) -> Iterator[Chunk]:
        text = block.text.replace(self.long_delimiter, _STAND_IN) if self.long_delimiter else block.text
        self.rest += text
        if not self.names:
            self._begin()
        self._check_footer(block)
        is_first = True
        while self.rest or (is_first and block.is_last):
            chunk, used, lines = self._chunk(is_last=block.is_last)
            if not used and not block.is_last:
                return
            self.position.move(self.rest[:used], lines=lines)
            self.rest = self.rest[used:]
            is_first = False
            yield chunk

    def _begin(self) -> None:
        """Go past what stands before the records."""
        self.rest = self.position.begun(self.rest, skip_lines=self.format.skip_lines)
        if not self.format.header:
            self.names = declared_names(self.format)
            return
        end, behind, count = header_end(self.rest, self.dialect)
        self.names = header_names(self.rest[:end], self.dialect, self.name)
        self.position.move(self.rest[:behind], lines=count)
        self.rest = self.rest[behind:]

    def _check_footer(self, block: Block) -> None:
        if self.format.trailer:
            return
        lines = scanned(block.footer.strip(b"\r\n"), self.dialect, fields=len(self.names))
        if len(self.names) > 1 and bool(np.any(lines.verdict == PLAIN)):
            raise ExtractError(
                "its last lines look like records, not like a trailer",
                where=self.name,
                hint="Where the trailer has as many fields as a record, say in format: {trailer: ...} how it begins.",
            )

    def _chunk(self, *, is_last: bool) -> tuple[Chunk, int, int]:
        """The records of the text at hand; how many bytes and lines of it they take."""
        lines = scanned(self.rest, self.dialect, fields=len(self.names))
        count, is_lost = len(lines), False
        if lines.is_open:
            begun = int(lines.starts[-1])
            is_lost = is_last or len(self.rest) - begun > MAX_RECORD
            count -= not is_lost
        parsed = self._odd(lines, count, is_lost=is_lost)
        stop = parsed.stop
        if stop is not None:
            chunk = self._made(lines, stop, parsed, with_line_of=stop)
            used = line_at(self.rest, int(lines.starts[stop]))[1]
            return chunk, used, int(lines.numbers[stop]) + 1
        used = int(lines.nexts[count - 1]) if count else 0
        numbers = int(lines.numbers[count]) if count < len(lines) else lines.physical
        return self._made(lines, count, parsed), used, numbers

    def _odd(self, lines: Lines, count: int, *, is_lost: bool) -> _Parsed:
        rows: dict[int, list[str]] = {}
        faults: dict[int, str] = {}
        stop: int | None = None
        spans = np.diff(np.append(lines.numbers, lines.physical)) > 1
        verdict = lines.verdict[:count]
        for number in np.flatnonzero((verdict == ODD) | (spans[:count] & (verdict >= NUL))).tolist():
            fields, fault = self._fields(lines, number)
            if is_lost and number == count - 1:
                fields, fault = None, "a quote is not closed"
            if fields is None and spans[number]:
                line = self.rest[int(lines.starts[number]) : line_at(self.rest, int(lines.starts[number]))[0]]
                fields, fault = self._checked(line)
                stop = number
            if fields is None:
                faults[number] = fault
            else:
                rows[number] = fields
            if stop is not None:
                break
        return _Parsed(rows, faults, stop)

    def _fields(self, lines: Lines, number: int) -> tuple[list[str] | None, str]:
        return self._checked(self.rest[int(lines.starts[number]) : int(lines.ends[number])])

    def _checked(self, record: bytes) -> tuple[list[str] | None, str]:
        fields, fault = fields_of(record, self.dialect)
        if fields is not None and len(fields) != len(self.names):
            return None, _miscounted(len(fields), len(self.names))
        return fields, fault

    def _made(self, lines: Lines, count: int, parsed: _Parsed, *, with_line_of: int | None = None) -> Chunk:
        """The first ``count`` records as a chunk, and the line of one more that was read by itself."""
        upto = count if with_line_of is None else count + 1
        verdict = lines.verdict[:upto].copy()
        verdict[[*parsed.rows, *parsed.faults]] = ODD
        place = self.position.columns(self.rest, lines.starts[:upto], lines.numbers[:upto])
        plain = np.flatnonzero(verdict == PLAIN)
        rows = self._plain(lines, plain).hstack(place[plain])
        if parsed.rows:
            schema = dict.fromkeys(self.names, pl.String)
            odd = pl.DataFrame(list(parsed.rows.values()), schema=schema, orient="row")
            rows = pl.concat([rows, odd.hstack(place[list(parsed.rows)])]).sort("_line")
        rejects = _rejects(lines, verdict, parsed, place, len(self.names))
        return Chunk(self._restored(rows), rejects, self._warned(lines), is_trim=is_trim(self.rest, self.dialect))

    def _plain(self, lines: Lines, plain: NDArray[np.int64]) -> pl.DataFrame:
        """The records that the scan has cleared, parsed by Polars without any guess."""
        schema = {f"c{number}": pl.String for number in range(len(self.names))}
        if not len(plain):
            return pl.DataFrame(schema=dict.fromkeys(self.names, pl.String))
        text = _joined(self.rest, lines, plain)
        try:
            frame = pl.read_csv(
                BOM + text if text.startswith(BOM) else text,  # it takes one mark away, and this one is data
                has_header=False,
                schema=schema,
                separator=self.dialect.delimiter.decode(),
                quote_char=self.dialect.quote.decode() if self.dialect.quote else None,
                empty_string_is_null=False,
                infer_schema=False,
            )
        except (PolarsError, PanicException):
            # Its text shows values, so that it may not even be the cause of ours.
            raise ExtractError("has records that were cleared and cannot be parsed", where=self.name) from None
        if frame.height != len(plain):
            raise ExtractError(f"has {len(plain):,} records and {frame.height:,} were parsed", where=self.name)
        return frame.rename(dict(zip(schema, self.names, strict=True)))

    def _restored(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows whose values hold the delimiter again where it stood inside quotes."""
        if not self.long_delimiter:
            return rows
        text = pl.col(self.names).str.replace_all(_STAND_IN.decode(), self.long_delimiter.decode(), literal=True)
        return rows.with_columns(text)

    def _warned(self, lines: Lines) -> tuple[str, ...]:
        if len(lines) and lines.nexts[-1] == lines.ends[-1] and not lines.is_open:
            return (UNENDED,)
        return ()


def _dialect(format_: Format, name: str) -> tuple[Dialect, bytes]:
    """The dialect in single bytes, and the delimiter that a stand-in replaces in the text."""
    marks = [mark for mark in (format_.quote, format_.escape) if mark]
    if any(not mark.isascii() for mark in marks):
        raise PolicyError("quote and escape must be ASCII characters", where=name)
    if format_.delimiter in marks or "\n" in format_.delimiter or "\r" in format_.delimiter:
        raise PolicyError("the delimiter must be another character than quote, escape and line ends", where=name)
    delimiter = format_.delimiter.encode()
    is_long = len(delimiter) > 1
    quote, escape = (mark.encode() if mark else None for mark in (format_.quote, format_.escape))
    dialect = Dialect(_STAND_IN if is_long else delimiter, quote, escape, format_.trim, format_.multiline)
    return dialect, delimiter if is_long else b""


def _miscounted(found: int, wanted: int) -> str:
    return f"{found} field{'s' if found != 1 else ''}, the header has {wanted}"


def _joined(text: bytes, lines: Lines, plain: NDArray[np.int64]) -> bytes:
    """The text of some records, each ended by one LF."""
    if len(plain) == len(lines):
        whole = text
    else:
        breaks = np.flatnonzero(np.diff(plain) > 1)
        firsts, lasts = plain[np.append(0, breaks + 1)], plain[np.append(breaks, len(plain) - 1)]
        runs = zip(lines.starts[firsts].tolist(), lines.nexts[lasts].tolist(), strict=True)
        whole = b"".join(text[start:end] for start, end in runs)
    return whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in whole else whole


def _rejects(
    lines: Lines, verdict: NDArray[np.uint8], parsed: _Parsed, place: pl.DataFrame, wanted: int
) -> pl.DataFrame:
    reasons = dict(parsed.faults)
    for number in np.flatnonzero(verdict == BROKEN).tolist():
        reasons[number] = _miscounted(int(lines.fields[number]), wanted)
    for kind, reason in NO_TEXT:
        reasons.update(dict.fromkeys(np.flatnonzero(verdict == kind).tolist(), reason))
    if not reasons:
        return REJECTS.to_frame()
    numbers = sorted(reasons)
    why = pl.Series("_why", [reasons[number] for number in numbers], pl.String)
    return pointers(place[numbers].with_columns(why), reason=pl.col("_why"))
