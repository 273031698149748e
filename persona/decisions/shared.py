"""What customers share in one slot: caps of offers and constraints of the book, as rows of the optimizer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from persona.buckets import hashed
from persona.decisions.optimizer import Rows
from persona.decisions.terms import ALWAYS, NEVER, Term, Terms
from persona.errors import PolicyError
from persona.policy.actions import Action, exclusive

__all__ = ["Cells", "Line", "Shared", "shared"]

Flags = NDArray[np.bool_]
Reals = NDArray[np.float64]
Whole = NDArray[np.int64]

MOST_CELLS = 4_096
"""Kinds of customers that constraints may tell apart."""


@dataclass(frozen=True)
class Cells:
    """The kinds of customers that the constraints tell apart."""

    of: Whole
    """The cell of each customer."""
    flags: Flags
    """[cells, flags]"""

    @classmethod
    def of_customers(cls, customers: pl.DataFrame, flags: int) -> Cells:
        """The cells of customers with ``flag_<n>``. Raises: PolicyError where there are too many."""
        if not flags:
            return cls(np.zeros(customers.height, dtype=np.int64), np.zeros((1, 0), dtype=np.bool_))
        told = customers.select(f"flag_{number}" for number in range(flags)).to_numpy()
        packed = np.ascontiguousarray(np.packbits(told.astype(np.bool_), axis=1))
        keys = packed.view([("", packed.dtype)] * packed.shape[1])[:, 0]
        _, first, of = np.unique(keys, return_index=True, return_inverse=True)
        if len(first) > MOST_CELLS:
            raise PolicyError(
                f"the constraints tell {len(first):,} kinds of customers apart, more than {MOST_CELLS:,}",
                where="rules/constraints.yaml",
                hint="Let fewer constraints hang on the customer, or on groups of customers that exclude each other.",
            )
        return cls(of.reshape(-1).astype(np.int64), told[first].astype(np.bool_).reshape(-1, flags))


@dataclass(frozen=True)
class Line:
    """One bound of a constraint, or the cap of an offer."""

    name: str
    bound: Literal["max", "min", "cap"]
    limit: float
    term: Term | None = None
    before: float = 0.0
    """What counts already."""
    is_enforced: bool = True
    holds: bool = True
    """Whether it is a bound of this slot, and does not only count what the slot sends."""

    @property
    def sign(self) -> float:
        """-1 of a minimum: the optimizer knows ceilings alone."""
        return -1.0 if self.bound == "min" else 1.0

    @property
    def shift(self) -> float:
        """What each contact is set off against: of an average or share the bound."""
        return self.limit if self.term is not None and self.term.is_ratio else 0.0

    @property
    def ceiling(self) -> float:
        """What the row may come to tonight."""
        if self.term is not None and self.term.is_ratio:
            return 0.0
        left = self.limit - self.before
        # A window that is full already leaves nothing, and asks nothing back.
        return max(0.0, left) if self.bound != "min" else -left


@dataclass(frozen=True)
class Shared:
    """The lines of a slot and what each action of each cell adds to them."""

    lines: tuple[Line, ...]
    every: Rows
    """Of all lines, in their order."""
    counting: Rows
    """Of how many contacts each average and share speaks; nothing of sums."""
    counts: Reals
    """[lines, cells, actions]: whether a line speaks of an action with the customers of a cell."""

    @property
    def enforced(self) -> Whole:
        """The places of the lines that the plan is held to."""
        return np.flatnonzero([line.is_enforced for line in self.lines])

    @property
    def rows(self) -> Rows:
        """The lines that the plan is held to, as the optimizer takes them."""
        kept = self.enforced
        names = tuple(f"{self.lines[place].name}:{self.lines[place].bound}" for place in kept)
        return Rows(names, self.every.weights[kept], self.every.bounds[kept], self.every.groups, self.every.salts)


def shared(
    actions: Sequence[Action], terms: Terms, cells: Cells, *, slot: str, before: Mapping[str, float], k: int
) -> Shared:
    """The lines that hold in a slot over its actions, which are sorted by what excludes them.

    Reads: ``before``, what counts already of each constraint by its id.
    """
    lines = [*_caps(actions), *_bounds(terms, slot, before)]
    weights = np.zeros((len(lines), len(cells.flags), len(actions), 2 + len(terms.amounts)))
    counting, counts = np.zeros(weights.shape), np.zeros(weights.shape[:3])
    for number, line in enumerate(lines):
        if line.term is None:
            weights[number, :, [one.offer.offer == line.name for one in actions], 0] = 1.0
        else:
            counts[number] = _met(cells, [line.term.counts[one.index] for one in actions])
            counting[number] = _count_of(line.term, counts[number], weights.shape[1:])
            weights[number] = line.sign * (
                _sum_of(line.term, counts[number], actions, cells, weights.shape[1:]) - line.shift * counting[number]
            )
    bounds = np.array([line.ceiling for line in lines], dtype=np.float64)
    salts = np.array([hashed("action", one.name) % 2**32 for one in actions], dtype=np.int64)
    names, groups = tuple(line.name for line in lines), _groups(actions, terms, k)
    every = Rows(names, weights, bounds, groups, salts)
    return Shared(tuple(lines), every, Rows(names, counting, bounds, groups), counts)


def _groups(actions: Sequence[Action], terms: Terms, k: int) -> Whole:
    names = [exclusive(one, terms.limits.one_of_each) if k > 1 else "" for one in actions]
    return np.unique(np.array(names, dtype=np.str_), return_inverse=True)[1].astype(np.int64).reshape(-1)


def _caps(actions: Sequence[Action]) -> list[Line]:
    caps = {one.offer.offer: one.offer.cap for one in actions}
    return [Line(name, "cap", float(cap)) for name, cap in sorted(caps.items()) if cap is not None]


def _bounds(terms: Terms, slot: str, before: Mapping[str, float]) -> list[Line]:
    lines = []
    for term in terms.terms:
        one = term.constraint
        if slot not in one.classes:
            continue
        # Where marketing counts, service counts too but is not refused; what the law wants is refused by none.
        holds = slot == "marketing" or (slot == "service" and "marketing" not in one.classes)
        for name, limit in term.bounds():
            bound: Literal["max", "min"] = "max" if name == "max" else "min"
            already = before.get(one.id, 0.0)
            lines.append(Line(one.id, bound, limit, term, already, one.is_enforced and holds, holds))
    return lines


def _met(cells: Cells, flags: Sequence[int]) -> Reals:
    """1 where an action counts with the customers of a cell, [cells, actions]."""
    columns = []
    for flag in flags:
        known = {ALWAYS: np.ones(len(cells.flags)), NEVER: np.zeros(len(cells.flags))}
        columns.append(known[flag] if flag in known else cells.flags[:, flag].astype(np.float64))
    return np.stack(columns, axis=1) if columns else np.zeros((len(cells.flags), 0))


def _count_of(term: Term, counts: Reals, shape: tuple[int, ...]) -> Reals:
    """1 for each contact that an average or share speaks of, [cells, actions, measures]."""
    weights = np.zeros(shape)
    if term.is_ratio:
        weights[:, :, 0 if term.within is None else 1 + term.within] = counts
    return weights


def _sum_of(term: Term, counts: Reals, actions: Sequence[Action], cells: Cells, shape: tuple[int, ...]) -> Reals:
    """What each action adds to the sum, [cells, actions, measures]."""
    weights = np.zeros(shape)
    own = counts * np.array([term.weight[one.index] for one in actions])
    if term.shares:
        own = own * _met(cells, [term.shares[one.index] for one in actions])
    weights[:, :, 0 if term.amount is None else 1 + term.amount] = own
    return weights
