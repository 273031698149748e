"""The few acts on the disk by which a set of files appears whole or not at all; its faults become a WriteError.

Source: a file's bytes are safe once it is fsynced, its name once its folder is; a rename within a folder is atomic.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from persona.errors import WriteError

__all__ = [
    "Sink",
    "Written",
    "copied",
    "digest",
    "emptied",
    "filled",
    "guarded",
    "moved",
    "pointed",
    "synced",
    "there",
    "written",
]

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Written:
    """What a file holds."""

    sha256: str
    bytes: int


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Turn a fault of the disk into a WriteError that names the file.

    Raises: WriteError.
    """
    try:
        yield
    except OSError as error:
        hint = "Make room on the disk, or mend it, and run again: nothing half-made is visible."
        raise WriteError(f"cannot be written: {error.strerror or error}", where=str(path), hint=hint) from error


class Sink:
    """A file that is hashed and counted while it is written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._hashed, self._count = file, sha256(), 0
        self.fault: OSError | None = None
        """What the disk refused; others in between may have made something else of it."""

    def write(self, piece: bytes) -> int:
        """Write a piece; how many bytes it has."""
        try:
            self._file.write(piece)
        except OSError as error:
            self.fault = error
            raise
        self._hashed.update(piece)
        self._count += len(piece)
        return len(piece)

    def flush(self) -> None:
        """Nothing: the file is flushed when it is whole."""

    def written(self) -> Written:
        """What the file holds."""
        return Written(self._hashed.hexdigest(), self._count)


def filled(path: Path, fill: Callable[[Sink], None]) -> Written:
    """Let ``fill`` write a new file, and wait until the disk has it."""
    with guarded(path), path.open("xb") as file:
        sink = Sink(file)
        fill(sink)
        file.flush()
        os.fsync(file.fileno())
    return sink.written()


def written(path: Path, pieces: Iterable[bytes]) -> Written:
    """Write a new file, and wait until the disk has it."""

    def fill(sink: Sink) -> None:
        for piece in pieces:
            sink.write(piece)

    return filled(path, fill)


def digest(path: Path) -> Written:
    """What a file holds now."""
    hashed, count = sha256(), 0
    with guarded(path), path.open("rb") as file:
        while piece := file.read(_PIECE):
            hashed.update(piece)
            count += len(piece)
    return Written(hashed.hexdigest(), count)


def copied(source: Path, target: Path) -> Written:
    """Copy a file to a new one, and wait until the disk has it."""

    def pieces() -> Iterator[bytes]:
        with source.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece

    return written(target, pieces())


def emptied(folder: Path) -> Path:
    """A new and empty folder, in the place of what stood there."""
    there(folder.parent)
    with guarded(folder):
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir()
    return folder


def there(folder: Path) -> None:
    """Make a folder and those above it where they are not there, and wait until the disk has their names."""
    with guarded(folder):
        is_there = folder.is_dir()
    if not is_there:
        there(folder.parent)
        with guarded(folder):
            folder.mkdir(exist_ok=True)
        synced(folder.parent)


def synced(folder: Path) -> None:
    """Wait until the disk has the names in a folder."""
    with guarded(folder):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def moved(source: Path, target: Path) -> None:
    """Give a file or folder its name at once, and wait until the disk has it."""
    with guarded(target):
        source.rename(target)
    synced(target.parent)


def pointed(link: Path, target: str) -> None:
    """Let a symbolic link point to a name beside it, at once."""
    aside = link.with_name(f".{link.name}-{target}")
    with guarded(link):
        aside.unlink(missing_ok=True)
        aside.symlink_to(target)
        aside.replace(link)
    synced(link.parent)
