"""One pass over the book: what every customer would choose under given prices of the rows, and what that adds up to.

With a price on each row every customer decides alone: the best k of his reduced values, one of each exclusive group.
``D(prices) = prices . bounds + the sum of those best`` is an upper bound of any plan for any prices >= 0, and
``bounds - use`` is its subgradient. Source: Lagrangian relaxation (Geoffrion, 1974); Fisher (1981).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from persona.decisions.optimizer.problem import COUNT, Bucket, Floats, Reals, Rows, Whole

__all__ = ["Dual", "Evaluator", "Span", "View", "charges", "chosen", "reduced", "spans", "view"]

_CELLS_APART = 256
"""A cell with fewer customers in a bucket is not worth a loop of its own."""
_PAIRS_AT_ONCE = 1 << 17
"""What stays in the second-level cache of one core."""

T = TypeVar("T")


@dataclass(frozen=True)
class Span:
    """Customers of a bucket who are looked at together."""

    start: int
    end: int
    cell: int | None
    """Their cell; None: they are of several."""


@dataclass(frozen=True)
class View:
    """A bucket as the dual sees it: with values nudged apart, so that equals are not all of one mind."""

    bucket: Bucket
    value: Floats
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Dual:
    """The dual at some prices."""

    bound: float
    slack: Reals
    """Bounds less use: the subgradient."""
    totals: Reals
    """[measures, cells, actions] of what the customers would choose."""


def spans(cell: Whole, actions: int, *, apart: bool = False) -> tuple[Span, ...]:
    """Pieces of a bucket that fit the cache, each of one cell where cells are large (``apart``: always)."""
    step = max(512, _PAIRS_AT_ONCE // max(1, actions))
    edges = np.concatenate([[0], np.flatnonzero(np.diff(cell)) + 1, [len(cell)]]).tolist()
    by_cell = apart or len(cell) >= _CELLS_APART * (len(edges) - 1)
    runs = list(pairwise(edges)) if by_cell else [(0, len(cell))]
    return tuple(
        Span(start, min(start + step, end), int(cell[start]) if by_cell or cell[start] == cell[end - 1] else None)
        for begin, end in runs
        for start in range(begin, end, step)
    )


def view(bucket: Bucket, nudge: float, salts: Whole | None = None) -> View:
    """A bucket with each value moved by up to ``nudge`` as the specified hash of the pair says.

    Reads: ``salts``, a number for each action in place of its own, so that other actions beside it change nothing.
    """
    pieces = spans(bucket.cell, len(bucket.value))
    if nudge <= 0:
        return View(bucket, bucket.value, pieces)
    low = bucket.tie.astype(np.uint32)
    value = np.empty_like(bucket.value)
    named = range(1, len(value) + 1) if salts is None else salts.tolist()
    for action, salt in enumerate(named):
        np.add(bucket.value[action], _noise(low, salt) * np.float32(nudge), out=value[action])
    return View(bucket, value, pieces)


def _noise(low: NDArray[np.uint32], salt: int) -> Floats:
    """Between -1 and 1, from the hash of the customer and the number of the action (the end of MurmurHash3)."""
    mixed = low ^ np.uint32((0x9E3779B9 * salt) & 0xFFFFFFFF)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        mixed ^= mixed >> np.uint32(shift)
        mixed *= np.uint32(factor)
    mixed ^= mixed >> np.uint32(16)
    noise: Floats = mixed.view(np.int32).astype(np.float32) * np.float32(2.0**-31)
    return noise


def charges(rows: Rows, prices: Reals) -> Reals:
    """What prices of the rows take from one unit of each measure, [measures, cells, actions]."""
    charge: Reals = np.einsum("r,rgaq->qga", prices, rows.weights)
    return charge


def reduced(bucket: Bucket, value: Floats, charge: NDArray[np.floating], span: Span) -> NDArray[np.floating]:
    """The reduced values of a span, [actions, customers]: ``value`` less what its measures are charged."""
    here = slice(span.start, span.end)
    cells = bucket.cell[here] if span.cell is None else np.array([span.cell])

    def rate(measure: int) -> NDArray[np.floating]:
        return np.ascontiguousarray(charge[measure][cells].T)

    result: NDArray[np.floating] = np.subtract(value[:, here], rate(COUNT), dtype=charge.dtype)
    for measure, numbers in enumerate(bucket.measured, start=1):
        used = np.flatnonzero(np.any(charge[measure] != 0, axis=0))
        if len(used):
            first, last = int(used[0]), int(used[-1]) + 1
            part = numbers[first:last, here]
            if numbers is bucket.value:
                part = np.where(np.isfinite(part), part, np.float32(0))
            result[first:last] -= np.multiply(part, rate(measure)[first:last], dtype=charge.dtype)
    return result


class Evaluator:
    """Passes over some buckets under some rows: counts them, and shares the buckets out to workers."""

    def __init__(self, views: Sequence[View], rows: Rows, *, k: int, workers: int = 1) -> None:
        self.views, self.rows, self.k, self.workers = tuple(views), rows, k, workers
        self.customers = sum(one.bucket.customers for one in views)
        self.passes = 0
        # With one choice a customer every action excludes every other.
        self.slices = ((0, rows.actions),) if k == 1 else rows.slices

    def each(self, work: Callable[[View], T]) -> list[T]:
        """What ``work`` makes of each bucket, in the order of the buckets whoever is done first."""
        if self.workers <= 1 or len(self.views) <= 1:
            return [work(one) for one in self.views]
        with ThreadPoolExecutor(self.workers) as pool:
            return list(pool.map(work, self.views))

    def dual(self, prices: Reals) -> Dual:
        """The dual of the nudged values at some prices, in single precision with double sums."""
        self.passes += 1
        charge = charges(self.rows, prices).astype(np.float32)
        parts = self.each(lambda one: _chosen_totals(one, charge, self.slices, self.k))
        totals = np.zeros((self.rows.measures, self.rows.cells, self.rows.actions))
        best = 0.0
        for gain, part in parts:
            best += gain
            totals += part
        return Dual(best + float(np.sum(prices * self.rows.bounds)), self.rows.bounds - self.rows.use(totals), totals)


def _chosen_totals(
    one: View, charge: NDArray[np.floating], slices: Sequence[tuple[int, int]], k: int
) -> tuple[float, Reals]:
    bucket = one.bucket
    measures, cells, actions = charge.shape
    totals, best = np.zeros((measures, cells * actions)), 0.0
    for span in one.spans:
        gain, action, place = chosen(reduced(bucket, one.value, charge, span), slices, k)
        best += gain
        place = place + span.start
        first, width = (0, cells * actions) if span.cell is None else (span.cell * actions, actions)
        key = action if span.cell is not None else bucket.cell[place] * actions + action
        here = slice(first, first + width)
        totals[COUNT, here] += np.bincount(key, minlength=width)
        for measure, numbers in enumerate(bucket.measured, start=1):
            totals[measure, here] += np.bincount(key, numbers[action, place], width)
    return best, totals.reshape(measures, cells, actions)


def chosen(gains: NDArray[np.floating], slices: Sequence[tuple[int, int]], k: int) -> tuple[float, Whole, Whole]:
    """The best k positive of each customer, one of each group: their sum, and (action, place) of each."""
    best = np.stack([gains[a:b].max(axis=0) for a, b in slices])
    np.maximum(best, 0, out=best)
    if k < len(best):
        threshold = np.partition(best, len(best) - k, axis=0)[len(best) - k]
        best[best < threshold] = 0
    total = float(best.sum(dtype=np.float64))
    count = int(np.count_nonzero(best))
    best[best <= 0] = np.inf
    mask = np.empty(gains.shape, dtype=np.bool_)
    for (a, b), one in zip(slices, best, strict=True):
        np.equal(gains[a:b], one, out=mask[a:b])
    flat = np.flatnonzero(mask)
    if len(flat) == count and (len(slices) <= k or _at_most(flat, gains.shape[1], k)):
        action = flat // gains.shape[1]
        return total, action, flat - action * gains.shape[1]
    return _chosen_of_equals(gains, slices, k)


def _at_most(flat: Whole, customers: int, k: int) -> bool:
    """Whether nobody has more than k."""
    return not len(flat) or int(np.bincount(flat % customers).max()) <= k


def _chosen_of_equals(
    gains: NDArray[np.floating], slices: Sequence[tuple[int, int]], k: int
) -> tuple[float, Whole, Whole]:
    """The same where some are equal to the last bit: the first action and the first group win."""
    action = np.stack([gains[a:b].argmax(axis=0) + a for a, b in slices])
    best = np.take_along_axis(gains, action, axis=0)
    order = np.argsort(-best, axis=0, kind="stable")[:k]
    best, action = (np.take_along_axis(one, order, axis=0) for one in (best, action))
    rank, place = np.nonzero(best > 0)
    return float(best[rank, place].sum(dtype=np.float64)), action[rank, place], place
