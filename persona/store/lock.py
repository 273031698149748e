"""One process at a time: the lock of a workspace, which the system frees when its holder dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from persona.errors import LockError

__all__ = ["Lock"]


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
            holder = os.pread(self._handle, 32, 0).decode("ascii", "replace").strip()
            os.close(self._handle)
            raise LockError(
                f"another run holds the workspace (process {holder or 'unknown'})",
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
