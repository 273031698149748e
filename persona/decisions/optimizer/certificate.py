"""The proof that goes with a plan: its rows recounted, its value, and a bound that no plan can pass.

Nothing of the way a plan was found is used here: only the book, the rows, the prices and the plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from persona.decisions.optimizer.evaluate import Evaluator, View, charges, chosen, reduced
from persona.decisions.optimizer.problem import Bucket, Flags, Reals, Rows, Whole
from persona.decisions.optimizer.scan import NOBODY, Plan

__all__ = ["Recount", "certified_bound", "recounted", "violated"]

_ROUNDING = 1e-12
"""More than the sums of a pass can lose to rounding, relative to what was added up."""
_TOLERANCE = 1e-9
"""Relative to what a row adds up: a violation below this is rounding."""


@dataclass(frozen=True)
class Recount:
    """A plan counted pair by pair."""

    value: float
    use: Reals
    gross: Reals
    """The same sum of absolute amounts: what the tolerance of a row is relative to."""
    faults: int
    """Pairs that the verdicts refuse, second actions of a group, more than k actions: all must be 0."""


def certified_bound(whole: Evaluator, prices: Reals) -> float:
    """What no plan can be worth more than: the dual in double precision.

    It is a proof for the values of the views: give views without a nudge.
    """
    whole.passes += 1
    charge = charges(whole.rows, prices)

    def best(one: View) -> float:
        gains = (reduced(one.bucket, one.value, charge, span) for span in one.spans)
        return sum(chosen(gain, whole.slices, whole.k)[0] for gain in gains)

    total = sum(whole.each(best))
    terms = prices * whole.rows.bounds
    return float(total + terms.sum() + _ROUNDING * (abs(total) + np.abs(terms).sum()))


def recounted(buckets: Sequence[Bucket], plans: Sequence[Plan], rows: Rows) -> Recount:
    """What plans are worth and use, from the pairs themselves."""
    value, faults = 0.0, 0
    use, gross = np.zeros(len(rows.bounds)), np.zeros(len(rows.bounds))
    for bucket, plan in zip(buckets, plans, strict=True):
        rank, place = np.nonzero(plan != NOBODY)
        action = plan[rank, place].astype(np.int64)
        numbers = [one[action, place].astype(np.float64) for one in bucket.measured]
        faults += int((~np.isfinite(numbers[-1])).sum()) + _doubles(place, rows.groups[action], rows, len(plan))
        amounts = rows.coefficients(bucket.cell[place], action, [np.ones(len(place)), *numbers])
        value += float(numbers[-1].sum())
        use += amounts.sum(axis=1)
        gross += np.abs(amounts).sum(axis=1)
    return Recount(value, use, gross, faults)


def violated(rows: Rows, counted: Recount) -> Flags:
    """Which rows a plan breaks by more than rounding; a row of whole units may not be passed at all."""
    tolerance = np.where(rows.counted(), 0.0, _TOLERANCE * np.maximum(counted.gross, np.abs(rows.bounds)))
    return counted.use > rows.bounds + tolerance


def _doubles(place: Whole, group: Whole, rows: Rows, k: int) -> int:
    if k == 1 or not len(place):
        return 0
    _, count = np.unique(place * (int(rows.groups[-1]) + 1) + group, return_counts=True)
    return int((count > 1).sum())
