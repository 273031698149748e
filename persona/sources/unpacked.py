"""The bytes of a file, unpacked in pieces: what is cut short, damaged, of another kind or a bomb is refused."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import zstandard

from persona.errors import ExtractError

__all__ = ["PIECE", "Compression", "pieces"]

Compression = Literal["by_name", "none", "gz", "zst"]

PIECE = 8 << 20
"""How many unpacked bytes are read at once: the scan is fastest while they stay near the processor's caches."""

MAX_RATIO = 250
FREE_BYTES = 256 << 20
"""A file may unpack to so many bytes in any case, and beyond that to MAX_RATIO times its size: real extracts pack 5 to
40 times, bombs 1,000 times and more."""

_SIGNATURES = (
    (b"\x1f\x8b", "is packed with gzip", "gz"),
    (b"\x28\xb5\x2f\xfd", "is packed with zstd", "zst"),
    (b"PK\x03\x04", "is a zip archive or a workbook", ""),
    (b"\xd0\xcf\x11\xe0", "is a workbook", ""),
    (b"%PDF", "is a PDF document", ""),
    (b"PAR1", "is a Parquet file", ""),
    (b"BZh", "is packed with bzip2", ""),
    (b"\xfd7zXZ", "is packed with xz", ""),
)


def pieces(path: Path, name: str, compression: Compression) -> Iterator[bytes]:
    """The file's bytes, unpacked, in pieces of at most a few megabytes.

    Raises: ExtractError when the file is empty, of another kind, damaged, cut short or unpacks beyond reason.
    """
    packing = _packing(name, compression)
    size = path.stat().st_size
    if size == 0:
        raise ExtractError("is empty", where=name, hint="Ask for the file again; an extract without rows has a header.")
    unpacked = {"gz": _from_gzip, "zst": _from_zstd, "none": _plain}[packing](path, name)
    total = 0
    for piece in unpacked:
        if total == 0:
            _refuse_other_kinds(piece, name)
        total += len(piece)
        if packing != "none" and total > max(FREE_BYTES, size * MAX_RATIO):
            raise ExtractError(f"unpacks to more than {MAX_RATIO} times its size", where=name)
        yield piece
    if total == 0:
        raise ExtractError("is empty", where=name, hint="It unpacks to nothing.")


def _packing(name: str, compression: Compression) -> Literal["none", "gz", "zst"]:
    if compression != "by_name":
        return compression
    if name.endswith((".gz", ".gzip")):
        return "gz"
    return "zst" if name.endswith((".zst", ".zstd")) else "none"


def _refuse_other_kinds(piece: bytes, name: str) -> None:
    for signature, what, compression in _SIGNATURES:
        if piece.startswith(signature):
            hint = f"Say so: format: {{compression: {compression}}}." if compression else ""
            raise ExtractError(what, where=name, hint=hint)


def _plain(path: Path, name: str) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece
    except OSError as error:
        raise ExtractError(f"cannot be read: {error.strerror}", where=name) from error


def _from_gzip(path: Path, name: str) -> Iterator[bytes]:
    try:
        with gzip.open(path) as file:
            while piece := file.read(PIECE):
                yield piece
    except EOFError as error:
        raise ExtractError("is cut short: its gzip stream has no end", where=name) from error
    except (OSError, zlib.error) as error:
        raise ExtractError("is damaged: it does not unpack as gzip", where=name) from error


def _from_zstd(path: Path, name: str) -> Iterator[bytes]:
    frame, has_begun = zstandard.ZstdDecompressor().decompressobj(), False
    try:
        with path.open("rb") as file:
            while packed := file.read(PIECE >> 5):
                while packed:
                    has_begun = True
                    yield from _cut(frame.decompress(packed))
                    packed = frame.unused_data if frame.eof else b""
                    if frame.eof:
                        frame, has_begun = zstandard.ZstdDecompressor().decompressobj(), False
    except (zstandard.ZstdError, OSError) as error:
        raise ExtractError("is damaged: it does not unpack as zstd", where=name) from error
    if has_begun:
        raise ExtractError("is cut short: its zstd stream has no end", where=name)


def _cut(piece: bytes) -> Iterator[bytes]:
    return (piece[start : start + PIECE] for start in range(0, len(piece), PIECE))
