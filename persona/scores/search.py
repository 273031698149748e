"""The search for a model's numbers: where its loss is least, the same whatever the threads of the machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from persona.scores.affinity_state import Floats

__all__ = ["least", "rounded"]

_PRECISION = 1e-14


def least(
    loss: Callable[[Floats], tuple[float, Floats]],
    start: Sequence[float],
    *,
    bounds: tuple[float, float] = (-6.0, 6.0),
) -> Floats:
    """Where a loss, given with its slope, is least within the bounds; found from one start by L-BFGS-B.

    One thread: idle threads of the linear algebra cost a busy machine a hundred times what four numbers need.
    """
    with threadpool_limits(limits=1):
        options = {"ftol": _PRECISION}
        found = minimize(
            loss, np.asarray(start), jac=True, method="L-BFGS-B", bounds=[bounds] * len(start), options=options
        )
    return np.asarray(found.x, dtype=np.float64)


def rounded(numbers: Floats | Sequence[float]) -> tuple[float, ...]:
    """The numbers of a model as they are kept: plain, to 12 digits.

    >>> rounded([0.1 + 0.2])
    (0.3,)
    """
    return tuple(float(f"{number:.12g}") for number in numbers)
