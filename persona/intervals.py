"""Intervals: how far a share that was counted may lie from the true one."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

__all__ = ["wilson"]


def wilson(happened: int, of: int, *, level: float = 0.95) -> tuple[float, float]:
    """The bounds between which the true share lies at the level; 0 and 1 where nothing was counted.

    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference. The level is held on
    average over all true shares; at a share very near 0 or 1 it may be missed by some hundredths.

    >>> [round(bound, 4) for bound in wilson(8, 10)]
    [0.4902, 0.9433]
    """
    if not of:
        return 0.0, 1.0
    z2 = NormalDist().inv_cdf((1 + level) / 2) ** 2
    middle = (happened + z2 / 2) / (of + z2)
    reach = sqrt(z2 * (happened * (of - happened) / of + z2 / 4)) / (of + z2)
    return max(0.0, middle - reach), min(1.0, middle + reach)
