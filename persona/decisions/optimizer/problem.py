"""What the optimizer is given: a book of customers in buckets, and the rows that its plan must keep.

A row ``r`` bounds a sum over the chosen pairs of customer ``i`` and action ``j``: sum of ``a_rij <= b_r`` with
``a_rij`` = the weighted sum of the pair's four measures (1, cost, expected loss, value) by
``weights[r, cell of i, j, measure]``. A minimum is a negated maximum; a ratio is linear in the sums.
Source: the problem of Marketing Optimization with cells, as in Gupta, Keerthi and others (DuaLip, ICML 2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from persona.buckets import BUCKETS
from persona.errors import ContractError

__all__ = ["COST", "COUNT", "LOSS", "MEASURES", "VALUE", "Book", "Bucket", "Rows"]

MEASURES = ("count", "cost", "loss", "value")
COUNT, COST, LOSS, VALUE = range(4)

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
    cost: Floats
    loss: Floats
    cell: Whole
    tie: Hashes
    """A specified hash of the customer: decides between equals and draws the samples; unique in a bucket."""
    row: Whole
    """The customer's place in the book as it was given."""

    @classmethod
    def of(cls, value: Floats, cost: Floats, loss: Floats, *, cell: Whole, tie: Hashes, row: Whole) -> Bucket:
        """A bucket of customers in any order. Raises: ContractError where a number or a hash cannot be used."""
        _check_numbers(value, cost, loss)
        order = np.lexsort((tie, cell))
        if len(order) and np.any((np.diff(tie[order]) == 0) & (np.diff(cell[order]) == 0)):
            raise ContractError("two customers of one bucket and cell have the same tie hash")
        if not np.all(np.diff(order) == 1):
            value, cost, loss = (_columns(one, order) for one in (value, cost, loss))
        return cls(value, cost, loss, cell[order].astype(np.int64), tie[order], row[order].astype(np.int64))

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return len(self.tie)

    def taken(self, places: Whole) -> Bucket:
        """The customers at some places, in the order of the bucket."""
        value, cost, loss = (_columns(one, places) for one in (self.value, self.cost, self.loss))
        return Bucket(value, cost, loss, self.cell[places], self.tie[places], self.row[places])


@dataclass(frozen=True)
class Book:
    """Whoever is decided for tonight: the treated, who use up what the rows bound, and ghosts, who do not."""

    treated: tuple[Bucket, ...]
    ghosts: tuple[Bucket, ...] = ()

    @classmethod
    def of(
        cls,
        value: Floats,
        cost: Floats,
        loss: Floats,
        *,
        cell: Whole,
        tie: Hashes,
        bucket: Whole,
        is_ghost: Flags | None = None,
    ) -> Book:
        """The book of customers in any order, cut into the fixed partitions.

        Reads: ``value``, ``cost``, ``loss`` [actions, customers]; ``bucket`` 0 to 63; ``is_ghost`` (None: nobody is).
        """
        ghost = np.zeros(len(tie), dtype=np.bool_) if is_ghost is None else is_ghost

        def cut(flags: Flags) -> tuple[Bucket, ...]:
            order = np.flatnonzero(flags)
            order = order[np.argsort(bucket[order], kind="stable")]
            edges = np.searchsorted(bucket[order], np.arange(BUCKETS + 1))
            places = (order[a:b] for a, b in pairwise(edges.tolist()) if b > a)
            return tuple(
                Bucket.of(value[:, one], cost[:, one], loss[:, one], cell=cell[one], tie=tie[one], row=one)
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
    """[rows, cells, actions, measures]."""
    bounds: Reals
    groups: Whole
    """For each action the number of its exclusive group, rising."""

    def __post_init__(self) -> None:
        rows, _, actions, measures = self.weights.shape
        if (rows, measures) != (len(self.names), len(MEASURES)) or self.bounds.shape != (rows,):
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
    def slices(self) -> tuple[tuple[int, int], ...]:
        """First action and the one after the last of each exclusive group."""
        edges = [0, *(np.flatnonzero(np.diff(self.groups)) + 1).tolist(), self.actions]
        return tuple(pairwise(edges)) if self.actions else ()

    def with_bounds(self, bounds: Reals) -> Rows:
        """The same rows with other bounds."""
        return Rows(self.names, self.weights, bounds, self.groups)

    def use(self, totals: Reals) -> Reals:
        """What totals [measures, cells, actions] use up of each row."""
        use: Reals = np.einsum("rgaq,qga->r", self.weights, totals)
        return use

    def coefficients(self, cell: Whole, action: Whole, measures: Sequence[Reals]) -> Reals:
        """What each pair uses of each row, [rows, pairs]; ``measures`` in the order of MEASURES."""
        result = np.zeros((len(self.bounds), len(action)))
        for number, measure in enumerate(measures):
            weights = self.weights[:, :, :, number]
            if np.any(weights):
                result += weights[:, cell, action] * measure
        return result

    def counted(self) -> Flags:
        """Which rows count whole units up to a whole bound: they need no tolerance."""
        other = np.any(self.weights[:, :, :, 1:] != 0, axis=(1, 2, 3))
        whole = np.all(self.weights[:, :, :, COUNT] == np.rint(self.weights[:, :, :, COUNT]), axis=(1, 2))
        counted: Flags = ~other & whole & (self.bounds == np.rint(self.bounds))
        return counted


def _columns(numbers: Floats, places: Whole) -> Floats:
    return np.ascontiguousarray(numbers[:, places])


def _check_numbers(value: Floats, cost: Floats, loss: Floats) -> None:
    if not value.shape == cost.shape == loss.shape:
        raise ContractError("value, cost and loss do not have the same shape")
    for name, numbers, worst in (("value", value, np.inf), ("cost", cost, None), ("loss", loss, None)):
        bad = np.isnan(numbers) | (numbers == worst) if worst is not None else ~np.isfinite(numbers)
        if np.any(bad):
            raise ContractError(f"{name} is not a number in {int(bad.sum()):,} pairs")
