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
    worst = np.full(count, _NOBODY, dtype=np.int64)
    if k == 1:
        # What he has is looked up by customer: pairs of one stand together, so that memory is read in order.
        have = np.zeros(count, dtype=worth.dtype)
        worst[pairs.customer[chosen]], have[pairs.customer[chosen]] = chosen, worth[chosen]
        return Rivals(worst[pairs.customer], worth - have[pairs.customer])
    held = np.bincount(pairs.customer[chosen], minlength=count)
    falling = chosen[np.lexsort((-chosen, -worth[chosen]))]
    worst[pairs.customer[falling]] = falling
    pair = np.where(held[pairs.customer] >= k, worst[pairs.customer], _NOBODY)
    key = pairs.exclusive
    of_group = np.full(int(key.max(initial=-1)) + 1, _NOBODY, dtype=np.int64)
    of_group[key[chosen]] = chosen
    own = of_group[key]
    pair = np.where(own != _NOBODY, own, pair)
    return Rivals(pair, worth - np.where(pair == _NOBODY, 0, worth[pair]))


def improved(
    pairs: Pairs, rows: Rows, chosen: Whole, worth: Whole, is_open: Flags, *, prices: Reals, charge: Reals, k: int
) -> Whole:
    """The chosen pairs, where nobody could have more without a row being passed.

    Reads: ``charge``, what ``prices`` ask for each pair.
    """
    slack = rows.bounds - pairs.total(rows, chosen)
    while True:
        beside = rivals(pairs, chosen, worth, k=k)
        could = is_open & (beside.gain >= 0)
        could[chosen] = False
        wanted = np.flatnonzero(could)
        # Of equals the first by rank, which the specified hash decides.
        wanted = wanted[(beside.gain[wanted] > 0) | (wanted < beside.pair[wanted])]
        # What passes no row costs no more than what is left of all rows.
        rival = beside.pair[wanted]
        dearer = charge[wanted] - np.where(rival == _NOBODY, 0.0, charge[rival])
        most = float(np.sum(prices * np.maximum(slack, 0.0)))
        wanted = wanted[dearer <= most + 1e-6 * (1.0 + np.abs(charge[wanted]))]
        fitting = _fitting(pairs, rows, wanted, beside, slack)
        if not len(fitting):
            return chosen
        order = np.lexsort((pairs.tie[fitting], -beside.gain[fitting]))
        first = np.unique(pairs.customer[fitting[order]], return_index=True)[1]
        moving = fitting[order][np.sort(first)]
        delta = _delta(pairs, rows, moving, beside.pair)
        fits = np.all(np.cumsum(np.maximum(delta, 0.0), axis=1) <= np.maximum(slack, 0.0)[:, None], axis=0)
        fits[0] = True
        moving = moving[fits]
        leaving = beside.pair[moving]
        chosen = np.sort(np.concatenate([np.setdiff1d(chosen, leaving[leaving != _NOBODY]), moving]))
        slack = rows.bounds - pairs.total(rows, chosen)


def _delta(pairs: Pairs, rows: Rows, which: Whole, rival: Whole) -> Reals:
    """What the rows would gain in use if some pairs took the places of their rivals, [rows, pairs]."""
    delta = pairs.use(rows, which)
    leaving = rival[which]
    has_rival = np.flatnonzero(leaving != _NOBODY)
    delta[:, has_rival] -= pairs.use(rows, leaving[has_rival])
    return delta


def _fitting(pairs: Pairs, rows: Rows, which: Whole, beside: Rivals, slack: Reals) -> Whole:
    """Those of some pairs that could each take its rival's place by itself."""
    flat, deep = _flat_and_deep(rows)
    first, same = _alike(pairs, rows, which, beside.pair)
    delta = _delta(pairs, _some(rows, flat), which[first], beside.pair)
    fits = np.all((delta <= 0) | (delta <= slack[flat][:, None]), axis=0)
    left, few = which[fits[same]], _some(rows, deep)
    kept = [np.zeros(0, dtype=np.int64)]
    for start in range(0, len(left), _AT_ONCE):
        some = left[start : start + _AT_ONCE]
        delta = _delta(pairs, few, some, beside.pair)
        kept.append(some[np.all((delta <= 0) | (delta <= slack[deep][:, None]), axis=0)])
    return np.concatenate(kept)


def _flat_and_deep(rows: Rows) -> tuple[Whole, Whole]:
    """The rows that count alone, and those that add up amounts of each pair."""
    is_deep = np.any(rows.weights[:, :, :, 1:] != 0, axis=(1, 2, 3))
    return np.flatnonzero(~is_deep), np.flatnonzero(is_deep)


def _alike(pairs: Pairs, rows: Rows, which: Whole, rival: Whole) -> tuple[Whole, Whole]:
    """What hangs on cell and actions alone is the same for many pairs: the first of each kind, and the kind of each."""
    leaving = rival[which]
    other = np.where(leaving == _NOBODY, 0, pairs.action[leaving] + 1)
    key = (pairs.cells[pairs.customer[which]] * rows.actions + pairs.action[which]) * (rows.actions + 1) + other
    _, first, same = np.unique(key, return_index=True, return_inverse=True)
    return first, same.reshape(-1)


def _some(rows: Rows, places: Whole) -> Rows:
    return Rows(tuple(rows.names[one] for one in places), rows.weights[places], rows.bounds[places], rows.groups)


def blocking(pairs: Pairs, rows: Rows, which: Whole, beside: Rivals, slack: Reals, prices: Reals) -> Whole:
    """For each of some pairs the row that would be passed in its rival's place, the dearest of them.

    Where none would be, as for ghosts and households, the row whose price makes the difference; where none has a price,
    the one that has least left for what the pair would add.
    """
    flat, deep = _flat_and_deep(rows)
    first, same = _alike(pairs, rows, which, beside.pair)
    best = _judged(pairs, rows, flat, which[first], beside.pair, slack, prices).taken(same)
    for start in range(0, len(which) if len(deep) else 0, _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        best.meet(some, _judged(pairs, rows, deep, which[some], beside.pair, slack, prices))
    return best.row()


@dataclass
class _Judged:
    """Three questions in their order, each with the best answer among rows and which row that is, [3, pairs]."""

    score: Reals
    place: Whole

    def taken(self, which: Whole) -> _Judged:
        return _Judged(self.score[:, which], self.place[:, which])

    def meet(self, some: slice, other: _Judged) -> None:
        """Keep the better answers."""
        better = other.score > self.score[:, some]
        self.score[:, some] = np.where(better, other.score, self.score[:, some])
        self.place[:, some] = np.where(better, other.place, self.place[:, some])

    def row(self) -> Whole:
        """The answer to the first question that has one."""
        passed, priced, short = self.place
        result: Whole = np.where(self.score[0] > 0, passed, np.where(self.score[1] > 0, priced, short))
        return result


def _judged(pairs: Pairs, rows: Rows, some: Whole, which: Whole, rival: Whole, slack: Reals, prices: Reals) -> _Judged:
    """What each of some rows would cost the pairs and whether it would be passed."""
    if not len(some):
        return _Judged(np.full((3, len(which)), -np.inf), np.zeros((3, len(which)), dtype=np.int64))
    delta, left = _delta(pairs, _some(rows, some), which, rival), slack[some][:, None]
    cost = delta * prices[some][:, None]
    passed = np.where((delta > 0) & (delta > left), cost, -np.inf)
    short = np.where(delta > 0, -left / np.maximum(delta, 1e-12), -np.inf)
    answers = (passed, cost, short)
    place = np.stack([some[one.argmax(axis=0)] for one in answers])
    return _Judged(np.stack([one.max(axis=0) for one in answers]), place)
