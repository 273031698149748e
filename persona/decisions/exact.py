"""A small book solved whole: with the limits of customers and households and their conflicts as rows of their own.

Prices know nothing of what a household shares; here the integer program is told all of it, so that its plan is the
best there is, and a book that it refuses is refused by proof. Nodes are limited, never time. Source: HiGHS (Huangfu and
Hall, 2018); the elastic program of Chinneck, Feasibility and Infeasibility in Optimization (2008).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import LinearConstraint, linprog
from scipy.sparse import csr_matrix, diags, hstack, vstack

from persona.decisions.optimizer import Infeasible, Rows
from persona.decisions.optimizer.infeasible import mended
from persona.decisions.optimizer.integer import Answer, integer_program
from persona.decisions.pairs import Pairs, Reals, Whole
from persona.decisions.seats import Seats

__all__ = ["Best", "best_whole"]

_NODES = 4_000
_ATTEMPTS = 4
_HIGHEST = 1e3
"""What the most valuable pair is worth in the program."""
_TOLERANCE = 1e-9
_HAIR = 1e-5
"""Of a row's largest use: so that prices are those of one unit more and not of one less."""
_PROOF = 1e-6


@dataclass(frozen=True)
class Best:
    """The plan of a small book."""

    chosen: Whole
    prices: Reals
    """Of the rows, as the linear program has them."""
    bound: float
    """No plan is worth more; what the plan is worth where it is proven to be the best."""


@dataclass(frozen=True)
class _Program:
    """The open pairs, and after them one variable for each offer of a household that a conflict speaks of."""

    value: Reals
    use: csr_matrix
    """[rows, variables], each row relative to its scale."""
    bounds: Reals
    scales: Reals
    local: csr_matrix
    """[limits, variables]: what customers and households have room for."""
    most: Reals

    def held_to(self, edge: Reals) -> list[LinearConstraint]:
        """The rows, each so far off its bound, and the limits."""
        kept = [LinearConstraint(self.use, -np.inf, self.bounds - edge)] if len(self.bounds) else []
        return [*kept, LinearConstraint(self.local, -np.inf, self.most)]


def best_whole(
    pairs: Pairs, rows: Rows, seats: Seats, worth: Whole, here: Whole, *, places: Whole
) -> Best | Infeasible | None:
    """The plan of the open pairs that is worth most under rows and limits; None where nodes did not suffice for any.

    Reads: ``here``, the open pairs; ``places``, how many pairs each customer may have.
    """
    one = _program(pairs, rows, seats, worth, here, places=places)
    unit = max(float(np.abs(one.value).max(initial=0.0)) / _HIGHEST, 1.0)
    use, counted = pairs.use(rows, here), rows.counted()
    edge, bound = np.zeros(len(rows.bounds)), np.inf
    for _ in range(_ATTEMPTS):
        found = _solved(one, -one.value / unit, one.held_to(edge))
        if found is None:
            break
        # Only the program that is held off nothing bounds every plan.
        bound = min(bound, -found.bound * unit if not np.any(edge) else np.inf)
        taken = np.flatnonzero(np.rint(found.x[: len(here)]) > 0)
        total, gross = use[:, taken].sum(axis=1), np.abs(use[:, taken]).sum(axis=1)
        tolerance = np.where(counted, 0.0, _TOLERANCE * np.maximum(gross, np.abs(rows.bounds)))
        over = np.maximum(total - rows.bounds, 0.0)
        if np.all(over <= tolerance):
            value = float(worth[here[taken]].sum())
            # Worths are whole: a better plan is worth one more at least.
            return Best(here[taken], _prices(one, unit), value if bound < value + 1 else bound)
        edge += 2 * over / one.scales
    return None if np.any(edge) else _refused(one, rows)


def _program(pairs: Pairs, rows: Rows, seats: Seats, worth: Whole, here: Whole, *, places: Whole) -> _Program:
    use = pairs.use(rows, here)
    largest = np.abs(use).max(axis=1, initial=0.0)
    scales = np.where(largest > 0, largest, 1.0)
    limits: list[tuple[Whole, Whole | None]] = [(pairs.customer[here], places)]
    limits += seats.bounding(pairs, here, several=bool(np.any(places > 1)))
    if np.any(places > 1):
        limits.append((pairs.exclusive[here], None))
    blocks = [_limited(key, most) for key, most in limits]
    told, offers = _told_of_one(seats.excluding(pairs, here), len(here))
    wide = [hstack([block, csr_matrix((block.shape[0], offers))]) for block, _ in blocks]
    conflicts, ones = told
    return _Program(
        np.concatenate([worth[here].astype(np.float64), np.zeros(offers)]),
        csr_matrix(hstack([csr_matrix(use / scales[:, None]), csr_matrix((len(scales), offers))])),
        rows.bounds / scales,
        scales,
        csr_matrix(vstack([*wide, conflicts])),
        np.concatenate([*(most for _, most in blocks), ones]),
    )


def _limited(key: Whole, room: Whole | None) -> tuple[csr_matrix, Reals]:
    """One limit as rows: of the pairs with the same key no more than there is room for (None: one); a key of -1: free.

    Rows stand in the order of the pairs, whatever the keys are; those that can never bind are left out.
    """
    among = np.flatnonzero(key >= 0)
    named, first, place, count = np.unique(key[among], return_index=True, return_inverse=True, return_counts=True)
    most = np.ones(len(named)) if room is None else np.maximum(room[named], 0).astype(np.float64)
    order = np.argsort(first, kind="stable")
    order = order[count[order] > most[order]]
    number = np.full(len(named), -1, dtype=np.int64)
    number[order] = np.arange(len(order))
    binding = np.flatnonzero(number[place] >= 0)
    entries = (np.ones(len(binding)), (number[place[binding]], among[binding]))
    return csr_matrix(entries, shape=(len(order), len(key))), most[order]


def _told_of_one(conflicts: Iterator[tuple[Whole, Whole]], pairs: int) -> tuple[tuple[csr_matrix, Reals], int]:
    """Conflicts as rows over pairs and offers: no pair without its offer, and of its offers each household has one."""
    at: list[tuple[int, int, float]] = []
    most: list[float] = []
    column = pairs
    for home, offer in conflicts:
        known: dict[tuple[int, int], int] = {}
        for place in np.flatnonzero(offer >= 0).tolist():
            key = int(home[place]), int(offer[place])
            if key not in known:
                known[key], column = column, column + 1
            at += [(len(most), place, 1.0), (len(most), known[key], -1.0)]
            most.append(0.0)
        numbers: dict[int, int] = {}
        for (lives, _), other in known.items():
            if lives not in numbers:
                numbers[lives] = len(most)
                most.append(1.0)
            at.append((numbers[lives], other, 1.0))
    row, col, entry = (np.array(told) for told in zip(*at, strict=True)) if at else (np.zeros(0, dtype=np.int64),) * 3
    return (csr_matrix((entry, (row, col)), shape=(len(most), column)), np.array(most)), column - pairs


def _solved(one: _Program, costs: Reals, constraints: list[LinearConstraint]) -> Answer | None:
    ones = np.ones(len(one.value))
    return integer_program(costs, constraints, whole=ones, most=ones, nodes=_NODES)


def _prices(one: _Program, unit: float) -> Reals:
    """What one more unit of each row is worth where customers may be split."""
    count = len(one.bounds)
    if not count:
        return np.zeros(0)
    limits = np.concatenate([one.bounds + _HAIR, one.most])
    matrix = vstack([one.use, one.local], format="csr")
    found = linprog(-one.value / unit, A_ub=matrix, b_ub=limits, bounds=(0, 1), method="highs-ds")
    if found.status != 0:
        return np.zeros(count)
    prices: Reals = np.maximum(0.0, -found.ineqlin.marginals[:count]) * unit / one.scales
    return prices


def _refused(one: _Program, rows: Rows) -> Infeasible | None:
    """The least that the rows must give way, and whether that is proven to be more than nothing."""
    count, variables = len(one.bounds), len(one.value)
    if not count:
        return None
    sizes = np.where(rows.bounds != 0, np.abs(rows.bounds), one.scales)
    shared = hstack([one.use, -diags(sizes / one.scales)], format="csr")
    local = hstack([one.local, csr_matrix((len(one.most), count))], format="csr")
    found = integer_program(
        np.concatenate([np.zeros(variables), np.ones(count)]),
        [LinearConstraint(shared, -np.inf, one.bounds), LinearConstraint(local, -np.inf, one.most)],
        whole=np.concatenate([np.ones(variables), np.zeros(count)]),
        most=np.concatenate([np.ones(variables), np.full(count, np.inf)]),
        nodes=_NODES,
    )
    if found is None:
        return None
    missing = np.maximum(0.0, found.x[variables:])
    bounds = mended(rows, missing * sizes, sizes)
    names = tuple(rows.names[place] for place in np.flatnonzero(bounds > rows.bounds))
    return Infeasible(names, np.zeros(count), float(missing.sum()), bounds, is_proven=found.bound > _PROOF)
