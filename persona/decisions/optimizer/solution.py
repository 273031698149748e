"""What the optimizer answers: a plan with its proof, or the proof that there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from persona.decisions.optimizer.problem import Bucket, Reals
from persona.decisions.optimizer.scan import NOBODY, Plan

__all__ = ["Infeasible", "Solution", "choices"]


@dataclass(frozen=True)
class Solution:
    """The plan of a book and what is certain of it. All values are in the unit of the book's values."""

    choice: NDArray[np.int16]
    """[rows of the book, k]: the numbers of the chosen actions, rising; -1 where a customer has fewer."""
    value: float
    """Of the treated."""
    bound: float
    """No plan is worth more."""
    use: Reals
    """What the treated use of each row; ghosts add nothing."""
    slack: Reals
    shadow_prices: Reals
    """What one more unit of each bound is worth (of a minimum: one unit less), as the last linear program has it."""
    prices: Reals
    """The prices under which all but the core was decided, ghosts too."""
    passes: int
    """How often the book was read: dual, scan and certificate."""
    undecided: int
    """Pairs that were settled together."""

    @property
    def gap(self) -> float:
        """How much more the best plan may be worth, relative to this one; 0 where both are nothing."""
        distance = max(0.0, self.bound - self.value)
        return distance / abs(self.value) if self.value else (np.inf if distance > 0 else 0.0)


@dataclass(frozen=True)
class Infeasible:
    """Rows that no plan can keep together, and the smallest change of bounds that mends them."""

    clashing: tuple[str, ...]
    """The rows of the proof."""
    proof: Reals
    """Multipliers >= 0 under which the rows contradict what customers can do; all 0 where only whole plans fail."""
    shortfall: float
    """By how much the rows are missed at least, each relative to its bound."""
    bounds: Reals
    """The bounds of all rows after the smallest relative relaxation; whole where the row counts."""
    is_proven: bool
    """False: no plan was found, but none is excluded."""


def choices(buckets: Sequence[Bucket], plans: Sequence[Plan], customers: int, k: int) -> NDArray[np.int16]:
    """The plans of buckets as one table in the order of the book."""
    result = np.full((customers, k), NOBODY, dtype=np.int16)
    for bucket, plan in zip(buckets, plans, strict=True):
        last = np.iinfo(np.int16).max
        rising = np.sort(np.where(plan == NOBODY, last, plan), axis=0)
        result[bucket.row] = np.where(rising == last, NOBODY, rising).T
    return result
