"""The ledger of runs: which night read what, how far it came, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from persona.clock import now
from persona.errors import WriteError
from persona.store.audit import append
from persona.store.catalog import Catalog

__all__ = ["RunRow", "begin_run", "finish_run", "last_run", "replace_run", "run_of", "runs", "step_finished", "steps"]


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run."""

    run_id: str
    as_of: datetime
    """UTC, without a zone."""
    status: str
    """begun, finished or replaced."""
    fingerprint: Mapping[str, object]
    """What it was made from."""
    summary: Mapping[str, object]
    """What came of it; empty until it is finished."""

    @property
    def generations(self) -> Mapping[str, str]:
        """The generation of each table that it made."""
        said = self.summary.get("generations") or self.fingerprint.get("generations") or {}
        return dict(said) if isinstance(said, Mapping) else {}


def runs(catalog: Catalog) -> pl.DataFrame:
    """Every run, by as_of and run_id."""
    return catalog.frame("SELECT * FROM runs ORDER BY as_of, run_id")


def run_of(catalog: Catalog, run_id: str) -> RunRow | None:
    """One run; None where there is none of that id."""
    return _first(catalog, "WHERE run_id = ?", run_id)


def last_run(catalog: Catalog, before: datetime) -> RunRow | None:
    """The newest finished run that looked back from before an instant; None in the first night."""
    newest = "WHERE status = 'finished' AND as_of < ? ORDER BY as_of DESC, finished_at DESC, run_id DESC"
    return _first(catalog, newest, before.replace(tzinfo=None))


def begin_run(catalog: Catalog, run_id: str, as_of: datetime, fingerprint: Mapping[str, object]) -> RunRow:
    """The run, begun or taken up again where a kill left it.

    What other runs planned or wrote and never finished has expired: only a finished run hands over. A run of the same
    id must be made from the same things.

    Raises: WriteError when the id stands for a run that was made from something else.
    """
    there = run_of(catalog, run_id)
    if there is not None:
        if _text(there.fingerprint) != _text(fingerprint):
            raise WriteError("stands in the ledger for a run that was made from something else", where=f"run {run_id}")
        return there
    with catalog.transaction("the ledger of runs"):
        _expire_unfinished(catalog)
        catalog.run(
            "INSERT INTO runs VALUES (?, ?, 'begun', ?, '{}', ?, NULL)",
            [run_id, as_of.replace(tzinfo=None), _text(fingerprint), now().replace(tzinfo=None)],
        )
    return RunRow(run_id, as_of.replace(tzinfo=None), "begun", fingerprint, {})


def finish_run(catalog: Catalog, run_id: str, summary: Mapping[str, object]) -> None:
    """Say that a run came to its end, and what came of it; a second time changes nothing."""
    with catalog.transaction("the ledger of runs"):
        catalog.run(
            "UPDATE runs SET status = 'finished', summary = ?, finished_at = ? WHERE run_id = ? AND status = 'begun'",
            [_text(summary), now().replace(tzinfo=None), run_id],
        )


def replace_run(catalog: Catalog, run_id: str, by: str) -> int:
    """How many contacts of a run expired because another takes its place; what was handed off stays."""
    with catalog.transaction("the ledger of runs"):
        catalog.run("UPDATE runs SET status = 'replaced' WHERE run_id = ?", [run_id])
        rows = catalog.run(
            "UPDATE contacts SET status = 'expired'"
            " WHERE run_id = ? AND status IN ('planned', 'written', 'ghost') RETURNING 1",
            [run_id],
        )
        append(catalog, f"replace:{run_id}:{by}", "replace", {"run_id": run_id, "by": by, "expired": len(rows)})
    return len(rows)


def step_finished(catalog: Catalog, run_id: str, step: str, *, generation: str, rows: int, seconds: float) -> None:
    """Note how a step of a run went."""
    with catalog.transaction("the ledger of runs"):
        values = [run_id, step, generation, rows, seconds]
        catalog.run("INSERT OR REPLACE INTO run_steps VALUES (?, ?, ?, ?, ?)", values)


def steps(catalog: Catalog, run_id: str) -> pl.DataFrame:
    """The steps of a run that are finished, by name."""
    return catalog.frame("SELECT * FROM run_steps WHERE run_id = ? ORDER BY step", [run_id])


def _expire_unfinished(catalog: Catalog) -> None:
    left = "SELECT run_id FROM runs WHERE status = 'begun'"
    for (run_id,) in catalog.run(f"{left} ORDER BY run_id"):
        rows = catalog.run(
            "UPDATE contacts SET status = 'expired'"
            " WHERE run_id = ? AND status IN ('planned', 'written', 'ghost') RETURNING 1",
            [run_id],
        )
        if rows:
            append(catalog, f"expire:{run_id}", "expire", {"run_id": run_id, "expired": len(rows)})


def _first(catalog: Catalog, where: str, value: object) -> RunRow | None:
    rows = catalog.run(f"SELECT run_id, as_of, status, fingerprint, summary FROM runs {where} LIMIT 1", [value])  # noqa: S608
    if not rows:
        return None
    run_id, as_of, status, fingerprint, summary = rows[0]
    return RunRow(str(run_id), as_of, str(status), json.loads(str(fingerprint)), json.loads(str(summary)))  # type: ignore[arg-type] # a TIMESTAMP


def _text(value: Mapping[str, object]) -> str:
    return json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
