"""Who was erased: keyed hashes that let nobody be found, and by which he is known when a delivery brings him back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl

from persona.store.catalog import Catalog
from persona.store.reading import FileRead, Reading
from persona.store.vault import Vault
from persona.tables import Contract

__all__ = ["ACCOUNT", "CUSTOMER", "Erased", "known_to_be_erased", "remaining", "remembered", "settled"]

CUSTOMER, ACCOUNT = "customer", "account"
"""What a hash is of: the bank's id of a customer, or of an account that was his alone."""

_KIND = "erased"


@dataclass(frozen=True, slots=True)
class Erased:
    """What is known of an erasure."""

    what: str
    on: date
    is_done: bool
    """False where a kill came before its end."""


def known_to_be_erased(catalog: Catalog, digest: str) -> Erased | None:
    """The erasure that a keyed hash stands for; None where there is none."""
    body = catalog.one('SELECT body FROM documents WHERE "kind" = ? AND name = ?', [_KIND, digest])
    if body is None:
        return None
    said = json.loads(str(body))
    return Erased(said["what"], date.fromisoformat(said["on"]), said["is_done"])


def remembered(catalog: Catalog, what: str, digests: Iterable[str], *, on: date) -> None:
    """Keep the hashes of what is about to be erased; inside a transaction."""
    for digest in digests:
        _put(catalog, digest, {"what": what, "on": on.isoformat(), "is_done": False})


def settled(catalog: Catalog) -> None:
    """Say that each erasure that was begun came to its end; inside a transaction."""
    for digest, body in catalog.run('SELECT name, body FROM documents WHERE "kind" = ? ORDER BY name', [_KIND]):
        said = json.loads(str(body))
        if not said["is_done"]:
            _put(catalog, str(digest), {**said, "is_done": True})


def _put(catalog: Catalog, digest: str, said: dict[str, object]) -> None:
    body = json.dumps(said, sort_keys=True)
    catalog.run("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", [_KIND, digest, body])


def remaining(read: Reading, contract: Contract, catalog: Catalog, vault: Vault) -> Reading:
    """What was read without the rows of persons who were erased: nothing of them comes in again.

    A row that names only an account goes where the account was an erased person's alone.
    """
    gone = {what: _hashes(catalog, what) for what in (CUSTOMER, ACCOUNT)}
    if not any(gone.values()) or "customer_id" not in contract:
        return read
    rows = read.rows
    goes = pl.col("customer_id").is_in(_of(rows["customer_id"], gone[CUSTOMER], CUSTOMER, vault).implode())
    if "account_id" in rows.columns:
        accounts = _of(rows["account_id"], gone[ACCOUNT], ACCOUNT, vault)
        goes |= pl.col("customer_id").is_null() & pl.col("account_id").is_in(accounts.implode())
    left = rows.filter(~goes.fill_null(value=False))
    return FileRead(
        rows=left,
        rejects=read.rejects,
        lines=read.lines,
        filtered=read.filtered + rows.height - left.height,
        duplicates=read.duplicates,
        repeated_rows=read.repeated_rows,
        expectations=read.expectations,
        warnings=read.warnings,
    )


def _of(values: pl.Series, gone: set[str], what: str, vault: Vault) -> pl.Series:
    """The values whose keyed hash is among those that are gone."""
    known = values.drop_nulls().unique().sort().to_list() if gone else []
    return pl.Series([one for one in known if vault.keyed(what, one) in gone], dtype=pl.String)


def _hashes(catalog: Catalog, what: str) -> set[str]:
    rows = catalog.run('SELECT name, body FROM documents WHERE "kind" = ?', [_KIND])
    return {str(name) for name, body in rows if json.loads(str(body))["what"] == what}
