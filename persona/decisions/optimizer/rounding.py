"""Whole decisions for a core: the few customers whom the linear program splits and those near them, settled anew.

A basic solution splits no more customers than there are rows; freeing some hundred more gives the integer program room
to fill the rows. Limits are of nodes, never of time: a clock would make two runs of one night differ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import LinearConstraint

from persona.decisions.optimizer.core import Core, Settled, local_rows
from persona.decisions.optimizer.integer import integer_program
from persona.decisions.optimizer.problem import Flags, Reals
from persona.decisions.optimizer.repair import broken, repaired

__all__ = ["Exactness", "Rounded", "rounded"]

_FREE_CUSTOMERS = 400
_NODES = 400
_ATTEMPTS = 6
_WIDER = 3
_SPLIT = 1e-7
_EDGE = 1e-9
"""Relative to a row's size for one customer: keeps sums that are not whole off the edge of their bound."""


@dataclass(frozen=True)
class Rounded:
    """A whole plan of a core."""

    chosen: Flags
    bound: float
    """What the integer program proved of the whole plan where every customer was free; inf where some were not."""


@dataclass(frozen=True)
class Exactness:
    """How hard to try: how near to the best an integer program may end, how many nodes it may take, who is free."""

    gap: float
    """In minor units."""
    nodes: int = _NODES
    customers: int = _FREE_CUSTOMERS


def rounded(
    one: Core, solution: Settled, *, unit: float, scales: Reals, counted: Flags, exactness: Exactness
) -> Rounded | None:
    """A plan in whole decisions that keeps every row; None where none was found.

    Reads: ``counted``, the rows that count whole units: they need no distance from their bound.
    """
    free_customers = exactness.customers
    edge = np.where(counted, 0.0, _EDGE * scales)
    for _ in range(_ATTEMPTS):
        free = _free(one, solution, free_customers)
        found = _program(one, solution, free, edge, unit=unit, scales=scales, exactness=exactness)
        if found is None:
            if np.all(free):
                break
            free_customers *= _WIDER
            continue
        over = np.maximum(one.use @ found.chosen - one.left, 0.0)
        if not np.any(broken(one, found.chosen, counted)):
            return found
        # The program may pass a row by its own tolerance: hold it as much further off.
        edge += 2 * over
    chosen = repaired(one, np.rint(solution.shares) > 0, scales=scales, counted=counted)
    return None if chosen is None else Rounded(chosen, np.inf)


def _free(one: Core, solution: Settled, customers: int) -> Flags:
    """The pairs of customers who are split, and of as many more who are nearest to another choice."""
    count = int(one.customer[-1]) + 1 if len(one.customer) else 0
    nearest = np.full(count, np.inf)
    np.minimum.at(nearest, one.customer, np.abs(one.pairs.margin))
    is_free = np.zeros(count, dtype=np.bool_)
    is_free[np.argsort(nearest, kind="stable")[:customers]] = True
    is_free[one.customer[(solution.shares > _SPLIT) & (solution.shares < 1 - _SPLIT)]] = True
    return is_free[one.customer]


def _program(
    one: Core, solution: Settled, free: Flags, edge: Reals, *, unit: float, scales: Reals, exactness: Exactness
) -> Rounded | None:
    """The integer program over the free pairs, the others as the linear program has them."""
    kept = (np.rint(solution.shares) > 0) & ~free
    if not np.any(free):
        return Rounded(kept, solution.value)
    value = one.value[free]
    left = one.left - one.use[:, kept].sum(axis=1) - edge
    local, most = local_rows(one.customer[free], one.group[free], one.pairs.room[free])
    constraints = [LinearConstraint(one.use[:, free] / scales[:, None], -np.inf, left / scales)]
    if len(most):
        constraints.append(LinearConstraint(local, -np.inf, most))
    expected = max(abs(float(np.sum(value * solution.shares[free]))), 1e-9 * unit)
    ones = np.ones(len(value))
    gap = exactness.gap / expected
    found = integer_program(-value / unit, constraints, whole=ones, most=ones, nodes=exactness.nodes, gap=gap)
    if found is None:
        return None
    kept[free] = np.rint(found.x) > 0
    fixed = one.fixed_value + float(one.value[kept & ~free].sum())
    return Rounded(kept, fixed - found.bound * unit if np.all(free) else np.inf)
