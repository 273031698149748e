"""A file's text in blocks of whole lines, without what stands before its header and after its last record.

A line ends with LF, CR LF or CR, and files may mix them. Empty lines after the last record are no records.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from persona.errors import ExtractError

__all__ = ["MAX_LINE", "Block", "blocks", "line_at"]

MAX_LINE = 32 << 20
"""A line longer than so many bytes is no line: the file is binary, or its line ends are lost."""


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of a file in UTF-8; only the file's last line may lack its end."""

    text: bytes
    is_last: bool = False
    footer: bytes = b""
    """The trailer's lines; in the last block only."""


def blocks(
    pieces: Iterator[bytes], *, name: str, head_lines: int = 0, footer_lines: int = 0, trailer: str | None = None
) -> Iterator[Block]:
    """The text in blocks of whole lines: the first holds at least ``head_lines`` of them, the last may be empty.

    Empty lines at the end and the trailer are held back until it is known whether more follows.

    Raises: ExtractError when a line is longer than MAX_LINE, or the file does not end in its trailer.
    """
    rest, has_head = b"", head_lines == 0
    for piece in pieces:
        text = rest + piece
        cut = _record_end(text, _last_line_end(text), footer_lines)
        rest = text[cut:]
        if len(rest) > MAX_LINE:
            raise ExtractError(
                f"has a line longer than {MAX_LINE:,} bytes", where=name, hint="Are line ends lost, or is it binary?"
            )
        has_head = has_head or len(text[:cut].splitlines()) >= head_lines
        if not has_head:
            rest = text
        elif cut:
            yield Block(text[:cut])
    cut = _record_end(rest, len(rest), footer_lines)
    if footer_lines and rest[cut:].strip(b"\r\n") == b"":
        raise ExtractError(f"has no trailer of {footer_lines} lines", where=name)
    if trailer and not rest[cut:].startswith(trailer.encode()):
        hint = "Was it cut short? Else correct format: {trailer, footer_lines} of the source."
        raise ExtractError(f"its last {footer_lines} lines do not begin with {trailer!r}", where=name, hint=hint)
    yield Block(rest[:cut], is_last=True, footer=rest[cut:])


def line_at(text: bytes, start: int) -> tuple[int, int]:
    r"""Where the line that begins at ``start`` ends, without and with its line end.

    >>> line_at(b"a;b\r\nc", 0), line_at(b"a;b\r\nc", 5)
    ((3, 5), (6, 6))
    """
    ends = [end for end in (text.find(b"\n", start), text.find(b"\r", start)) if end >= 0]
    if not ends:
        return len(text), len(text)
    end = min(ends)
    return end, end + (2 if text[end : end + 2] == b"\r\n" else 1)


def _last_line_end(text: bytes) -> int:
    """After the last whole line: a CR as the last byte may be half of a line end."""
    return max(text.rfind(b"\n"), text.rfind(b"\r", 0, max(len(text) - 1, 0))) + 1


def _record_end(text: bytes, end: int, footer_lines: int) -> int:
    """After the last line that is neither empty nor part of a trailer."""
    for _ in range(footer_lines + 1):
        last = end
        while last and text[last - 1] in b"\r\n":
            last -= 1
        if last == 0:
            return 0
        kept = line_at(text, last)[1]
        end = max(text.rfind(b"\n", 0, last), text.rfind(b"\r", 0, last)) + 1
    return min(kept, len(text))
