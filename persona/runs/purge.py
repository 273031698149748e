"""What is past its retention goes: rows of the facts, decisions, sets of files, files in drop folders."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from persona.channels import archives, handed, sets, taken_away
from persona.channels.manifest import read
from persona.clock import AsOf
from persona.policy.policy import Policy
from persona.runs.holds import held
from persona.runs.night import newest_delivery
from persona.runs.workspace import as_of_rule, loaded_policy
from persona.store import Outdated, Store
from persona.tables import CANONICAL

__all__ = ["Purge", "Purged", "purged"]

_PRESCREENED = "25mo"
"""Source: 12 CFR 1002.12(b)(7), the text of prescreened solicitations and the list of criteria."""


@dataclass(frozen=True, slots=True)
class Purged:
    """What went, or would go, of one kind of thing, and what stays although it is past its time."""

    what: str
    days: int
    gone: int
    unit: str
    """rows or files."""
    kept: int
    why_kept: str


@dataclass(frozen=True, slots=True)
class Purge:
    """What came of a purge."""

    day: str
    is_dry: bool
    held_customers: int
    unknown_holds: int
    """Ids under legal hold that nobody has."""
    things: tuple[Purged, ...]


def purged(root: Path, *, as_of: str | None, is_dry: bool = False) -> Purge:
    """What went because it was past its retention on the day of ``as_of``; ``is_dry`` says what would go.

    Raises: PolicyError where the list of legal holds cannot be read; WriteError.
    """
    policy = loaded_policy(root)
    with Store.open(policy.root, policy.workspace) as store:
        at = as_of_rule(policy, as_of, newest_delivery=newest_delivery(store))
        here = held(policy, store, day=at.day)
        work = _Work(policy, store, at, here.numbers, is_dry)
        things = (*_facts(work), *_decisions(work), *_delivered(work), *_outputs(work), *_archives(work))
        if not is_dry and any(one.gone for one in things):
            store.noted("purge", {"day": str(at.day), **{one.what: one.gone for one in things if one.gone}})
    return Purge(str(at.day), is_dry, len(here.numbers), here.unknown, things)


@dataclass(frozen=True, slots=True)
class _Work:
    policy: Policy
    store: Store
    at: AsOf
    held: frozenset[int]
    """Customers under legal hold, by number."""
    is_dry: bool

    def before(self, days: int) -> date:
        """The first day whose things stay."""
        return self.at.day - timedelta(days=days)


def _facts(work: _Work) -> Iterator[Purged]:
    """Rows of the canonical tables, each table by its own days."""
    said = work.policy.workspace.retention.tables
    days = {name: said.get(name, contract.retention_days) for name, contract in CANONICAL.items()}
    limits = {name: count for name, count in days.items() if count is not None}
    bounds = {name: AsOf.at_start_of(work.before(count), work.at.zone) for name, count in limits.items()}
    outdated = Outdated({name: at.naive_utc for name, at in bounds.items()}, {n: a.day for n, a in bounds.items()})
    counts = work.store.purge(outdated, held=work.held, is_dry=work.is_dry)
    for name, count in limits.items():
        gone, kept = counts.get(name, (0, 0))
        yield Purged(name, count, gone, "rows", kept, "legal hold" if kept else "")


def _decisions(work: _Work) -> Iterator[Purged]:
    """Decisions of nights that are past their days; those with prescreened offers stay 25 months."""
    days = work.policy.workspace.retention.decision_days
    if days is None:
        return
    past = [run for run, day in _nights(work) if day < work.before(days)]
    owed = [run for run in past if _is_owed(work, run)]
    gone, kept = work.store.purge_decisions(sorted(set(past) - set(owed)), held=work.held, is_dry=work.is_dry)
    why = [f"{len(owed)} nights with prescreened offers (25 months)"] if owed else []
    why += ["legal hold"] if kept else []
    yield Purged("decisions", days, gone, "rows", kept, ", ".join(why))


def _nights(work: _Work) -> list[tuple[str, date]]:
    """Each night with its day, as the bank's clocks have it."""
    rows = work.store.runs().select("run_id", "as_of").iter_rows()
    return [(run, AsOf(at.replace(tzinfo=UTC), work.at.zone).day) for run, at in rows]


def _is_owed(work: _Work, run_id: str) -> bool:
    """Whether a night is within 25 months and made offers of a prescreened group."""
    day = dict(_nights(work)).get(run_id)
    if day is None or pl.select(pl.lit(day).dt.offset_by(_PRESCREENED)).item() < work.at.day:
        return False
    offers = work.store.contacts().filter(pl.col("run_id") == run_id)
    return bool(offers["group_id"].is_in(list(work.policy.workspace.retention.prescreened)).any())


def _delivered(work: _Work) -> Iterator[Purged]:
    """Files that still lie in the drop folders."""
    days = work.policy.workspace.retention.delivery_days
    if days is None:
        return
    gone = [one for folder in _past(work, days) for one in _left(work, folder)]
    if not work.is_dry:
        _unlinked(gone)
    yield Purged("drop folders", days, len(gone), "files", 0, "")


def _left(work: _Work, folder: Path) -> list[Path]:
    """What of a set lies in the drop folders, lists of what was recalled of it too."""
    files = [path for path, _ in handed(folder, root=work.policy.root, profiles=work.policy.delivery)]
    said: Any = work.store.saved("recalled", folder.name) or {"lists": ()}
    lists = [work.policy.root / name for name in said["lists"]]
    return [*files, *(path for path in lists if path.is_file())]


def _outputs(work: _Work) -> Iterator[Purged]:
    """Whole sets of files, with what of them still lies in the drop folders; a tombstone names their hashes."""
    days = work.policy.workspace.retention.output_days
    if days is None:
        return
    gone, kept = 0, 0
    why: set[str] = set()
    for folder in _past(work, days):
        reason = _why_kept(work, folder)
        if reason:
            kept, why = kept + len(read(folder)[1]), {*why, reason}
            continue
        gone += len(read(folder)[1])
        if not work.is_dry:
            _unlinked(_left(work, folder))
            taken_away(folder, on=work.at.day, why=f"kept {days} days")
    yield Purged("sets of files", days, gone, "files", kept, ", ".join(sorted(why)))


def _archives(work: _Work) -> Iterator[Purged]:
    """Archives of nights that are past their days."""
    archive = work.policy.workspace.archive
    if archive is None or archive.days is None:
        return
    gone, kept = list[Path](), 0
    for path, day in archives(work.policy.root):
        if day < work.before(archive.days):
            is_held = _names(work.store, path.name[11:].removesuffix(".jsonl.age"), work.held)
            gone, kept = (gone, kept + 1) if is_held else ([*gone, path], kept)
    if not work.is_dry:
        _unlinked(gone)
    yield Purged("archives", archive.days, len(gone), "files", kept, "legal hold" if kept else "")


def _past(work: _Work, days: int) -> list[Path]:
    """The sets whose night lies before the days that are kept."""
    found = []
    for folder in sets(work.policy.root / "out"):
        said: Any = read(folder)[0]
        if AsOf.parsed(said["as_of"], work.at.zone).day < work.before(days):
            found.append(folder)
    return found


def _why_kept(work: _Work, folder: Path) -> str:
    said: Any = read(folder)[0]
    run_id = str(said["run_id"])
    if _is_owed(work, run_id):
        return "prescreened offers (25 months)"
    return "legal hold" if _names(work.store, run_id, work.held) else ""


def _names(store: Store, run_id: str, held: Collection[int]) -> bool:
    of_run = store.contacts().filter(pl.col("run_id") == run_id)
    return bool(of_run["customer_no"].is_in(list(held)).any())


def _unlinked(paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
