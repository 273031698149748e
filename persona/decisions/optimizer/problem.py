"""What the optimizer is given: a book of customers in buckets, and the rows that its plan must keep.

A row ``r`` bounds a sum over the chosen pairs of customer ``i`` and action ``j``: sum of ``a_rij <= b_r`` with
``a_rij`` = the weighted sum of the pair's measures (1, the amounts of the book such as its cost, value) by
``weights[r, cell of i, j, measure]``. A minimum is a negated maximum; a ratio is linear in the sums.
Source: the problem of Marketing Optimization with cells, as in Gupta, Keerthi and others (DuaLip, ICML 2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from persona.buckets import BUCKETS
from persona.errors import ContractError

__all__ = ["COUNT", "VALUE", "Book", "Bucket", "Rows"]

COUNT, VALUE = 0, -1
"""The first and the last of the measures; between them stand the amounts of the book."""

Flags = NDArray[np.bool_]
Floats = NDArray[np.float32]
Hashes = NDArray[np.uint64]
Reals = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Bucket:
    """Customers of one partition, sorted by (cell, tie): what they are worth does not depend on who came first."""

    value: Floats
    """[actions, customers], -inf where the verdicts refuse."""
    amounts: tuple[Floats, ...]
    """What else the rows may sum up, each [actions, customers]."""
    cell: Whole
    tie: Hashes
    """A specified hash of the customer: decides between equals and draws the samples; unique in a bucket."""
    row: Whole
    """The customer's place in the book as it was given."""

    @classmethod
    def of(cls, value: Floats, amounts: Sequence[Floats] = (), *, cell: Whole, tie: Hashes, row: Whole) -> Bucket:
        """A bucket of customers in any order. Raises: ContractError where a number or a hash cannot be used."""
        _check_numbers(value, amounts)
        order = np.lexsort((tie, cell))
        if len(order) and np.any((np.diff(tie[order]) == 0) & (np.diff(cell[order]) == 0)):
            raise ContractError("two customers of one bucket and cell have the same tie hash")
        if not np.all(np.diff(order) == 1):
            value, *amounts = (_columns(one, order) for one in (value, *amounts))
        return cls(value, tuple(amounts), cell[order].astype(np.int64), tie[order], row[order].astype(np.int64))

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return len(self.tie)

    def taken(self, places: Whole) -> Bucket:
        """The customers at some places, in the order of the bucket."""
        value, *amounts = (_columns(one, places) for one in (self.value, *self.amounts))
        return Bucket(value, tuple(amounts), self.cell[places], self.tie[places], self.row[places])

    @property
    def measured(self) -> tuple[Floats, ...]:
        """The measures from the second on: the amounts, and the value last."""
        return *self.amounts, self.value


@dataclass(frozen=True)
class Book:
    """Whoever is decided for tonight: the treated, who use up what the rows bound, and ghosts, who do not."""

    treated: tuple[Bucket, ...]
    ghosts: tuple[Bucket, ...] = ()

    @classmethod
    def of(
        cls,
        value: Floats,
        amounts: Sequence[Floats] = (),
        *,
        cell: Whole,
        tie: Hashes,
        bucket: Whole,
        is_ghost: Flags | None = None,
    ) -> Book:
        """The book of customers in any order, cut into the fixed partitions.

        Reads: ``value``, each of ``amounts`` [actions, customers]; ``bucket`` 0 to 63; ``is_ghost`` (None: nobody is).
        """
        ghost = np.zeros(len(tie), dtype=np.bool_) if is_ghost is None else is_ghost

        def cut(flags: Flags) -> tuple[Bucket, ...]:
            order = np.flatnonzero(flags)
            order = order[np.argsort(bucket[order], kind="stable")]
            edges = np.searchsorted(bucket[order], np.arange(BUCKETS + 1))
            places = (order[a:b] for a, b in pairwise(edges.tolist()) if b > a)
            return tuple(
                Bucket.of(value[:, one], [amount[:, one] for amount in amounts], cell=cell[one], tie=tie[one], row=one)
                for one in places
            )

        return cls(cut(~ghost), cut(ghost))

    @property
    def customers(self) -> int:
        """How many of the treated there are."""
        return sum(bucket.customers for bucket in self.treated)

    @property
    def everyone(self) -> int:
        """How many rows a plan has: the treated and the ghosts."""
        return self.customers + sum(bucket.customers for bucket in self.ghosts)


@dataclass(frozen=True)
class Rows:
    """The shared constraints, each ``sum <= bound``, and the groups of actions that exclude one another."""

    names: tuple[str, ...]
    weights: Reals
    """[rows, cells, actions, measures]; the first measure is 1, the last the value."""
    bounds: Reals
    groups: Whole
    """For each action the number of its exclusive group, rising."""
    salts: Whole | None = None
    """A specified hash of each action's name, which parts equals; None: the action's number."""

    def __post_init__(self) -> None:
        rows, _, actions, measures = self.weights.shape
        if rows != len(self.names) or measures < len((COUNT, VALUE)) or self.bounds.shape != (rows,):
            raise ContractError("weights, bounds and names of the rows do not fit one another")
        if self.groups.shape != (actions,) or np.any(np.diff(self.groups) < 0):
            raise ContractError("the actions are not sorted by their exclusive group")
        if not (np.all(np.isfinite(self.weights)) and np.all(np.isfinite(self.bounds))):
            raise ContractError("a weight or a bound of a row is not a number")

    @property
    def cells(self) -> int:
        """How many cells the weights tell apart."""
        return int(self.weights.shape[1])

    @property
    def actions(self) -> int:
        """How many action columns there are."""
        return int(self.weights.shape[2])

    @property
    def measures(self) -> int:
        """How many measures there are: 1, the amounts, the value."""
        return int(self.weights.shape[3])

    @property
    def slices(self) -> tuple[tuple[int, int], ...]:
        """First action and the one after the last of each exclusive group."""
        edges = [0, *(np.flatnonzero(np.diff(self.groups)) + 1).tolist(), self.actions]
        return tuple(pairwise(edges)) if self.actions else ()

    def with_bounds(self, bounds: Reals) -> Rows:
        """The same rows with other bounds."""
        return replace(self, bounds=bounds)

    def use(self, totals: Reals) -> Reals:
        """What totals [measures, cells, actions] use up of each row."""
        use: Reals = np.einsum("rgaq,qga->r", self.weights, totals)
        return use

    def coefficients(self, cell: Whole, action: Whole, measures: Sequence[Reals]) -> Reals:
        """What each pair uses of each row, [rows, pairs]; ``measures`` in the order of the weights."""
        result = np.zeros((len(action), len(self.bounds)))
        key = cell * self.actions + action
        for number, measure in enumerate(measures):
            weights = self.weights[:, :, :, number].reshape(len(self.bounds), self.cells * self.actions)
            used = np.flatnonzero(np.any(weights, axis=1))
            if len(used) == len(self.bounds):
                result += np.ascontiguousarray(weights.T)[key] * measure[:, None]
            elif len(used):
                # One pair's weights lie together: a gather of many rows reads each line of memory once.
                result[:, used] += np.ascontiguousarray(weights[used].T)[key] * measure[:, None]
        return result.T

    def counted(self) -> Flags:
        """Which rows count whole units up to a whole bound: they need no tolerance."""
        other = np.any(self.weights[:, :, :, 1:] != 0, axis=(1, 2, 3))
        whole = np.all(self.weights[:, :, :, COUNT] == np.rint(self.weights[:, :, :, COUNT]), axis=(1, 2))
        counted: Flags = ~other & whole & (self.bounds == np.rint(self.bounds))
        return counted


def _columns(numbers: Floats, places: Whole) -> Floats:
    return np.ascontiguousarray(numbers[:, places])


def _check_numbers(value: Floats, amounts: Sequence[Floats]) -> None:
    if any(one.shape != value.shape for one in amounts):
        raise ContractError("value and amounts do not have the same shape")
    bad = {"value": np.isnan(value) | (value == np.inf)}
    bad |= {f"amount {number}": ~np.isfinite(one) for number, one in enumerate(amounts, start=1)}
    for name, flags in bad.items():
        if np.any(flags):
            raise ContractError(f"{name} is not a number in {int(flags.sum()):,} pairs")
