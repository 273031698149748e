"""The audit log: each entry holds the hash of the one before it, so that a change anywhere shows.

A chain alone does not see a cut tail or a tail hashed anew: the head goes into each published manifest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b

import polars as pl

from persona.errors import WriteError
from persona.store.catalog import Catalog

__all__ = ["START", "append", "entries", "head", "verified"]

START = "0" * 64
"""What the first entry holds in place of the hash of one before it."""


def append(catalog: Catalog, name: str, kind: str, body: Mapping[str, object]) -> str:
    """The hash of an entry, added at the end of the chain; inside the transaction of what it tells about.

    An entry is told once: the same name with the same body again changes nothing, so a night that is taken up after a
    kill ends with the same head. A body holds counts, hashes and words of the rules, never a person's data.

    Raises: WriteError when the name stands for something else.
    """
    text = json.dumps(body, sort_keys=True, ensure_ascii=False)
    there = catalog.run('SELECT "kind", body, hash FROM audit WHERE name = ?', [name])
    if there:
        if there[0][:2] != (kind, text):
            raise WriteError(f"entry {name} tells something else already", where="the audit log")
        return str(there[0][2])
    last = catalog.run("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
    seq, previous = (int(str(last[0][0])), str(last[0][1])) if last else (0, START)
    digest = _hash(seq + 1, name, kind, text, previous)
    catalog.run("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?)", [seq + 1, name, kind, text, previous, digest])
    return digest


def head(catalog: Catalog, name: str | None = None) -> str:
    """The hash of the last entry, or of one by its name, 64 hex digits: all zeros where there is none."""
    found = catalog.one("SELECT hash FROM audit WHERE ? IS NULL OR name = ? ORDER BY seq DESC LIMIT 1", [name, name])
    return str(found) if found else START


def entries(catalog: Catalog) -> pl.DataFrame:
    """The whole log, in its order."""
    return catalog.frame("SELECT * FROM audit ORDER BY seq")


def verified(rows: pl.DataFrame, *, anchors: Mapping[int, str] | None = None) -> list[str]:
    """What is wrong with a log: one sentence a fault, none where it is whole.

    ``anchors`` are heads that were written down elsewhere, by the number of their entry.
    """
    faults, previous = [], START
    for number, (seq, name, kind, body, said_before, digest) in enumerate(rows.iter_rows(), start=1):
        if seq != number:
            faults.append(f"entry {number} is missing or out of order")
            break
        if said_before != previous or digest != _hash(seq, name, kind, body, previous):
            faults.append(f"entry {seq} was changed")
        previous = digest
    hashes = dict(zip(rows["seq"], rows["hash"], strict=True))
    for seq, digest in sorted((anchors or {}).items()):
        if hashes.get(seq) != digest:
            faults.append(f"entry {seq} is not the one that was published")
    return faults


def _hash(seq: int, name: str, kind: str, body: str, previous: str) -> str:
    said = json.dumps([seq, name, kind, body, previous], ensure_ascii=False)
    return blake2b(said.encode(), digest_size=32).hexdigest()
