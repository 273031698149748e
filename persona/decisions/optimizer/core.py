"""The core settled exactly, in fractions: a linear program over the pairs that prices alone leave undecided.

Its value is that of a plan but for a few customers who are split, no more than there are rows; its dual prices are the
value of one more unit of each limit. Source: Dantzig; HiGHS (Huangfu and Hall, 2018), the dual simplex method.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, vstack

from persona.decisions.optimizer.evaluate import Evaluator
from persona.decisions.optimizer.problem import Reals, Whole
from persona.decisions.optimizer.scan import NOBODY, Plan, Undecided

__all__ = ["Core", "Settled", "core", "local_rows", "settled", "totals_of"]


_HAIR = 1e-5
"""Of a customer's use: more than the tolerance of the linear program, less than anything that is decided."""


@dataclass(frozen=True)
class Core:
    """The undecided pairs with their numbers."""

    pairs: Undecided
    customer: Whole
    """A number for each customer of the core, rising with bucket and place."""
    group: Whole
    value: Reals
    use: Reals
    """[rows, pairs]"""
    left: Reals
    """What the fixed pairs leave of each bound."""
    fixed_value: float


@dataclass(frozen=True)
class Settled:
    """The solution of a core's linear program."""

    shares: Reals
    """0 to 1 for each pair."""
    value: float
    """Of the whole plan, the fixed pairs included."""
    prices: Reals
    """The value of one more unit of each row, in minor units a unit."""


def core(whole: Evaluator, pairs: Undecided) -> Core:
    """The numbers of a core: what its pairs are worth and use, and what is left to them."""
    rows, k = whole.rows, whole.k
    fixed = totals_of(whole, pairs.fixed)
    cell, numbers = _measures(whole, pairs)
    steps = (np.diff(pairs.bucket, prepend=-1) != 0) | (np.diff(pairs.place, prepend=-1) != 0)
    group = np.zeros(len(pairs.action), dtype=np.int64) if k == 1 else rows.groups[pairs.action]
    use = rows.coefficients(cell, pairs.action, numbers)
    return Core(
        pairs,
        np.cumsum(steps) - 1,
        group,
        numbers[-1],
        use,
        rows.bounds - rows.use(fixed),
        float(fixed[-1].sum()),
    )


def totals_of(whole: Evaluator, plans: tuple[Plan, ...]) -> Reals:
    """What plans add up to in double precision, [measures, cells, actions]."""
    cells, actions = whole.rows.cells, whole.rows.actions
    result = np.zeros((whole.rows.measures, cells * actions))
    for one, plan in zip(whole.views, plans, strict=True):
        bucket = one.bucket
        for actions_of in plan:
            place = np.flatnonzero(actions_of != NOBODY)
            action = actions_of[place].astype(np.int64)
            key = bucket.cell[place] * actions + action
            result[0] += np.bincount(key, minlength=cells * actions)
            for measure, numbers in enumerate(bucket.measured, start=1):
                result[measure] += np.bincount(key, numbers[action, place], cells * actions)
    return result.reshape(-1, cells, actions)


def _measures(whole: Evaluator, pairs: Undecided) -> tuple[Whole, tuple[Reals, ...]]:
    """The cell and the measures of each pair."""
    cell = np.zeros(len(pairs.action), dtype=np.int64)
    result = np.ones((whole.rows.measures, len(pairs.action)))
    edges = np.searchsorted(pairs.bucket, np.arange(len(whole.views) + 1))
    for one, a, b in zip(whole.views, edges[:-1], edges[1:], strict=True):
        place, action = pairs.place[a:b], pairs.action[a:b]
        cell[a:b] = one.bucket.cell[place]
        for measure, numbers in enumerate(one.bucket.measured, start=1):
            result[measure, a:b] = numbers[action, place]
    return cell, tuple(result)


def local_rows(customer: Whole, group: Whole, room: Whole) -> tuple[csr_matrix, Reals]:
    """What a customer's own limits say of his pairs: no more than there is room, and one of each exclusive group.

    Rows that can never bind are left out.
    """
    pairs = len(customer)
    blocks, bounds = [csr_matrix((0, pairs))], [np.zeros(0)]
    for key, most in ((customer, room), (customer * (int(group.max(initial=0)) + 1) + group, np.ones(pairs))):
        _, first, place, count = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
        binding = count > most[first]
        columns = np.flatnonzero(binding[place])
        number = np.cumsum(binding) - 1
        entries = (np.ones(len(columns)), (number[place[columns]], columns))
        blocks.append(csr_matrix(entries, shape=(int(binding.sum()), pairs)))
        bounds.append(most[first][binding].astype(np.float64))
    return vstack(blocks, format="csr"), np.concatenate(bounds)


def settled(one: Core, *, unit: float, scales: Reals) -> Settled | None:
    """The best fractional plan of a core; None where what is fixed leaves too little for its rows.

    ``unit`` is a value in minor units and ``scales`` a use of each row that make all numbers of the program alike.
    """
    rows = len(scales)
    if not len(one.value):
        return Settled(np.zeros(0), one.fixed_value, np.zeros(rows)) if np.all(one.left >= 0) else None
    local, most = local_rows(one.customer, one.group, one.pairs.room)
    matrix = vstack([csr_matrix(one.use / scales[:, None]), local], format="csr")
    # A hair more room, so that where prices are not certain they are those of one unit more and not of one less.
    limits = np.concatenate([one.left / scales + _HAIR, most])
    found = linprog(-one.value / unit, A_ub=matrix, b_ub=limits, bounds=(0, 1), method="highs-ds")
    if found.status != 0:
        return None
    prices = np.maximum(0.0, -found.ineqlin.marginals[:rows]) * unit / scales
    shares = np.clip(found.x, 0.0, 1.0)
    return Settled(shares, one.fixed_value + float(np.sum(one.value * shares)), prices)
