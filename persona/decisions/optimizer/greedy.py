"""What the usual selection would have got: the best pairs first, until a limit is used up.

Pairs are taken by falling key over the whole book, each where its customer still has room. The first pair that a limit
turns away closes it: whatever else would use it is out. Minimums, ratios and shares are not looked at, as a selection
by rank cannot keep them; which of them it breaks is told.
Source: greedy by profit and by profit per scaled use, Dobson (1982); Akcay, Li and Xu (2007).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from persona.decisions.optimizer.certificate import recounted, violated
from persona.decisions.optimizer.evaluate import chosen, spans
from persona.decisions.optimizer.problem import Book, Bucket, Floats, Reals, Rows, Whole
from persona.decisions.optimizer.scan import NOBODY, Plan

__all__ = ["Peer", "greedy"]

_AT_ONCE = 1 << 16
_FULL = 1e-12
_NO_USE = 1e-12


@dataclass(frozen=True)
class Peer:
    """What a selection by rank came to."""

    value: float
    broken: tuple[str, ...]
    """The rows that it breaks, in their order."""


@dataclass
class _Open:
    """A bucket in the course of a selection: keys of the pairs that may still come, and what was taken."""

    bucket: Bucket
    key: Floats
    """-inf where a pair is out."""
    plan: Plan


def greedy(book: Book, rows: Rows, *, k: int = 1, by: Literal["value", "use"] = "value") -> Peer:
    """The selection by value, or by value per use of the limits, each use relative to its bound."""
    ceilings = np.flatnonzero(np.all(rows.weights >= 0, axis=(1, 2, 3)) & (rows.bounds >= 0))
    limits = Rows(
        tuple(rows.names[one] for one in ceilings), rows.weights[ceilings], rows.bounds[ceilings], rows.groups
    )
    opened = [_opened(one, limits, k, by) for one in book.treated]
    slices = ((0, rows.actions),) if k == 1 else rows.slices
    left, closed = limits.bounds.copy(), np.zeros(len(limits.bounds), dtype=np.bool_)
    while True:
        number, action, place = _proposals(opened, slices, k)
        taken, full = _until_full(opened, limits, (number, action, place), np.where(closed, np.inf, left))
        left -= _take(opened, limits, slices, (number[:taken], action[:taken], place[:taken]), k)
        if not np.any(full):
            break
        closed |= full
        out = np.any(limits.weights[full] > 0, axis=(0, 3))
        for one in opened:
            one.key[out[one.bucket.cell].T] = -np.inf
    counted = recounted(book.treated, [one.plan for one in opened], rows)
    names = tuple(rows.names[one] for one in np.flatnonzero(violated(rows, counted)))
    return Peer(counted.value, names)


def _opened(bucket: Bucket, limits: Rows, k: int, by: str) -> _Open:
    plan = np.full((k, bucket.customers), NOBODY, dtype=np.int16)
    if by == "value":
        return _Open(bucket, bucket.value.copy(), plan)
    key = np.empty_like(bucket.value)
    shares = limits.weights / np.maximum(limits.bounds, 1e-9)[:, None, None, None]
    rate = shares.sum(axis=0)[bucket.cell].transpose(2, 1, 0)
    for one in spans(bucket.cell, len(key)):
        here = slice(one.start, one.end)
        finite = np.isfinite(bucket.value[:, here])
        use = rate[0, :, here].copy()
        for q, numbers in enumerate(bucket.measured, start=1):
            use += rate[q, :, here] * np.where(finite, numbers[:, here], 0)
        key[:, here] = np.where(finite, bucket.value[:, here] / np.maximum(use, _NO_USE), -np.inf)
    return _Open(bucket, key, plan)


def _proposals(opened: list[_Open], slices: tuple[tuple[int, int], ...], k: int) -> tuple[Whole, Whole, Whole]:
    """What customers would like best of what is open, by falling key: bucket, action, place."""
    none = np.zeros(0, dtype=np.int64)
    parts = [(none, none, none, np.zeros(0, dtype=np.float32))]
    for number, one in enumerate(opened):
        _, wish, who = chosen(one.key, slices, k)
        order = np.lexsort((wish, -one.key[wish, who], who))
        wish, who = wish[order], who[order]
        room = (one.plan == NOBODY).sum(axis=0)[who]
        fits = np.arange(len(who)) - np.searchsorted(who, who) < room
        wish, who = wish[fits], who[fits]
        parts.append((np.full(len(who), number), wish, who, one.key[wish, who]))
    bucket, action, place, key = (np.concatenate([part[at] for part in parts]) for at in range(4))
    order = np.argsort(-key, kind="stable")
    return bucket[order], action[order], place[order]


def _until_full(
    opened: list[_Open], limits: Rows, pairs: tuple[Whole, Whole, Whole], left: Reals
) -> tuple[int, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """How many of the pairs fit before a limit turns one away, and which limits do."""
    count, room = len(pairs[0]), left + _FULL * np.maximum(1.0, limits.bounds)
    for start in range(0, count, _AT_ONCE):
        end = min(count, start + _AT_ONCE)
        used = np.cumsum(_use(opened, limits, pairs, start, end), axis=1)
        over = used > room[:, None]
        if np.any(over):
            first = int(np.flatnonzero(over.any(axis=0))[0])
            return start + first, over[:, first]
        room = room - used[:, -1]
    return count, np.zeros(len(left), dtype=np.bool_)


def _use(opened: list[_Open], limits: Rows, pairs: tuple[Whole, Whole, Whole], start: int, end: int) -> Reals:
    number, action, place = (one[start:end] for one in pairs)
    cell, measures = np.zeros(end - start, dtype=np.int64), np.ones((limits.measures, end - start))
    order = np.argsort(number, kind="stable")
    edges = np.searchsorted(number[order], np.arange(len(opened) + 1))
    for one, a, b in zip(opened, edges[:-1], edges[1:], strict=True):
        at = order[a:b]
        cell[at] = one.bucket.cell[place[at]]
        for q, numbers in enumerate(one.bucket.measured, start=1):
            measures[q, at] = numbers[action[at], place[at]]
    return limits.coefficients(cell, action, list(measures))


def _take(
    opened: list[_Open], limits: Rows, slices: tuple[tuple[int, int], ...], pairs: tuple[Whole, Whole, Whole], k: int
) -> Reals:
    """Take pairs, close what they exclude; what they use."""
    used = np.zeros(len(limits.bounds))
    for start in range(0, len(pairs[0]), _AT_ONCE):
        used += _use(opened, limits, pairs, start, min(len(pairs[0]), start + _AT_ONCE)).sum(axis=1)
    group = np.repeat(np.arange(len(slices)), [b - a for a, b in slices])
    for number, one in enumerate(opened):
        mine = np.flatnonzero(pairs[0] == number)
        action, place = pairs[1][mine], pairs[2][mine]
        order = np.argsort(place, kind="stable")
        action, place = action[order], place[order]
        rank = np.arange(len(place)) - np.searchsorted(place, place)
        held = (one.plan != NOBODY).sum(axis=0)
        one.plan[held[place] + rank, place] = action
        for at, (a, b) in enumerate(slices):
            one.key[a:b, place[group[action] == at]] = -np.inf
        one.key[:, (one.plan != NOBODY).sum(axis=0) == k] = -np.inf
    return used
