"""What a run leaves to be explained by: decisions and messages, kept; what the conditions read, for some nights."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from hashlib import sha256

import polars as pl

from persona.errors import ContractError
from persona.store.catalog import Catalog
from persona.store.durable import reconciled, write_file
from persona.store.parts import encoded
from persona.store.rewriting import dropped, evidence_without, swapped

__all__ = ["KEPT", "drop_evidence", "evidence", "keep_evidence", "write_evidence"]

KEPT = ("decisions", "messages")
"""What is kept with the ledger; the rest is dropped after ``retention.evidence_nights``."""

_SCHEMA = {
    "run_id": pl.String,
    "name": pl.String,
    "path": pl.String,
    "rows": pl.Int64,
    "sha256": pl.String,
    "is_kept": pl.Boolean,
}


def write_evidence(catalog: Catalog, run_id: str, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The frames as files that stand on the disk, as rows for the catalog, which does not know them yet."""
    rows = []
    with reconciled(f"evidence of run {run_id}"):
        for name, frame in sorted(frames.items()):
            payload = encoded(frame)
            digest = sha256(payload).hexdigest()
            path = f"evidence/{run_id}/{name}_{digest[:16]}.parquet"
            write_file(catalog.state / path, payload)
            rows.append((run_id, name, path, frame.height, digest, name in KEPT))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def keep_evidence(catalog: Catalog, rows: pl.DataFrame) -> None:
    """Put written evidence in the place of what the run had under the same names; inside a transaction."""
    for run_id, name in rows.select("run_id", "name").iter_rows():
        catalog.run("DELETE FROM evidence WHERE run_id = ? AND name = ?", [run_id, name])
    catalog.insert("evidence", rows)


def evidence(catalog: Catalog, run_id: str, name: str) -> pl.LazyFrame:
    """What a run left under a name.

    Raises: ContractError when there is nothing, or nothing any more.
    """
    path = catalog.one("SELECT path FROM evidence WHERE run_id = ? AND name = ?", [run_id, name])
    if not isinstance(path, str):
        raise ContractError(
            f"nothing is kept of run {run_id}",
            where=f"evidence {name}",
            hint="Evidence is kept for retention.evidence_nights of persona.yaml.",
        )
    return pl.scan_parquet(catalog.state / path)


def drop_evidence(catalog: Catalog, *, nights: int, held: Collection[int] = ()) -> int:
    """How many files of evidence were older than the last nights that finished, and are gone now.

    Of customers under legal hold, whose numbers are ``held``, the rows stay.
    """
    old = (
        "SELECT run_id FROM runs WHERE run_id NOT IN"
        " (SELECT run_id FROM runs WHERE status = 'finished' ORDER BY as_of DESC, run_id DESC LIMIT ?)"
        " AND status <> 'begun'"
    )
    runs = [str(run_id) for (run_id,) in catalog.run(old, [nights])]
    with reconciled("evidence"):
        swaps = evidence_without(catalog, partial(_held, held), runs=runs) if held else []
    with catalog.transaction("evidence"):
        swapped(catalog, swaps)
        gone = "NOT is_kept AND list_contains(?, run_id) AND (NOT ? OR rows = 0)"
        rows = catalog.run(f"DELETE FROM evidence WHERE {gone} RETURNING path", [runs, bool(held)])  # noqa: S608
    dropped(catalog, swaps)
    for (path,) in rows:
        (catalog.state / str(path)).unlink(missing_ok=True)
    return len(rows)


def _held(held: Collection[int], name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of customers under legal hold; of what is kept anyway, and of what names nobody, all or none."""
    if name in KEPT:
        return rows
    return rows.filter(pl.col("customer_no").is_in(sorted(held))) if "customer_no" in rows.columns else rows.clear()
