"""Rows of the facts and of the decisions that are past their retention."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from persona.store.catalog import Catalog
from persona.store.deliveries import table as deliveries
from persona.store.durable import reconciled
from persona.store.rewriting import Swap, dropped, evidence_without, parts_without, swapped
from persona.tables import CANONICAL

__all__ = ["Outdated", "purged", "purged_decisions"]


@dataclass(frozen=True, slots=True)
class Outdated:
    """From when on the rows of each table stay."""

    before: Mapping[str, datetime]
    """By table with a time: the instant (UTC) before which rows go."""
    delivered: Mapping[str, date]
    """By table: the day before which snapshots go that newer ones have taken the place of."""


def purged(catalog: Catalog, outdated: Outdated, *, held: Collection[int], is_dry: bool) -> dict[str, tuple[int, int]]:
    """How many rows of each table went, and how many of customers under legal hold stay; only parts with such rows
    are written anew. Tables without any are left out.

    Raises: WriteError.
    """
    superseded = {name: _superseded(catalog, name, day) for name, day in outdated.delivered.items()}
    is_held = pl.col("customer_no").is_in(sorted(held)).fill_null(value=False)

    def past(table: str) -> pl.Expr | None:
        time = CANONICAL[table].time
        if time is not None:
            return pl.col(time) < outdated.before[table]
        return pl.col("delivery_no").is_in(superseded[table]) if superseded[table] else None

    kept = {name: _count(catalog, name, past(name), is_held) for name in outdated.before}

    def goes(table: str, _: Collection[str]) -> pl.Expr | None:
        found = past(table)
        return None if found is None else found & ~is_held

    if is_dry:
        gone = {name: _count(catalog, name, past(name), ~is_held) for name in outdated.before}
    else:
        with reconciled("facts"):
            swaps = parts_without(catalog, goes, only=outdated.before.keys())
        _settled(catalog, swaps)
        gone = {name: sum(one.gone for one in swaps if one.table == name) for name in outdated.before}
    return {name: (gone[name], kept[name]) for name in outdated.before if gone[name] or kept[name]}


def purged_decisions(catalog: Catalog, runs: Sequence[str], *, held: Collection[int], is_dry: bool) -> tuple[int, int]:
    """How many rows that some nights left went, and how many of customers under legal hold stay.

    Raises: WriteError.
    """
    kept = 0

    def without(_: str, rows: pl.DataFrame) -> pl.DataFrame:
        nonlocal kept
        left = rows.filter(pl.col("customer_no").is_in(sorted(held))) if "customer_no" in rows.columns else rows.clear()
        kept += left.height
        return left

    with reconciled("evidence"):
        swaps = evidence_without(catalog, without, runs=runs)
    if is_dry:
        for one in swaps:
            (catalog.state / str(one.new)).unlink(missing_ok=True)
    else:
        _settled(catalog, swaps)
    return sum(one.gone for one in swaps), kept


def _settled(catalog: Catalog, swaps: Sequence[Swap]) -> None:
    with catalog.transaction("retention"):
        swapped(catalog, swaps)
    dropped(catalog, swaps)


def _superseded(catalog: Catalog, table: str, day: date) -> list[int]:
    """The snapshots of a table that count on no day from ``day`` on."""
    live = deliveries(catalog).filter(
        pl.col("table_name") == table, pl.col("kind") == "snapshot", pl.col("replaced_by").is_null()
    )
    newest = pl.col("delivered_on").filter(pl.col("delivered_on") < day).max().over("source")
    return live.filter(pl.col("delivered_on") < newest)["delivery_no"].sort().to_list()


def _count(catalog: Catalog, table: str, past: pl.Expr | None, among: pl.Expr) -> int:
    paths = [
        catalog.state / str(path) for (path,) in catalog.run("SELECT path FROM parts WHERE table_name = ?", [table])
    ]
    if past is None or not paths:
        return 0
    rows = pl.scan_parquet(paths, missing_columns="insert", extra_columns="ignore")
    return int(rows.filter(past & among).select(pl.len()).collect().item())
