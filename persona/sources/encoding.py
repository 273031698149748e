"""Text of any encoding as UTF-8; bytes that the encoding does not know are marked, for their line to be refused."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from functools import cache

from persona.errors import ExtractError, PolicyError

__all__ = ["BOM", "as_utf8", "is_single_byte", "is_utf8"]

BOM = b"\xef\xbb\xbf"

_MARK = "\udcff"
"""A lone surrogate: as UTF-8 it is not valid, so the check of each line finds it."""


def _marked(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _MARK, error.end


codecs.register_error("persona.marked", _marked)


def as_utf8(pieces: Iterator[bytes], encoding: str, *, name: str) -> Iterator[bytes]:
    """The pieces as UTF-8; what the encoding does not know becomes bytes that are not UTF-8.

    Raises: PolicyError for an encoding that nobody knows; ExtractError when the file is UTF-16 or UTF-8 and is said to
    be something else.
    """
    codec = _codec(encoding)
    decoder = None if is_utf8(encoding) else codecs.getincrementaldecoder(codec.name)("persona.marked")
    is_first = True
    is_letter_by_letter = decoder is not None and is_single_byte(codec.name)
    for piece in _not_utf8(pieces, name) if is_letter_by_letter else pieces:
        if is_first:
            _refuse_utf16(piece, codec.name, name)
        is_first = False
        yield piece if decoder is None else _decoded(decoder, piece, name)
    if decoder is not None:
        yield _decoded(decoder, b"", name, final=True)


def _not_utf8(pieces: Iterator[bytes], name: str) -> Iterator[bytes]:
    """The pieces, refused at their end where all of their letters beyond ASCII are those of UTF-8.

    No text that is really in one byte a letter looks so by chance: two or more such bytes would have to stand
    together each time, in pairs that are no words.
    """
    strict, is_ascii, is_valid = codecs.getincrementaldecoder("utf-8")(), True, True
    for piece in pieces:
        is_ascii = is_ascii and piece.isascii()
        if is_valid and not is_ascii:
            is_valid = _is_valid(strict, piece)
        yield piece
    if is_valid and not is_ascii and _is_valid(strict, b"", final=True):
        raise ExtractError("is UTF-8", where=name, hint="Say so: format: {encoding: utf-8}; or ask for the file again.")


def _is_valid(decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(piece, final)
    except UnicodeDecodeError:
        return False
    return True


def is_utf8(encoding: str) -> bool:
    """Whether the text needs no transcoding."""
    return _codec(encoding).name in ("utf-8", "utf-8-sig")


@cache
def is_single_byte(encoding: str) -> bool:
    """Whether each byte is one character, so that characters tell where bytes stand."""
    every = [bytes([number]).decode(encoding, "replace") for number in range(256)]
    together = bytes(range(256)).decode(encoding, "replace")
    return len(together) == len(every) and all(len(one) == 1 for one in every)


def _codec(encoding: str) -> codecs.CodecInfo:
    try:
        codec = codecs.lookup(encoding)
    except LookupError as error:
        raise PolicyError(
            f"unknown encoding {encoding!r}", hint="Such as utf-8, cp1252, cp1250, iso8859-15, utf-16, cp037."
        ) from error
    if not getattr(codec, "_is_text_encoding", True):
        raise PolicyError(f"{encoding!r} is no encoding of text")
    return codec


def _decoded(decoder: codecs.IncrementalDecoder, piece: bytes, name: str, *, final: bool = False) -> bytes:
    try:
        return decoder.decode(piece, final).encode("utf-8", "surrogatepass")
    except UnicodeError as error:  # of the file as a whole, such as UTF-16 without its mark
        raise ExtractError("is not text in the declared encoding", where=name, hint="Check format.encoding.") from error


def _refuse_utf16(piece: bytes, codec: str, name: str) -> None:
    if piece.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not codec.startswith(("utf-16", "utf-32")):
        raise ExtractError("is UTF-16", where=name, hint="Say so: format: {encoding: utf-16}.")
