"""The plan of a night: steps that read tables and make tables, and are done only where something they read has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Protocol

import polars as pl

from persona import __version__
from persona.clock import AsOf
from persona.policy.policy import Policy
from persona.store import RunRow, Store

__all__ = ["Batches", "Night", "Progress", "Step", "done", "generations"]

Progress = Callable[[str, int, int], None]
"""``(what, done, of)``: how far the work is."""


@dataclass(frozen=True)
class Night:
    """All that the steps of one run are given."""

    policy: Policy
    store: Store
    as_of: AsOf
    before: RunRow | None
    """The finished run before this one, None in the first night."""
    progress: Progress
    generation: Mapping[str, str] = field(default_factory=dict)
    """The generation of each table that this night makes or reads."""

    def table(self, name: str, buckets: Sequence[int] | None = None) -> pl.DataFrame:
        """A table that an earlier step of this night made; sorted by bucket and its key."""
        return self.store.stage(name, self.generation[name], buckets)

    def table_before(self, name: str) -> pl.DataFrame | None:
        """The same table of the night before; None where there is none."""
        generation = self.before.generations.get(name) if self.before else None
        if generation is None or not self.store.has(name, generation):
            return None
        return self.store.stage(name, generation)


class Batches(Protocol):
    """A step's work: the tables it makes, a piece at a time."""

    def __call__(self, night: Night) -> Iterator[Mapping[str, pl.DataFrame]]: ...


@dataclass(frozen=True, slots=True)
class Step:
    """One piece of the night: what it reads, which rules it obeys, what it makes."""

    name: str
    makes: tuple[str, ...]
    run: Batches
    reads: tuple[str, ...] = ()
    """Tables of earlier steps, or one of the words ``facts`` (what was loaded), ``ledger`` (contacts), ``before``."""
    rules: tuple[str, ...] = ()
    """Kinds of rule files that it obeys besides persona.yaml."""


def generations(steps: Iterable[Step], night: Night) -> dict[str, str]:
    """The generation of each table: the hash of all that it follows from, 16 hex digits."""
    known = {
        "facts": night.store.facts_fingerprint(),
        "ledger": night.store.ledger_fingerprint(night.as_of.naive_utc),
        "before": night.before.run_id if night.before else "",
    }
    for step in steps:
        reads = [known[name] for name in step.reads]
        rules = night.policy.hash_of(("workspace", *step.rules))
        said = "|".join((step.name, __version__, str(night.as_of), rules, *reads))
        generation = blake2b(said.encode(), digest_size=8).hexdigest()
        known.update(dict.fromkeys(step.makes, generation))
    return known


def done(steps: Sequence[Step], night: Night, *, until: str | None = None) -> list[str]:
    """The names of the steps that had to be run, in order, up to and with the step ``until``.

    A step is passed over where all that it makes is there already for what it reads.
    """
    ran = []
    for number, step in enumerate(steps, start=1):
        if not all(night.store.has(name, night.generation[name]) for name in step.makes):
            night.progress(step.name, number, len(steps))
            _make(step, night)
            ran.append(step.name)
        if step.name == until:
            break
    return ran


def _make(step: Step, night: Night) -> None:
    with night.store.keeping({name: night.generation[name] for name in step.makes}) as keep:
        for piece in step.run(night):
            for name, frame in piece.items():
                keep(name, frame)
