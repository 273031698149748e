"""The plan of a night: steps that read tables and make tables, done only where something that they read has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

import polars as pl

from persona import __version__
from persona.buckets import BUCKETS
from persona.clock import AsOf
from persona.policy.policy import Policy
from persona.store import RunRow, Store

__all__ = ["BEFORE", "Night", "Pieces", "Progress", "Step", "batches", "done", "hashed", "planned_night"]

Progress = Callable[[str, int, int], None]
"""``(what, done, of)``: how far the work is."""

Pieces = Iterator[Mapping[str, pl.DataFrame]]
"""What a step makes, a batch at a time: frames by the names of their tables."""


BEFORE = ("segments", "pattern_model", "patterns", "occurrences")
"""What a night reads of the night before: kept for ``retention.evidence_nights``, so that it can be replayed."""


@dataclass(frozen=True)
class Night:
    """All that the steps of one run are given."""

    policy: Policy
    store: Store
    as_of: AsOf
    before: RunRow | None
    """The finished run before this one; None in the first night."""
    progress: Progress
    is_draft: bool = False
    """Whether content without an approval is decided on too."""
    approved_as: Policy | None = None
    """The policy by whose approvals content is judged, where another is only tried; None: its own."""
    run_id: str = ""
    generation: Mapping[str, str] = field(default_factory=dict)
    """The generation of each table that the night makes or reads."""

    def table(
        self, name: str, buckets: Sequence[int] | None = None, *, columns: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """A table that an earlier step made, whole or some of its buckets and columns, sorted as it was made."""
        return self.store.stage(name, self.generation[name], buckets, columns=columns)

    def table_before(self, name: str, buckets: Sequence[int] | None = None) -> pl.DataFrame | None:
        """The same table of the night before; None where there is none, or its columns were others."""
        generation = self.before.generations.get(name) if self.before else None
        if generation is None or not self.store.has(name, generation):
            return None
        return self.store.stage(name, generation, buckets)

    def has_before(self, *names: str) -> bool:
        """Whether the tables of the night before are all there."""
        known = self.before.generations if self.before else {}
        return all(name in known and self.store.has(name, known[name]) for name in names)

    def facts(
        self, name: str, buckets: Sequence[int] | None = None, *, columns: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """The canonical rows of a table that count on the day of the run, whole or some of their columns."""
        rows = self.store.scan(name, buckets, as_of=self.as_of.day)
        return (rows if columns is None else rows.select(columns)).collect(engine="in-memory")


@dataclass(frozen=True, slots=True)
class Step:
    """One piece of the night: what it reads, which rules it obeys, what it makes."""

    name: str
    run: Callable[[Night], Pieces]
    makes: tuple[str, ...]
    reads: tuple[str, ...] = ()
    """Tables of earlier steps, or: ``facts`` (what was loaded), ``ledger`` (contacts), ``before`` (the last night),
    ``run`` (the night's own id)."""
    rules: tuple[str, ...] = ()
    """Kinds of rule files that it obeys besides persona.yaml."""


def planned_night(steps: Iterable[Step], night: Night) -> Night:
    """The night with its ``run_id`` and the generation of each table: the hash of all that it follows from.

    The ``run_id`` is the day and a hash of the instant, the policy, the rows that were loaded, the version of the code
    and the night before.
    """
    run_id = f"{night.as_of.day}-{hashed(str(night.as_of), night.policy.hash, *_loaded(night))[:8]}"
    known = {
        "facts": night.store.facts_fingerprint(),
        "ledger": night.store.ledger_fingerprint(night.as_of.naive_utc),
        "before": night.before.run_id if night.before else "",
        "run": f"{run_id}-draft" if night.is_draft else f"{run_id}{_judged_by(night)}",
    }
    for step in steps:
        rules = night.policy.hash_of(("workspace", *step.rules))
        generation = hashed(step.name, __version__, str(night.as_of), rules, *(known[name] for name in step.reads))
        known.update(dict.fromkeys(step.makes, generation))
    return replace(night, run_id=run_id, generation=known)


def _judged_by(night: Night) -> str:
    return f"-as-{night.approved_as.hash}" if night.approved_as else ""


def _loaded(night: Night) -> tuple[str, ...]:
    return night.store.facts_fingerprint(), __version__, night.before.run_id if night.before else ""


def hashed(*said: str) -> str:
    """16 hex digits of texts in their order."""
    return blake2b("|".join(said).encode(), digest_size=8).hexdigest()


def done(steps: Sequence[Step], night: Night, *, until: str) -> list[str]:
    """The names of the steps that had to be run, in order, up to and with the step ``until``.

    A step is passed over where all that it makes is there for what it reads.
    """
    ran = []
    for number, step in enumerate(steps):
        if not all(night.store.has(name, night.generation[name]) for name in step.makes):
            night.progress(step.name, number, len(steps))
            with night.store.keeping({name: night.generation[name] for name in step.makes}) as keep:
                for piece in step.run(night):
                    for name, frame in piece.items():
                        keep(name, frame)
            ran.append(step.name)
        if step.name == until:
            break
    return ran


_FEWEST = 20
"""Rows that a customer is taken to have at least: what is kept of him takes room, too."""


def batches(night: Night) -> list[list[int]]:
    """The buckets in order, as many together as the workspace's engine wants rows of transactions at a time.

    A bucket is taken to have its customers' share of the rows: to count them would be to read the whole history.
    """
    customers = dict(night.store.crosswalk().group_by("bucket").agg(pl.len()).iter_rows())
    share = night.store.size_of("transactions") / max(sum(customers.values()), 1)
    result: list[list[int]] = [[]]
    held = 0.0
    for bucket in range(BUCKETS):
        size = customers.get(bucket, 0) * max(share, _FEWEST)
        if result[-1] and held + size > night.policy.workspace.engine.rows_per_batch:
            result.append([])
            held = 0
        result[-1].append(bucket)
        held += size
    return result
