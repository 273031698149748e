"""How the master key wraps the keys of persons, and how it is changed for another one without a token changing.

``meta`` holds the root key, from which tokens follow, wrapped by the master key. A change to another master key puts
the root wrapped by the new key beside it, and each of the two wrapping keys wrapped by the other: from then on either
master key opens the vault, whatever a kill leaves. Then the persons' keys are wrapped anew, some at a time; last the
root of the old key is taken away, and only the new key opens the vault.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from persona.errors import WriteError
from persona.store.keys import derived
from persona.store.sealing import decrypted, encrypted

__all__ = ["Wrapping", "is_half_rotated", "laid_out", "rewrapped", "unwrapped", "was_before"]

_ROOT, _NEXT_ROOT = "root", "next root"
_NEXT, _BEFORE = "next", "before"
"""The wrapping key to come, wrapped by the one in use; and the one in use, wrapped by the one to come."""
_RETIRED = "retired"
"""What tells that a key is the one before the last change; it opens nothing."""

_BATCH = 10_000

Transaction = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Wrapping:
    """The open root key, and the keys that data keys are wrapped by."""

    root: bytes
    current: bytes
    """Wraps what is written now: in a half-done change the key to come."""
    other: bytes | None = None
    """In a half-done change the key that some data keys are still wrapped by."""

    def wrap(self, key: bytes, person: bytes) -> bytes:
        """A person's data key as the vault keeps it."""
        return encrypted(self.current, key, person)

    def unwrap(self, wrapped: bytes, person: bytes) -> bytes:
        """A person's data key.

        Raises: WriteError when it was changed from outside.
        """
        for key in filter(None, (self.current, self.other)):
            clear = decrypted(key, wrapped, person)
            if clear is not None:
                return clear
        raise WriteError("a key was changed from outside and cannot be read", where="vault.sqlite")


def laid_out(db: sqlite3.Connection, master: bytes) -> None:
    """Write the root key of a new vault: derived once and then kept wrapped; inside a transaction."""
    key = derived(master, "wrapping")
    _put(db, _ROOT, encrypted(key, derived(key, "root"), b"root"))


def unwrapped(db: sqlite3.Connection, master: bytes) -> Wrapping | None:
    """The keys behind a master key; None where it opens nothing of this vault."""
    key = derived(master, "wrapping")
    root = _get(db, _ROOT, key, b"root")
    if root is not None:
        coming = _get(db, _NEXT, key, b"next")
        return Wrapping(root, key) if coming is None else Wrapping(root, coming, key)
    root = _get(db, _NEXT_ROOT, key, b"root")
    return None if root is None else Wrapping(root, key, _get(db, _BEFORE, key, b"before"))


def is_half_rotated(db: sqlite3.Connection) -> bool:
    """Whether a change of the master key was begun and not ended."""
    return bool(db.execute("SELECT 1 FROM meta WHERE name = ?", [_NEXT_ROOT]).fetchall())


def was_before(db: sqlite3.Connection, master: bytes) -> bool:
    """Whether a key is the master key before the last change."""
    return _get(db, _RETIRED, _retired(derived(master, "wrapping")), b"retired") is not None


def rewrapped(db: sqlite3.Connection, keys: Wrapping, new: bytes, transaction: Transaction) -> int:
    """How many persons' keys are wrapped by another key now; whatever a kill leaves, either key opens the vault.

    Reads: the open ``keys`` of the vault; ``new``, the wrapping key to change to. A change that was begun goes on, or
    is taken back where ``new`` is the key before it.
    Raises: WriteError when a change to another key was begun, or a key was changed from outside.
    """
    if keys.other is not None and new not in (keys.current, keys.other):
        raise WriteError(
            "a change to another key was begun",
            where="vault.sqlite",
            hint="Give the new key with which it was begun, or the one before it, which takes the change back.",
        )
    change = keys if keys.other is not None and new == keys.current else Wrapping(keys.root, new, keys.current)
    before = change.other or new
    if keys.other is None:
        with transaction():
            _put(db, _NEXT_ROOT, encrypted(new, keys.root, b"root"))
            _put(db, _NEXT, encrypted(before, new, b"next"))
            _put(db, _BEFORE, encrypted(new, before, b"before"))
    count = sum(_wrapped_anew(db, change, transaction))
    with transaction():
        _put(db, _ROOT, encrypted(new, keys.root, b"root"))
        _put(db, _RETIRED, encrypted(_retired(before), b"retired", b"retired"))
        db.executemany("DELETE FROM meta WHERE name = ?", [[_NEXT_ROOT], [_NEXT], [_BEFORE]])
    return count


def _retired(wrapping: bytes) -> bytes:
    return derived(wrapping, "retired")


def _wrapped_anew(db: sqlite3.Connection, change: Wrapping, transaction: Transaction) -> Iterable[int]:
    """How many persons of each batch have their keys wrapped by the key to come."""
    last = b""
    while rows := db.execute(
        "SELECT person, wrapped FROM persons WHERE person > ? ORDER BY person LIMIT ?", [last, _BATCH]
    ).fetchall():
        anew = [(change.wrap(change.unwrap(wrapped, person), person), person) for person, wrapped in rows]
        with transaction():
            db.executemany("UPDATE persons SET wrapped = ? WHERE person = ?", anew)
        last = rows[-1][0]
        yield len(rows)


def _put(db: sqlite3.Connection, name: str, value: bytes) -> None:
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [name, value])


def _get(db: sqlite3.Connection, name: str, key: bytes, bound_to: bytes) -> bytes | None:
    rows = db.execute("SELECT value FROM meta WHERE name = ?", [name]).fetchall()
    return decrypted(key, rows[0][0], bound_to) if rows else None
