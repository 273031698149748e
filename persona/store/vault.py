"""``state/vault.sqlite``: what names, reaches or locates a person, encrypted under a key of his own.

A person's data key is random and wrapped by the master key; deleting it makes every copy of his blobs unreadable.
Tokens stand for the values everywhere else: keyed, so that they cannot be guessed back, and equal for equal values.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from pathlib import Path

import numpy as np
import polars as pl

from persona.errors import PolicyError, WriteError
from persona.policy.workspace import VaultKey
from persona.store.catalog import Catalog
from persona.store.durable import promoted, reconciled
from persona.store.keys import KEY_BYTES, NEW, derived, fresh_key, master_key, new_key, place_of
from persona.store.sealing import decrypted, encrypted
from persona.store.wrapping import Wrapping, laid_out, rewrapped, unwrapped, was_before

__all__ = ["FILE", "REVEALED", "Rotated", "Vault", "recognized", "there"]

FILE = "vault.sqlite"

REVEALED = ("first_name", "last_name", "email", "phone", "address", "postcode", "city", "push_token")
"""What the vault gives back of every customer; further direct columns of the sources come after, by name."""

_LOST = (
    "Give the new key with which it was begun; where that is lost, give the one in use in its place, and the change is"
    " taken back. Until then the key in use opens the vault; nothing was changed."
)

_BATCH = 30_000
"""Persons in one statement: sqlite takes 32,766 values."""

_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True)

_TABLES = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE persons (person BLOB PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID",
    """CREATE TABLE records (person BLOB, system TEXT, known_on TEXT NOT NULL, digest BLOB NOT NULL,
        sealed BLOB NOT NULL, PRIMARY KEY (person, system)) WITHOUT ROWID""",
)

_KEEP_NEWEST = (
    "INSERT INTO records VALUES (?, ?, ?, ?, ?) ON CONFLICT (person, system) DO UPDATE SET"
    " known_on = excluded.known_on, digest = excluded.digest, sealed = excluded.sealed"
    " WHERE excluded.known_on >= records.known_on"
)


@dataclass(frozen=True, slots=True)
class Rotated:
    """What came of a change of the master key."""

    persons: int
    """Whose keys are wrapped by the new key now."""
    place: str
    """Where the new key has to be from now on."""


class Vault:
    """The open vault; load, render, deliver, a message shown again and a customer's export have a reason to open it."""

    def __init__(self, root: Path, rule: VaultKey, *, is_dry: bool = False) -> None:
        """Open the vault of a workspace, made together with its key where there is none; ``is_dry`` makes no key.

        Raises: PolicyError when the key is missing or is another vault's; WriteError when the file is damaged.
        """
        path = root / "state" / FILE
        self._root, self._rule, self._is_dry = root, rule, is_dry
        with reconciled(FILE), ExitStack() as undone:
            self._db = sqlite3.connect(path, isolation_level=None)
            undone.callback(self._db.close)
            os.chmod(path, 0o600)  # noqa: PTH101 - sqlite makes the file with the mode of the umask
            # Durable with every commit, the folder's entry too; what is deleted is overwritten.
            for pragma in ("journal_mode = DELETE", "synchronous = EXTRA", "secure_delete = ON", "cache_size = -65536"):
                self._db.execute(f"PRAGMA {pragma}").fetchall()
            is_new = not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchall()
            master = master_key(rule, root, is_new=is_new, is_dry=is_dry)
            if is_new:
                self._lay_out(master)
            self._keys = self._unwrapped(master)
            self._is_master_next = self._keys.current == derived(master, "wrapping")
            undone.pop_all()
        root_key = self._keys.root
        self._token_key, self._person_key = derived(root_key, "tokens"), derived(root_key, "persons")
        self._signing_key, self._ledger_key = derived(root_key, "signing"), derived(root_key, "ledger")

    @property
    def id(self) -> str:
        """What tells this vault from any other, 32 hex digits; it stays when the master key is changed."""
        return derived(self._keys.root, "id").hex()[:32]

    @property
    def is_half_rotated(self) -> bool:
        """Whether a change of the master key was begun and not ended: both keys open the vault until then."""
        return self._keys.other is not None

    @property
    def place(self) -> str:
        """Where the master key is read."""
        return place_of(self._rule)

    def persons(self) -> int:
        """How many persons have a key."""
        count: int = self._db.execute("SELECT count(*) FROM persons").fetchone()[0]
        return count

    def rotate(self) -> Rotated:
        """Change the master key: the persons' keys are wrapped anew, tokens and records stay as they are.

        The new key is the one in ``<env>_NEW`` or in ``<file>.new``; where the key in use lies in its file and none is
        given, a random one. A change that a kill has broken off goes on where its new key is at hand, and is taken back
        where the new key given is the one before: no change ends in a key that nobody has.
        Raises: PolicyError where a new key has to be given; WriteError.
        """
        aside = self._root / f"{self._rule.file}.new"
        is_of_file = self.place == self._rule.file
        new = new_key(self._rule, self._root)
        if new is None and not self.is_half_rotated:
            if not is_of_file:
                hint = f"Put 32 random bytes, in hexadecimal, into the environment variable {self._rule.env}{NEW}."
                raise PolicyError("no new key is given", where=self.place, hint=hint)
            new = fresh_key(aside)
        if new is None and not self._is_master_next:
            raise PolicyError(
                "a change of the key was begun, and its new key is not there", where=self.place, hint=_LOST
            )
        wrapping = derived(new, "wrapping") if new else self._keys.current
        if wrapping == self._keys.current and not self.is_half_rotated:
            raise PolicyError("the new key is the one in use", where=self.place, hint="Give another one.")
        with reconciled(FILE):
            persons = rewrapped(self._db, self._keys, wrapping, self._transaction)
            self._keys = Wrapping(self._keys.root, wrapping)
            if is_of_file and aside.exists():
                promoted(aside, self._root / self._rule.file)
        return Rotated(persons, self.place)

    def tokens(self, column: str, values: pl.Series) -> pl.Series:
        """The values as tokens ``tok_`` and 26 letters, the same for the same value of a column.

        Null: stays null.
        """
        known = values.cast(pl.String).drop_nulls().unique(maintain_order=True)
        keyed = blake2b(f"{column}\0".encode(), key=self._token_key, digest_size=16)
        stand_ins = _tokens(_digests(keyed, known.to_list()))
        return values.cast(pl.String).replace_strict(known, stand_ins, default=None, return_dtype=pl.String)

    def signing_key(self, purpose: str) -> bytes:
        """A key of its own for signing, such as the links by which a customer unsubscribes."""
        return derived(self._signing_key, purpose)

    def keyed(self, what: str, text: str) -> str:
        """A keyed hash that stands for a text in the ledgers, 32 hex digits; it is no token and opens nothing."""
        return blake2b(f"{what}\0{text}".encode(), key=self._ledger_key, digest_size=16).hexdigest()

    def put(self, rows: pl.DataFrame, *, system: str, known_on: date) -> None:
        """Keep what a source system says of its customers; what it said on a later day stays.

        Reads: ``customer_id`` and the columns to keep, one row a customer. Putting the same twice changes nothing.
        """
        names = [name for name in rows.columns if name != "customer_id"]
        texts = rows.select("customer_id", pl.col(names).cast(pl.String))
        with self._transaction():
            for batch in texts.iter_slices(_BATCH):
                self._put_batch(batch, names, system, known_on.isoformat())

    def reveal(self, customer_ids: pl.Series, *, systems: Sequence[str] = ()) -> pl.DataFrame:
        """What is known of some customers, in clear: of each column what the first system that knows it says.

        Grain: one row a customer asked for, by customer_id.
        Makes: customer_id, the columns of ``REVEALED``, then further direct columns by name.
        Null: no system knows it, or the customer was erased.
        """
        ids = customer_ids.cast(pl.String).drop_nulls().unique().sort().to_list()
        found: list[dict[str, str]] = []
        for start in range(0, len(ids), _BATCH):
            found.extend(self._known(ids[start : start + _BATCH], systems))
        extras = sorted({name for record in found for name in record} - set(REVEALED))
        names = (*REVEALED, *extras)
        columns = {name: pl.Series([record.get(name) for record in found], dtype=pl.String) for name in names}
        return pl.DataFrame({"customer_id": pl.Series(ids, dtype=pl.String), **columns})

    def sealed(self, customer_ids: Sequence[str], clear: Sequence[bytes]) -> list[bytes]:
        """The bytes, each encrypted under the key of its person."""
        persons = [self._person(customer_id) for customer_id in customer_ids]
        with self._transaction():
            keys: dict[bytes, bytes] = {}
            for start in range(0, len(persons), _BATCH):
                keys |= self._data_keys(persons[start : start + _BATCH])
        return [encrypted(keys[who], one, who) for who, one in zip(persons, clear, strict=True)]

    def opened(self, customer_ids: Sequence[str], sealed: Sequence[bytes]) -> list[bytes | None]:
        """The bytes that were sealed; None where the person has been erased since."""
        persons = [self._person(customer_id) for customer_id in customer_ids]
        keys: dict[bytes, bytes] = {}
        for start in range(0, len(persons), _BATCH):
            keys |= self._kept_keys(persons[start : start + _BATCH])
        pairs = zip(persons, sealed, strict=True)
        return [_open(keys[who], blob, who) if who in keys else None for who, blob in pairs]

    def forget(self, customer_ids: Sequence[str]) -> int:
        """How many persons' keys and records were there and are gone now."""
        persons = [(self._person(customer_id),) for customer_id in customer_ids]
        with self._transaction():
            self._db.executemany("DELETE FROM records WHERE person = ?", persons)
            return self._db.executemany("DELETE FROM persons WHERE person = ?", persons).rowcount

    def retract(self, system: str, known_on: date) -> int:
        """How many persons' records, as a system told them on a day, were there and are gone now."""
        with self._transaction():
            said = "DELETE FROM records WHERE system = ? AND known_on = ?"
            return self._db.execute(said, [system, known_on.isoformat()]).rowcount

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _person(self, customer_id: str) -> bytes:
        return blake2b(customer_id.encode(), key=self._person_key, digest_size=16).digest()

    def _put_batch(self, batch: pl.DataFrame, names: Sequence[str], system: str, known_on: str) -> None:
        persons = [self._person(customer_id) for customer_id in batch["customer_id"]]
        keys = self._data_keys(persons)
        marks = ", ".join("?" * len(persons))
        there = dict(
            self._db.execute(
                f"SELECT person, digest FROM records WHERE system = ? AND person IN ({marks})",  # noqa: S608 - marks only
                [system, *persons],
            ).fetchall()
        )
        fresh = []
        for person, values in zip(persons, batch.select(names).iter_rows(), strict=True):
            said = {name: value for name, value in zip(names, values, strict=True) if value is not None}
            text = _JSON.encode(said).encode()
            digest = blake2b(text, key=self._person_key, digest_size=16, person=b"digest").digest()
            if there.get(person) == digest:
                continue
            fresh.append((person, system, known_on, digest, encrypted(keys[person], text, person + system.encode())))
        # In the order of the tree that they go into: its pages are written once.
        self._db.executemany(_KEEP_NEWEST, sorted(fresh))

    def _data_keys(self, persons: Sequence[bytes]) -> dict[bytes, bytes]:
        """The data key of each person, made where he has none; inside a transaction."""
        keys = self._kept_keys(persons)
        fresh = {person: os.urandom(KEY_BYTES) for person in persons if person not in keys}
        wrapped = [(who, self._keys.wrap(key, who)) for who, key in fresh.items()]
        self._db.executemany("INSERT INTO persons VALUES (?, ?)", sorted(wrapped))
        return keys | fresh

    def _kept_keys(self, persons: Sequence[bytes]) -> dict[bytes, bytes]:
        marks = ", ".join("?" * len(persons))
        rows = self._db.execute(f"SELECT person, wrapped FROM persons WHERE person IN ({marks})", persons)  # noqa: S608
        return {person: self._keys.unwrap(wrapped, person) for person, wrapped in rows}

    def _known(self, ids: Sequence[str], systems: Sequence[str]) -> list[dict[str, str]]:
        """What all systems together say of each customer, in the order of the ids."""
        persons = [self._person(customer_id) for customer_id in ids]
        keys = self._kept_keys(persons)
        marks = ", ".join("?" * len(persons))
        rows = self._db.execute(
            f"SELECT person, system, sealed FROM records WHERE person IN ({marks})",  # noqa: S608 - marks only
            persons,
        ).fetchall()
        rank = {system: number for number, system in enumerate(systems)}
        # The last to speak wins a dict, so the system that matters most speaks last.
        rows.sort(key=lambda row: (rank.get(row[1], len(rank)), row[1]), reverse=True)
        told: dict[bytes, dict[str, str]] = {}
        for person, system, sealed in rows:
            if person in keys:
                said: Mapping[str, str] = json.loads(_open(keys[person], sealed, person + system.encode()))
                told.setdefault(person, {}).update(said)
        return [told.get(person, {}) for person in persons]

    def _lay_out(self, master: bytes) -> None:
        with self._transaction():
            for statement in _TABLES:
                self._db.execute(statement)
            laid_out(self._db, master)

    def _unwrapped(self, master: bytes) -> Wrapping:
        """The keys behind the master key, or behind the new one where a kill came before it was put in its place."""
        keys = unwrapped(self._db, master)
        if keys is not None:
            return keys
        new = new_key(self._rule, self._root)
        keys = unwrapped(self._db, new) if new else None
        if keys is None:
            raise self._refusal(master)
        aside = self._root / f"{self._rule.file}.new"
        if keys.other is None and self.place == self._rule.file and aside.exists() and not self._is_dry:
            promoted(aside, self._root / self._rule.file)
        return keys

    def _refusal(self, master: bytes) -> PolicyError:
        if was_before(self._db, master):
            what = "the key was changed, and this is the one before"
            return PolicyError(what, where=self.place, hint="Give the new key; nothing was changed.")
        return PolicyError(
            "the key does not open state/vault.sqlite: it is the key of another vault",
            where=self.place,
            hint="Put back the key that this workspace was loaded with; nothing was changed.",
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with reconciled(FILE):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise


def there(catalog: Catalog, root: Path) -> None:
    """Nothing, where the vault lies where it was put, or none was ever made.

    Raises: WriteError where it is gone: a new one would take its place with nobody in it.
    """
    path = root / "state" / FILE
    was_made = catalog.one("SELECT 1 FROM documents WHERE \"kind\" = 'vault' AND name = 'id'") is not None
    if was_made and (not path.exists() or path.stat().st_size == 0):
        what = "is missing" if not path.exists() else "is empty"
        hint = "Put it back from a backup: without it nobody can be written to; nothing was changed."
        raise WriteError(what, where=f"state/{FILE}", hint=hint)


def recognized(catalog: Catalog, vault_id: str) -> None:
    """Nothing, where the vault is the one whose tokens stand in the facts; the first one that is met is.

    Raises: PolicyError for the vault of another workspace: its tokens would stand for other values.
    """
    known = catalog.one("SELECT body FROM documents WHERE \"kind\" = 'vault' AND name = 'id'")
    if known is None:
        with catalog.transaction(FILE):
            catalog.run("INSERT INTO documents VALUES ('vault', 'id', ?)", [vault_id])
    elif known != vault_id:
        raise PolicyError(
            "is the vault of another workspace: its tokens are not those of the facts",
            where=f"state/{FILE}",
            hint="Put back the vault and the key that this workspace was loaded with; nothing was changed.",
        )


def _digests(keyed: blake2b, values: Sequence[str]) -> bytes:
    """The digest of each value, one after the other; a copy of a begun hash costs half of what a new one does."""
    found = bytearray()
    for value in values:
        own = keyed.copy()
        own.update(value.encode())
        found += own.digest()
    return bytes(found)


def _tokens(digests: bytes) -> pl.Series:
    """The words of digests of 16 bytes: ``tok_`` and their bits, five to a letter (base32 of RFC 4648, lower case)."""
    bits = np.unpackbits(np.frombuffer(digests, dtype=np.uint8).reshape(-1, 16), axis=1)
    fives = np.pad(bits, ((0, 0), (0, 2))).reshape(-1, 26, 5) @ np.array([16, 8, 4, 2, 1], dtype=np.uint8)
    letters = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", dtype=np.uint8)[fives]
    words = np.ascontiguousarray(letters).view("S26").ravel()
    return pl.select("tok_" + pl.Series(words.tolist(), dtype=pl.Binary).cast(pl.String)).to_series()


def _open(key: bytes, blob: bytes, bound_to: bytes) -> bytes:
    clear = decrypted(key, blob, bound_to)
    if clear is None:
        raise WriteError("a record was changed from outside and cannot be read", where=FILE)
    return clear
