"""The ledger of messages: what each said, word by word, so that it can be shown again until its person is erased."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping

import polars as pl

from persona.store.catalog import Catalog
from persona.store.evidence import evidence
from persona.store.vault import Vault

__all__ = ["NAME", "kept_patterns", "sealed", "unsealed"]

NAME = "messages"
_PATTERN = "pattern"
_RAW = -zlib.MAX_WBITS
"""Deflate without a head: what is encrypted needs no check of its own."""


def sealed(rows: pl.DataFrame, patterns: Mapping[str, str], vault: Vault) -> pl.DataFrame:
    """The rows with ``personal`` encrypted under the key of their customer.

    Reads: ``customer_id``; ``personal``, the text to keep; ``pattern``, the name of the text that it is like: only what
    differs from it takes room. All other columns stay.
    """
    like = {name: text.encode() for name, text in patterns.items()}
    pairs = zip(rows["personal"], rows["pattern"], strict=True)
    small = [_deflated(text.encode(), like[name]) for text, name in pairs]
    secret = vault.sealed(rows["customer_id"].to_list(), small)
    return rows.with_columns(pl.Series("personal", secret, dtype=pl.Binary))


def kept_patterns(catalog: Catalog, patterns: Mapping[str, str]) -> None:
    """Keep the texts that messages are like, by name; inside a transaction."""
    for name, text in sorted(patterns.items()):
        catalog.run("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", [_PATTERN, name, text])


def unsealed(catalog: Catalog, run_id: str, vault: Vault, *, message_ids: Collection[str] | None) -> pl.DataFrame:
    """The messages of a run, some or all, with ``personal`` as it was.

    Null: the customer was erased. Raises: ContractError where nothing is kept of the run.
    """
    found = evidence(catalog, run_id, NAME)
    if message_ids is not None:
        found = found.filter(pl.col("message_id").is_in(sorted(message_ids)))
    rows = found.collect()
    like = {name: _pattern(catalog, name) for name in rows["pattern"].unique()}
    opened = zip(vault.opened(rows["customer_id"].to_list(), rows["personal"].to_list()), rows["pattern"], strict=True)
    clear = [None if small is None else _inflated(small, like[name]).decode() for small, name in opened]
    return rows.with_columns(pl.Series("personal", clear, dtype=pl.String))


def _pattern(catalog: Catalog, name: str) -> bytes:
    return str(catalog.one('SELECT body FROM documents WHERE "kind" = ? AND name = ?', [_PATTERN, name])).encode()


def _deflated(clear: bytes, like: bytes) -> bytes:
    packer = zlib.compressobj(wbits=_RAW, zdict=like)
    return packer.compress(clear) + packer.flush()


def _inflated(small: bytes, like: bytes) -> bytes:
    return zlib.decompressobj(wbits=_RAW, zdict=like).decompress(small)
