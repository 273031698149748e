"""The last touch of a plan: whoever could have more without a line being passed gets it.

Prices part customers who are worth nearly the same by a hash, and leave a customer a hair below his best; after this,
every better option that somebody does not get is refused by a line that it would pass.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from persona.decisions.optimizer import Rows
from persona.decisions.pairs import Flags, Pairs, Reals, Whole

__all__ = ["Rivals", "blocking", "improved", "rivals"]

_AT_ONCE = 1 << 17
_NOBODY = -1


@dataclass(frozen=True)
class Rivals:
    """For each pair the chosen pair whose place it would take; -1: a free place."""

    pair: Whole
    gain: Whole
    """How much more the customer's choice would be worth."""


def rivals(pairs: Pairs, chosen: Whole, worth: Whole, *, k: int) -> Rivals:
    """What stands in the place of each pair: the customer's choice of its group; where he has ``k``, his worst."""
    count = int(pairs.customer.max(initial=0)) + 1
    held = np.bincount(pairs.customer[chosen], minlength=count)
    worst = np.full(count, _NOBODY, dtype=np.int64)
    falling = chosen[np.lexsort((-chosen, -worth[chosen]))]
    worst[pairs.customer[falling]] = falling
    pair = np.where(held[pairs.customer] >= k, worst[pairs.customer], _NOBODY)
    if k > 1:
        groups = int(pairs.group.max(initial=0)) + 1
        of_group = np.full(count * groups, _NOBODY, dtype=np.int64)
        of_group[pairs.customer[chosen] * groups + pairs.group[chosen]] = chosen
        own = of_group[pairs.customer * groups + pairs.group]
        pair = np.where(own != _NOBODY, own, pair)
    return Rivals(pair, worth - np.where(pair == _NOBODY, 0, worth[pair]))


def improved(pairs: Pairs, rows: Rows, chosen: Whole, worth: Whole, is_open: Flags, *, k: int) -> Whole:
    """The chosen pairs, where nobody could have more without a row being passed."""
    slack = rows.bounds - pairs.total(rows, chosen)
    while True:
        beside = rivals(pairs, chosen, worth, k=k)
        is_chosen = np.zeros(len(pairs), dtype=np.bool_)
        is_chosen[chosen] = True
        # Of equals the first by rank, which the specified hash decides.
        place = np.arange(len(pairs))
        wanted = is_open & ~is_chosen & ((beside.gain > 0) | ((beside.gain == 0) & (place < beside.pair)))
        fitting = _fitting(pairs, rows, np.flatnonzero(wanted), beside, slack)
        if not len(fitting):
            return chosen
        order = np.lexsort((pairs.tie[fitting], -beside.gain[fitting]))
        first = np.unique(pairs.customer[fitting[order]], return_index=True)[1]
        moving = fitting[order][np.sort(first)]
        delta = _delta(pairs, rows, moving, beside)
        fits = np.all(np.cumsum(np.maximum(delta, 0.0), axis=1) <= np.maximum(slack, 0.0)[:, None], axis=0)
        fits[0] = True
        moving = moving[fits]
        leaving = beside.pair[moving]
        chosen = np.sort(np.concatenate([np.setdiff1d(chosen, leaving[leaving != _NOBODY]), moving]))
        slack = rows.bounds - pairs.total(rows, chosen)


def _delta(pairs: Pairs, rows: Rows, which: Whole, beside: Rivals) -> Reals:
    """What the rows would gain in use if some pairs took the places of their rivals, [rows, pairs]."""
    delta = pairs.use(rows, which)
    leaving = beside.pair[which]
    has_rival = np.flatnonzero(leaving != _NOBODY)
    delta[:, has_rival] -= pairs.use(rows, leaving[has_rival])
    return delta


def _fitting(pairs: Pairs, rows: Rows, which: Whole, beside: Rivals, slack: Reals) -> Whole:
    """Those of some pairs that could each take its rival's place by itself."""
    kept = [np.zeros(0, dtype=np.int64)]
    for start in range(0, len(which), _AT_ONCE):
        some = which[start : start + _AT_ONCE]
        delta = _delta(pairs, rows, some, beside)
        kept.append(some[np.all((delta <= 0) | (delta <= slack[:, None]), axis=0)])
    return np.concatenate(kept)


def blocking(pairs: Pairs, rows: Rows, which: Whole, beside: Rivals, slack: Reals, prices: Reals) -> Whole:
    """For each of some pairs the row that would be passed in its rival's place, the dearest of them.

    Where none would be, as for ghosts and households, the row whose price makes the difference.
    """
    found = [np.zeros(0, dtype=np.int64)]
    for start in range(0, len(which), _AT_ONCE):
        some = which[start : start + _AT_ONCE]
        delta = _delta(pairs, rows, some, beside)
        cost = delta * prices[:, None]
        passes = (delta > 0) & (delta > slack[:, None])
        # Of rows without a price the one that has least left for what the pair would add.
        short = np.where(delta > 0, -slack[:, None] / np.maximum(delta, 1e-12), -np.inf)
        best = np.where(np.any(passes, axis=0), np.where(passes, cost, -np.inf).argmax(axis=0), cost.argmax(axis=0))
        priced = cost[best, np.arange(len(some))] > 0
        found.append(np.where(priced, best, short.argmax(axis=0)))
    return np.concatenate(found)
