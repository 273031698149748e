"""Who is decided under given prices, and who is nearly of two minds: the pairs that a small change would flip.

A pair's margin is how far its reduced value must move until the pair is chosen, or no longer chosen. Pairs with a small
margin are the core: they are settled together, exactly; everything else stays as the prices have it.
Source: Balas and Zemel (1980), the core of a knapsack problem, with prices in place of ratios.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from persona.decisions.optimizer.evaluate import Evaluator, View, charges, reduced
from persona.decisions.optimizer.problem import Flags, Floats, Reals, Whole

__all__ = ["NOBODY", "Plan", "Undecided", "decided", "margins", "placed", "scanned"]

NOBODY = -1
Plan = NDArray[np.int16]
"""[k, customers]: the numbers of the chosen actions, NOBODY in what is left free."""


@dataclass(frozen=True)
class Undecided:
    """The core of a book, in the order of buckets, customers and actions."""

    bucket: Whole
    """For each pair: which bucket, which place in it, which action."""
    place: Whole
    action: Whole
    margin: Reals
    room: Whole
    """How many actions the customer may still have beside what is fixed."""
    fixed: tuple[Plan, ...]
    """What is fixed in each bucket."""


@dataclass(frozen=True)
class _Standing:
    """How the pairs of a span stand."""

    margin: Floats
    """inf where the verdicts refuse."""
    chosen: Flags


def scanned(whole: Evaluator, prices: Reals, delta: float) -> Undecided:
    """The core of pairs whose margin is at most ``delta`` (minor units), and the plan of all others."""
    whole.passes += 1
    charge = charges(whole.rows, prices).astype(np.float32)
    parts = whole.each(lambda one: _scanned_bucket(one, charge, whole.slices, whole.k, delta))
    numbers = [np.full(len(part[0]), number, dtype=np.int64) for number, part in enumerate(parts)]
    none = np.zeros(0, dtype=np.int64)
    joined = [np.concatenate([none, *(part[at] for part in parts)]) for at in (0, 1, 3)]
    margin = np.concatenate([np.zeros(0), *(part[2] for part in parts)])
    fixed = tuple(part[4] for part in parts)
    return Undecided(np.concatenate([none, *numbers]), joined[0], joined[1], margin, joined[2], fixed)


def margins(sample: Evaluator, prices: Reals) -> Reals:
    """The margins of all admissible pairs of a sample, rising."""
    charge = charges(sample.rows, prices).astype(np.float32)
    found = [np.zeros(0)]
    for one in sample.views:
        for span in one.spans:
            standing = _standing(reduced(one.bucket, one.value, charge, span), sample.slices, sample.k)
            found.append(standing.margin[np.isfinite(standing.margin)].astype(np.float64))
    return np.sort(np.concatenate(found))


def decided(whole: Evaluator, prices: Reals) -> tuple[Plan, ...]:
    """What every customer of each bucket chooses under the prices alone."""
    return scanned(whole, prices, -1.0).fixed


def placed(plans: Sequence[Plan], bucket: Whole, place: Whole, action: Whole) -> tuple[Plan, ...]:
    """The plans with further pairs in the places that are free."""
    result = tuple(plan.copy() for plan in plans)
    for number, at, what in zip(bucket.tolist(), place.tolist(), action.tolist(), strict=True):
        free = int(np.flatnonzero(result[number][:, at] == NOBODY)[0])
        result[number][free, at] = what
    return result


def _scanned_bucket(
    one: View, charge: NDArray[np.floating], slices: Sequence[tuple[int, int]], k: int, delta: float
) -> tuple[Whole, Whole, Reals, Whole, Plan]:
    """Place, action, margin and room of the core's pairs, and the plan of the others."""
    plan = np.full((k, one.bucket.customers), NOBODY, dtype=np.int16)
    found: list[tuple[Whole, Whole, Reals, Whole]] = []
    for span in one.spans:
        standing = _standing(reduced(one.bucket, one.value, charge, span), slices, k)
        core = standing.margin <= delta
        place, action = np.nonzero((standing.chosen & ~core).T)
        rank = np.arange(len(place)) - np.searchsorted(place, place)
        plan[rank, place + span.start] = action
        place, action = np.nonzero(core.T)
        taken = (plan[:, place + span.start] != NOBODY).sum(axis=0)
        found.append((place + span.start, action, standing.margin[action, place].astype(np.float64), k - taken))
    joined = [np.concatenate([piece[at] for piece in found]) for at in range(4)] if found else [np.zeros(0)] * 4
    return joined[0].astype(np.int64), joined[1].astype(np.int64), joined[2], joined[3].astype(np.int64), plan


def _standing(gains: NDArray[np.floating], slices: Sequence[tuple[int, int]], k: int) -> _Standing:
    best = np.stack([gains[a:b].max(axis=0) for a, b in slices])
    is_in, entry, instead = _ranked(best, k)
    margin, chosen = np.empty(gains.shape, dtype=np.float32), np.empty(gains.shape, dtype=np.bool_)
    with np.errstate(invalid="ignore"):
        for number, (a, b) in enumerate(slices):
            part, top = gains[a:b], best[number]
            is_best = part == top
            next_best = np.where(is_best, -np.inf, part).max(axis=0)
            # Two that are equal stand in each other's way: neither is sure of its place.
            next_best = np.where(is_best.sum(axis=0) > 1, top, next_best)
            rival = np.maximum(np.maximum(next_best, instead), 0)
            inside = np.where(is_best, part - rival, top - part)
            margin[a:b] = np.where(is_in[number], inside, entry - part)
            chosen[a:b] = is_best & is_in[number]
    margin[~np.isfinite(gains)] = np.inf
    _one_of_equals(margin, chosen, slices)
    return _Standing(margin, chosen)


def _ranked(best: NDArray[np.floating], k: int) -> tuple[Flags, NDArray[np.floating], NDArray[np.floating]]:
    """Which groups are in; what it takes to come in; and the best that would come in instead."""
    groups, nothing = len(best), np.zeros(best.shape[1], dtype=best.dtype)
    if groups <= k:
        is_in = best > 0
        full = is_in.sum(axis=0) == k
        return is_in, np.where(full, best.min(axis=0), nothing), nothing
    order = np.argsort(-best, axis=0, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(groups)[:, None], axis=0)
    is_in = (rank < k) & (best > 0)
    full = is_in.sum(axis=0) == k
    last, after = (np.take_along_axis(best, order[at : at + 1], axis=0)[0] for at in (k - 1, k))
    return is_in, np.where(full, last, nothing), np.where(full, np.maximum(after, 0), nothing)


def _one_of_equals(margin: Floats, chosen: Flags, slices: Sequence[tuple[int, int]]) -> None:
    """Of equals in a group the first is chosen (their margins are 0: in a core both are open)."""
    for a, b in slices:
        double = np.flatnonzero(chosen[a:b].sum(axis=0) > 1)
        if len(double):
            first = chosen[a:b, double].argmax(axis=0)
            chosen[a:b, double] = False
            chosen[a + first, double] = True
            margin[a:b, double] = np.maximum(margin[a:b, double], 0)
