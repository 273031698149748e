"""The least of a convex function of which values and slopes are known: a proximal bundle method in a given metric.

Source: Kiwiel, Proximity control in bundle methods (1990); Lemarechal and Sagastizabal, Variable metric bundle methods
(1997). The numbers below were found on books of 10,000 to 10,000,000 customers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from persona.decisions.optimizer.problem import Reals
from persona.decisions.optimizer.quadratic import step

__all__ = ["Descent", "Manner", "descended"]

Oracle = Callable[[Reals], tuple[float, Reals]]
"""Value and slope at a point."""

_SERIOUS = 0.05
"""The share of the predicted gain that moves the centre."""
_GOOD = 0.4
_LOOSER, _TIGHTER, _AFTER_NULLS = 0.5, 2.5, 1.5
_NULLS = 3
_TIGHTEST = 1e5


@dataclass(frozen=True)
class Manner:
    """How long and how boldly to go down."""

    steps: int
    tolerance: float
    """Relative gain that is not worth another step."""
    nearness: float = 1.0
    """Weight of the distance from the centre at the start."""
    least_nearness: float = 1e-3
    cuts: int = 60


@dataclass(frozen=True)
class Descent:
    """Where the descent ended."""

    point: Reals
    value: float
    predicted: float
    """What the cuts still promised when it ended: above the tolerance, it was stopped by its number of steps."""
    slopes: Reals
    """[cuts, rows]"""
    weights: Reals
    """How much each cut bears: the slopes so weighted are the slope of the model there."""


def descended(
    oracle: Oracle,
    start: Reals,
    *,
    metric: Reals,
    manner: Manner,
    ceiling: Reals | None = None,
) -> Descent:
    """The lowest point found over ``0 <= x <= ceiling``."""
    top = np.full(len(start), np.inf) if ceiling is None else ceiling
    centre, nearness, nulls = start, manner.nearness, 0
    value, slope = oracle(centre)
    slopes, offsets = [slope], [value - float(np.sum(slope * centre))]
    predicted, weights = np.inf, np.ones(1)
    for _ in range(manner.steps):
        found = step(np.array(slopes), np.array(offsets), centre, nearness * metric, top)
        weights, predicted = found.weights, value - found.model
        if predicted < 0.1 * manner.tolerance or (predicted < manner.tolerance and nearness <= 1):
            break
        there, slope = oracle(found.point)
        gain = (value - there) / max(predicted, 1e-300)
        slopes, offsets, weights = _thinned(slopes, offsets, weights, manner.cuts)
        slopes.append(slope)
        offsets.append(there - float(np.sum(slope * found.point)))
        weights = np.append(weights, 0.0)
        nulls = 0 if gain > _SERIOUS else nulls + 1
        if gain > _SERIOUS:
            centre, value = found.point, there
        if gain > _GOOD:
            nearness = max(nearness * _LOOSER, manner.least_nearness)
        elif gain < 0:
            nearness = min(nearness * _TIGHTER, _TIGHTEST)
        elif nulls > _NULLS:
            nearness, nulls = nearness * _AFTER_NULLS, 0
    return Descent(centre, value, float(predicted), np.array(slopes), weights)


def _thinned(
    slopes: list[Reals], offsets: list[float], weights: Reals, most: int
) -> tuple[list[Reals], list[float], Reals]:
    """The cuts that bear most, and one that stands for all: their weighted sum, which keeps the model's promise."""
    if len(slopes) <= most:
        return slopes, offsets, weights
    kept = np.sort(np.argsort(-weights, kind="stable")[: most // 2]).tolist()
    total = float(weights.sum())
    both = np.einsum("jm,j->m", np.array(slopes), weights) / total
    offset = float(np.sum(np.array(offsets) * weights)) / total
    bearing = np.append(np.zeros(len(kept)), total)
    return [*(slopes[one] for one in kept), both], [*(offsets[one] for one in kept), offset], bearing
