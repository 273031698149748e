"""The shape of each record, found by scanning bytes: where it stands, how many fields it has, and how it is to be read.

A record is a line; in a multiline dialect, as many lines as its quotes span. Nothing is parsed here: a record whose
quotes stand only where RFC 4180 puts them is *plain* and safe for a parser that is fast and trusting; any other is
*odd* and read by itself; one that cannot be a record is *broken*. So what one record breaks, no other pays for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BLANK", "BROKEN", "NOT_TEXT", "NUL", "ODD", "PLAIN", "Dialect", "Lines", "is_trim", "scanned"]

PLAIN, ODD, BROKEN, NUL, NOT_TEXT, BLANK = range(6)
"""What a record is; the last three say what breaks it before its fields are counted."""

_LF, _CR, _SPACE = 10, 13, 32
_OTHER_BLANKS = (b"\t", b"\v", b"\f", b"\x1c", b"\x1d", b"\x1e", b"\x1f")
Offsets = NDArray[np.int64]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How fields are told apart, as single bytes."""

    delimiter: bytes
    quote: bytes | None = b'"'
    escape: bytes | None = None
    trim: bool = True
    multiline: bool = False


@dataclass(frozen=True, slots=True)
class Lines:
    """Records in their order; all arrays have one entry a record."""

    starts: Offsets
    ends: Offsets
    """After the last byte, without the line end."""
    nexts: Offsets
    """Where the record after it starts."""
    numbers: Offsets
    """The physical line on which it begins, counted from the block's first as 0."""
    fields: Offsets
    verdict: NDArray[np.uint8]
    physical: int
    """How many physical lines there are."""
    is_open: bool
    """Whether the last record ends inside quotes."""

    def __len__(self) -> int:
        return len(self.starts)


def scanned(text: bytes, dialect: Dialect, *, fields: int) -> Lines:
    """The records of whole lines of text, each with its verdict against the number of fields it should have."""
    scan = _scan(_unescaped(text, dialect), dialect)
    has_quotes = dialect.quote is not None and dialect.quote in text
    return _judged(_quoted(scan, dialect) if has_quotes else _unquoted(scan), text, dialect, fields)


def _unescaped(text: bytes, dialect: Dialect) -> bytes:
    """Text of the same length in which nothing that is escaped means anything."""
    if dialect.escape is None or dialect.escape not in text:
        return text
    return re.sub(re.escape(dialect.escape) + (b"(?s:.)" if dialect.multiline else rb"[^\r\n]"), b"xx", text)


def is_trim(text: bytes, dialect: Dialect) -> bool:
    """Whether no field begins or ends with a blank; False where that would be slow to tell.

    A blank at an edge of a field has a delimiter, a quote, a line end or another blank beside it.
    """
    if not text or not text.isascii() or any(blank in text for blank in _OTHER_BLANKS):
        return not text
    buffer = np.frombuffer(text, np.uint8)
    blanks = np.flatnonzero(buffer == _SPACE)
    is_edge = np.zeros(256, bool)
    is_edge[[_byte(dialect.delimiter), _byte(dialect.quote), _byte(dialect.escape), _LF, _CR, _SPACE]] = True
    beside = is_edge[buffer[blanks - 1]] | is_edge[buffer[np.minimum(blanks + 1, len(buffer) - 1)]]
    return not (beside.any() or text.startswith(b" ") or text.endswith(b" "))


@dataclass(frozen=True, slots=True)
class _Scan:
    """The bytes that matter, and the physical lines they make."""

    buffer: Bytes
    at: Offsets
    """Where delimiters, quotes and line ends stand; the CR of a CR LF is none of them."""
    kind: Bytes
    begins: Offsets
    """Which of them is the first of each line; one more entry at the end."""
    starts: Offsets
    ends: Offsets
    nexts: Offsets


def _scan(text: bytes, dialect: Dialect) -> _Scan:
    buffer = np.frombuffer(text, np.uint8)
    at = np.flatnonzero(_matters(buffer, text, dialect))
    kind = buffer[at]
    stops = np.flatnonzero((kind == _LF) | (kind == _CR))
    breaks = at[stops]
    begins = np.concatenate(([0], stops + 1))
    if len(text) and (not len(breaks) or breaks[-1] != len(text) - 1):
        breaks = np.append(breaks, len(text))
        begins = np.append(begins, len(at))
    starts = np.concatenate(([0], breaks[:-1] + 1))[: len(breaks)]
    has_cr = (breaks > starts) & (buffer[breaks - 1] == _CR) if len(text) else np.zeros(0, bool)
    return _Scan(buffer, at, kind, begins, starts, breaks - has_cr, np.minimum(breaks + 1, len(text)))


def _matters(buffer: Bytes, text: bytes, dialect: Dialect) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = (buffer == _byte(dialect.delimiter)) | (buffer == _LF)
    if dialect.quote and dialect.quote in text:
        mask |= buffer == _byte(dialect.quote)
    if b"\r" in text:
        is_cr = buffer == _CR
        is_cr[:-1] &= buffer[1:] != _LF
        mask |= is_cr
    return mask


def _unquoted(scan: _Scan) -> Lines:
    """Every line is a record and every delimiter tells fields apart."""
    count = len(scan.starts)
    fields = np.diff(scan.begins)
    if count and scan.nexts[-1] == scan.ends[-1]:
        fields[-1] += 1  # the last line has no end that would have been counted instead of its first field
    verdict = np.full(count, PLAIN, np.uint8)
    return Lines(scan.starts, scan.ends, scan.nexts, np.arange(count), fields, verdict, count, is_open=False)


def _quoted(scan: _Scan, dialect: Dialect) -> Lines:
    """Delimiters inside quotes tell nothing apart; line ends inside quotes do so unless the dialect is multiline."""
    is_quote = scan.kind == _byte(dialect.quote)
    quotes = np.concatenate(([0], np.cumsum(is_quote, dtype=np.int32)))
    before = quotes[scan.begins]
    is_even = (before & 1) == 0
    count = len(scan.starts)
    first = np.flatnonzero(is_even[:-1]) if dialect.multiline else np.arange(count)
    base = 0 if dialect.multiline else np.repeat(before[:-1], np.diff(scan.begins))
    inside = ((quotes[:-1] - base) & 1).astype(bool)
    splits = np.concatenate(([0], np.cumsum((scan.kind == _byte(dialect.delimiter)) & ~inside, dtype=np.int32)))
    fields = np.diff(splits[np.append(scan.begins[first], len(scan.at))]) + 1
    last = np.append(first[1:], count) - 1
    verdict = np.full(len(first), PLAIN, np.uint8)
    misplaced = _misplaced(scan, is_quote, inside)
    verdict[np.searchsorted(scan.starts[first], misplaced, "right") - 1] = ODD
    verdict[(np.diff(before)[first] & 1).astype(bool) | (last > first)] = ODD
    is_open = dialect.multiline and not is_even[-1]
    return Lines(scan.starts[first], scan.ends[last], scan.nexts[last], first, fields, verdict, count, bool(is_open))


def _misplaced(scan: _Scan, is_quote: NDArray[np.bool_], inside: NDArray[np.bool_]) -> Offsets:
    """Quotes that neither open a field at its beginning nor close it at its end, nor stand doubled inside.

    What may stand beside a quote is itself in ``scan.at``, so that a gap tells; only the CR of a CR LF is not.
    """
    gap = np.diff(scan.at, prepend=-1, append=len(scan.buffer))
    opens = scan.at[is_quote & ~inside & (gap[:-1] != 1)]
    closes = scan.at[is_quote & inside & (gap[1:] != 1)]
    ends_line = scan.buffer[np.minimum(closes + 1, len(scan.buffer) - 1)] == _CR
    return np.concatenate((opens, closes[~ends_line]))


def _judged(lines: Lines, text: bytes, dialect: Dialect, fields: int) -> Lines:
    """The records with those broken that hold what no text holds, or are not of ``fields`` fields."""
    verdict = lines.verdict
    verdict[(verdict == PLAIN) & (lines.fields != fields)] = BROKEN
    if dialect.escape and dialect.escape in text:
        verdict[_holding(lines, text, dialect.escape)] = ODD
    if b"\0" in text:
        verdict[_holding(lines, text, b"\0")] = NUL
    if not text.isascii():
        verdict[_undecodable(lines, text)] = NOT_TEXT
    verdict[lines.ends == lines.starts] = BLANK
    return lines


def _holding(lines: Lines, text: bytes, byte: bytes) -> Offsets:
    found = np.flatnonzero(np.frombuffer(text, np.uint8) == byte[0])
    return np.searchsorted(lines.starts, found, "right") - 1


def _undecodable(lines: Lines, text: bytes) -> list[int]:
    """Records with bytes that are not UTF-8; the search goes on behind each, so that its cost is one pass."""
    found, start = [], 0
    while start < len(text):
        try:
            str(memoryview(text)[start:], "utf-8")
        except UnicodeDecodeError as error:
            record = int(np.searchsorted(lines.starts, start + error.start, "right")) - 1
            found.append(record)
            start = int(lines.nexts[record])
        else:
            break
    return found


def _byte(character: bytes | None) -> int:
    return character[0] if character else 0
