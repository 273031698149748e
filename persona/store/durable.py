"""Files that are there whole or not at all: written aside, made durable, renamed into place."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl

from persona.errors import PersonaError, WriteError

__all__ = ["ASIDE", "promoted", "reconciled", "removed", "sync", "write_file"]

ASIDE = ".aside"
"""The suffix of what is half made; whatever bears it at the next start is swept."""

_OURS = (
    *(duckdb.ProgrammingError, duckdb.DataError, duckdb.IntegrityError, duckdb.NotSupportedError),
    *(sqlite3.ProgrammingError, sqlite3.DataError, sqlite3.IntegrityError, sqlite3.NotSupportedError),
)
"""What the engines raise where they were asked for something wrong: no disk is at fault then."""

_ROOM = "Make room on the disk and start again: nothing of what was there before is lost."
_BACKUP = "Put state/ back from a backup; nothing was changed."
_REPORT = "Nothing half-done is left behind; please report it."


def write_file(path: Path, payload: bytes | memoryview, *, mode: int = 0o644) -> None:
    """Write a file that is there whole, and stays there through a loss of power, or not at all.

    Raises: OSError when the disk does not take it; what was written aside is taken away again.
    """
    _made(path.parent)
    aside = path.with_name(path.name + ASIDE)
    try:
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(payload)
            file.flush()
            os.fsync(file.fileno())
        promoted(aside, path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise


def promoted(aside: Path, path: Path) -> Path:
    """The path under which what was made aside now stands; its folder is made durable too."""
    os.replace(aside, path)  # noqa: PTH105 - one name to count and to stop at in the tests of crashes
    sync(path.parent)
    return path


def sync(path: Path) -> None:
    """Make a file's bytes, or the names in a folder, durable: a rename alone may be lost with the power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _made(folder: Path) -> None:
    """Make a folder and those above it; a name that is not synced in its own folder may be lost with all below it."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(exist_ok=True)
        sync(one.parent)


def removed(path: Path) -> bool:
    """Whether the file was there and is gone now."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True


@contextmanager
def reconciled(what: str) -> Iterator[None]:
    """The faults of disks and engines in our words.

    The engines' own words are left out, because they quote rows: a doubled key names the customer.

    Raises: WriteError saying what could not be read or written and what kind of fault it was; PersonaError where we
    asked for something wrong.
    """
    try:
        yield
    except OSError as error:
        hint = _ROOM if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG} else ""
        fault = error.strerror or "input or output failed"
        raise WriteError(f"could not be written: {fault}", where=what, hint=hint) from error
    except (duckdb.Error, sqlite3.Error, pl.exceptions.PolarsError) as error:
        kind = type(error).__name__
        if type(error) is sqlite3.DatabaseError:  # no disk that is full, but bytes that are no database any more
            raise WriteError("is damaged and cannot be read", where=what, hint=_BACKUP) from None
        if _is_ours(error):
            raise PersonaError(f"a fault of ours ({kind})", where=what, hint=_REPORT) from None
        full = "disk is full" in str(error) or "No space left" in str(error)
        raise WriteError(f"could not be written ({kind})", where=what, hint=_ROOM if full else "") from None


def _is_ours(error: Exception) -> bool:
    # Of what Polars raises, a ComputeError alone can come from a damaged file.
    is_of_polars = isinstance(error, pl.exceptions.PolarsError)
    return isinstance(error, _OURS) or (is_of_polars and not isinstance(error, pl.exceptions.ComputeError))
