"""One process at a time: the lock of a workspace, which the system frees when its holder dies."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from persona.errors import LockError

__all__ = ["Lock", "holder", "tell"]

_ROOM = 2_000
"""Bytes that are written at once, so that who reads never finds half of what is said."""


class Lock:
    """``state/LOCK``, held until it is released or the process ends."""

    def __init__(self, path: Path, *, wait: bool = False) -> None:
        """Take the lock; with ``wait`` sleep until it is free.

        Raises: LockError naming the process that holds it.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not truncated on opening: the holder's number stands in it.
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._handle)
            raise LockError(
                f"another run holds the workspace (process {holder(path)[0] or 'unknown'})",
                where=path.name,
                hint="Nothing was changed. Wait until it ends, or look whether it hangs.",
            ) from None
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let the next one in; a lock that is released already stays so."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def tell(path: Path, said: Mapping[str, object]) -> None:
    """Write into the lock what its holder is at, for others to read; only the holder may.

    A disk that does not take it is no reason to stop the work.
    """
    text = f"{os.getpid()}\n{json.dumps(said)}".encode()
    with suppress(OSError):
        handle = os.open(path, os.O_WRONLY)
        try:
            os.pwrite(handle, text.ljust(_ROOM), 0)
        finally:
            os.close(handle)


def holder(path: Path) -> tuple[str, dict[str, Any]]:
    """The number of the process that took a lock last, and what it said it is at; nothing where it said nothing."""
    number, _, said = path.read_text("ascii", "replace").partition("\n")
    try:
        return number.strip(), json.loads(said)
    except ValueError:
        return number.strip(), {}
