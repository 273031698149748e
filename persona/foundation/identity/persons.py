"""Records into persons: links joined from the strongest to the weakest, as far as nothing forbids it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = ["JOINED", "OUTCOMES", "Joined", "joined"]

JOINED = "joined"
OUTCOMES = (JOINED, "inside", "cut", "contradiction", "too many")
"""What became of a link: it joined two parts; they were one already; a decision, two different values of a field that
must not differ, or the size of the person forbade it."""


@dataclass(frozen=True, slots=True)
class Joined:
    """What came of the links."""

    members: pl.DataFrame
    """One row a record, by record_no: record_no, first (the lowest record_no of its person)."""
    links: pl.DataFrame
    """The links in the order in which they were tried, each with its ``outcome``."""


def joined(
    record_nos: pl.Series,
    links: pl.DataFrame,
    *,
    cuts: pl.DataFrame,
    most: int,
    never_differ: Mapping[str, pl.Series] | None = None,
) -> Joined:
    """The persons that links make of records.

    Links are taken from the strongest on: decided ones (``rank`` 0), keys (1), weighed ones (2) by weight; ties by
    ``a`` and ``b``. So the order of rows means nothing, and where two links exclude each other the stronger one holds.

    Reads: ``links`` a, b, rank, weight; ``cuts`` a, b: pairs that are never one person; ``never_differ``: by name, the
    value of each record (null: not known) of which a person has one at most; it binds keys, not what was weighed.
    """
    order = ["rank", "weight", "a", "b"]
    tried = links.sort(order, descending=[False, True, False, False], nulls_last=True, maintain_order=True)
    nos = np.sort(record_nos.to_numpy())
    parts = _Parts(len(nos), most, _enemies(nos, cuts), _values(record_nos, never_differ or {}))
    firsts, seconds = (np.searchsorted(nos, tried[name].to_numpy()).tolist() for name in ("a", "b"))
    ranks = tried["rank"].to_list()
    outcomes = [parts.join(a, b, rank) for a, b, rank in zip(firsts, seconds, ranks, strict=True)]
    roots = nos[parts.roots()]
    members = pl.DataFrame({"record_no": nos, "first": roots}, schema={"record_no": pl.Int64, "first": pl.Int64})
    return Joined(members, tried.with_columns(outcome=pl.Series(outcomes, dtype=pl.String)))


@dataclass(slots=True)
class _Values:
    """What is said of one field: of each record, and of each part that has grown."""

    own: Sequence[object]
    grown: dict[int, set[object]] = field(default_factory=dict)

    def of(self, root: int) -> set[object]:
        """The known values of a part."""
        found = self.grown.get(root)
        if found is not None:
            return found
        return set() if self.own[root] is None else {self.own[root]}

    def move(self, high: int, low: int) -> None:
        """Give one part what is said of another."""
        self.grown[low] = self.of(low) | self.of(high)
        self.grown.pop(high, None)

    def differ(self, low: int, high: int) -> bool:
        """Whether both parts are known and no value is the same."""
        one, other = self.of(low), self.of(high)
        return bool(one and other) and one.isdisjoint(other)


@dataclass(slots=True)
class _Parts:
    """A forest of records: the root of each tree is its lowest record."""

    count: int
    most: int
    enemies: dict[int, set[int]]
    values: Sequence[_Values]
    parent: list[int] = field(init=False)
    size: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.parent = list(range(self.count))
        self.size = [1] * self.count

    def root(self, one: int) -> int:
        """The root of a record's tree; the way there is shortened."""
        parent = self.parent
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    def join(self, a: int, b: int, rank: int) -> str:
        """What becomes of a link between two records."""
        low, high = sorted((self.root(a), self.root(b)))
        if low == high:
            return "inside"
        refusal = self._refusal(low, high, rank)
        if refusal is not None:
            return refusal
        self.parent[high] = low
        self.size[low] += self.size[high]
        for one in self.values:
            one.move(high, low)
        if high in self.enemies:
            self.enemies.setdefault(low, set()).update(self.enemies.pop(high))
        return JOINED

    def _refusal(self, low: int, high: int, rank: int) -> str | None:
        if any(self.root(enemy) == high for enemy in self.enemies.get(low, ())) or any(
            self.root(enemy) == low for enemy in self.enemies.get(high, ())
        ):
            return "cut"
        if self.size[low] + self.size[high] > self.most and rank > 0:
            return "too many"
        if rank == 1 and any(one.differ(low, high) for one in self.values):
            return "contradiction"
        return None

    def roots(self) -> NDArray[np.int64]:
        """The root of each record."""
        return np.fromiter((self.root(one) for one in range(self.count)), dtype=np.int64, count=self.count)


def _enemies(nos: NDArray[np.int64], cuts: pl.DataFrame) -> dict[int, set[int]]:
    enemies: dict[int, set[int]] = {}
    known = cuts.filter(pl.col("a").is_in(nos.tolist()) & pl.col("b").is_in(nos.tolist()))
    pairs = (np.searchsorted(nos, known[name].to_numpy()).tolist() for name in ("a", "b"))
    for a, b in zip(*pairs, strict=True):
        enemies.setdefault(a, set()).add(b)
        enemies.setdefault(b, set()).add(a)
    return enemies


def _values(record_nos: pl.Series, said: Mapping[str, pl.Series]) -> list[_Values]:
    order = record_nos.arg_sort()
    return [_Values(values.gather(order).to_list()) for values in said.values()]
