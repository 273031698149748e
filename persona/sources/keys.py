"""One row a key: repeats of equal content are one row, others are settled as the source says; without a key, a hash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import polars as pl

from persona.errors import PolicyError
from persona.policy.source import Source
from persona.sources.mapping import KEY, OP
from persona.sources.records import PLACE
from persona.sources.rejects import REJECTS, pointers
from persona.tables import Contract

__all__ = ["Keyed", "keyed"]


@dataclass(frozen=True, slots=True)
class Keyed:
    """Rows with their key: rows + rejects + duplicates are as many as came in."""

    rows: pl.DataFrame
    """Canonical columns, PLACE and OP, in the order of lines."""
    rejects: pl.DataFrame
    duplicates: int
    """Rows that say again, or older, what another row of their key says."""
    repeated_rows: int
    """Without a key: equal rows beyond the first of their kind, all of them kept."""


def keyed(rows: pl.DataFrame, source: Source, contract: Contract) -> Keyed:
    """The rows of a delivery, each under its key.

    Raises: PolicyError when newest wins and nothing tells which row is newer.
    """
    content = contract.schema.names()
    plain = [*content, *PLACE.names(), *([OP] if OP in rows.columns else [])]
    if source.key == "none" and _needs_hash(source, contract):
        made, repeated = _hashed(rows, source, contract)
        return Keyed(made.select(plain), REJECTS.to_frame(), 0, repeated)
    key = _key_columns(rows, source, contract)
    if not key:
        return Keyed(rows.select(plain), REJECTS.to_frame(), 0, 0)
    if rows.select(key).n_unique() == rows.height:
        return Keyed(rows.select(plain), REJECTS.to_frame(), 0, 0)
    alike = [*key, *content, *([OP] if OP in rows.columns else [])]
    one_each = rows.sort("_line").unique(subset=list(dict.fromkeys(alike)), keep="first", maintain_order=True)
    settled, rejects = _settled(one_each, key, source)
    duplicates = rows.height - settled.height - rejects.height
    return Keyed(settled.select(plain), rejects, duplicates, 0)


def _needs_hash(source: Source, contract: Contract) -> bool:
    return len(contract.key) == 1 and contract.key[0] not in source.columns


def _key_columns(rows: pl.DataFrame, source: Source, contract: Contract) -> list[str]:
    """The columns of the source's own key; of the contract's where the source names none."""
    if source.key == "none":
        return list(contract.key)
    return [KEY + name if KEY + name in rows.columns else name for name in source.key]


def _settled(rows: pl.DataFrame, key: Sequence[str], source: Source) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows whose key is theirs alone, the newest of the others, and pointers to those that stay in conflict."""
    conflicts = rows.is_empty() or rows.select(key).is_duplicated()
    if isinstance(conflicts, bool) or not conflicts.any():
        return rows, REJECTS.to_frame()
    ours, theirs = rows.filter(~conflicts), rows.filter(conflicts)
    if source.on_conflict == "newest":
        newest = _by_age(theirs, source)
        theirs = theirs.filter(newest == newest.max().over(key))
        is_tied = theirs.select(key).is_duplicated()
        ours, theirs = pl.concat([ours, theirs.filter(~is_tied)]), theirs.filter(is_tied)
    why = "key stands in several rows of other content"
    told = f"{why}, equally new" if source.on_conflict == "newest" else why
    return ours.sort("_line"), pointers(theirs, reason=told, column=pl.lit(None, pl.String))


def _by_age(rows: pl.DataFrame, source: Source) -> pl.Expr:
    """What tells which row is newer: the canonical column made from ``newest_by``, a number, or else the text."""
    by = source.newest_by
    if by is None:
        raise PolicyError(
            "the newest row wins, and nothing tells which it is",
            where=str(source.place_of("on_conflict")),
            hint="Name the column in newest_by, or say on_conflict: refuse.",
        )
    made = next((name for name, rule in source.columns.items() if rule.from_ == by), by)
    if made in rows.columns:
        return pl.col(made)
    number = pl.col(KEY + by).cast(pl.Int64, strict=False)
    is_number = rows.select(number.is_not_null().all()).item()
    return number if is_number else pl.col(KEY + by)


def _hashed(rows: pl.DataFrame, source: Source, contract: Contract) -> tuple[pl.DataFrame, int]:
    """The rows with the hash of (source, content, n-th of its kind) as id, and how many are not the first of theirs.

    The n of equal rows goes by their lines; being equal, they may be exchanged without a trace.
    """
    id_column = contract.key[0]
    content = [name for name in contract.schema.names() if name in source.columns]
    said = rows.select("_line", said=pl.concat_str([_said(name, contract) for name in content], separator="|"))
    told = said.sort("_line").with_columns(nth=pl.int_range(pl.len()).over("said"))
    ids = [
        blake2b(f"{source.source}|{number}|{text}".encode(), digest_size=16).hexdigest()
        for text, number in zip(told["said"], told["nth"], strict=True)
    ]
    named = told.select("_line", pl.Series(id_column, ids, pl.String))
    repeated = int((told["nth"] > 0).sum())
    return rows.drop(id_column).join(named, on="_line", how="left", maintain_order="left"), repeated


def _said(name: str, contract: Contract) -> pl.Expr:
    """A value as text that no other value has: text with its length before it, null as nothing at all."""
    column, dtype = pl.col(name), contract[name].dtype
    if dtype == pl.String:
        text = pl.concat_str([column.str.len_bytes().cast(pl.String), pl.lit(":"), column])
    elif dtype == pl.Datetime("us"):
        text = column.cast(pl.Int64).cast(pl.String)
    else:
        text = column.cast(pl.String)
    return text.fill_null("")
