"""The last resort: single moves, always the same ones, until no row of a plan is broken.

It is called where the integer program found nothing in its nodes. Where every bound is at least 0, silence for all of
the core is a plan; where there are minimums, it may end with none.
"""

from __future__ import annotations

import numpy as np

from persona.decisions.optimizer.core import Core
from persona.decisions.optimizer.problem import Flags, Reals, Whole

__all__ = ["broken", "repaired"]

_TOLERANCE = 5e-10
"""Half of what the recount allows a row, which knows less of what it adds up."""
_HALF_A_UNIT = 0.5
_MOVES = 2_000
_NOTHING = 1e-12


def broken(one: Core, chosen: Flags, counted: Flags) -> Flags:
    """Which rows are passed by more than rounding."""
    pairs = one.use[:, chosen]
    gross = np.abs(pairs).sum(axis=1) + np.abs(one.left)
    over: Flags = pairs.sum(axis=1) > one.left + np.where(counted, _HALF_A_UNIT, _TOLERANCE * gross)
    return over


def repaired(one: Core, start: Flags, *, scales: Reals, counted: Flags) -> Flags | None:
    """A plan that keeps every row, by moves from ``start``; None where they lead to none.

    A move drops a pair, or takes one (and drops what it excludes). The next move is the one that loses the least value
    for the scaled violation it mends; between equals, the first in the order of the core.
    """
    chosen = _locally_allowed(one, start)
    for _ in range(_MOVES):
        if not np.any(broken(one, chosen, counted)):
            return chosen
        move = _best_move(one, chosen, scales)
        if move is None:
            break
        dropped, taken = move
        chosen[dropped] = False
        chosen[taken] = True
    nothing = np.zeros(len(start), dtype=np.bool_)
    return None if np.any(broken(one, nothing, counted)) else nothing


def _locally_allowed(one: Core, start: Flags) -> Flags:
    """The pairs of a start that their customers may have, the most valuable first."""
    chosen = np.zeros(len(start), dtype=np.bool_)
    held: dict[int, list[int]] = {}
    pairs = np.flatnonzero(start)
    for pair in pairs[np.argsort(-one.value[pairs], kind="stable")].tolist():
        mine = held.setdefault(int(one.customer[pair]), [])
        if len(mine) < one.pairs.room[pair] and all(one.group[other] != one.group[pair] for other in mine):
            mine.append(pair)
            chosen[pair] = True
    return chosen


def _best_move(one: Core, chosen: Flags, scales: Reals) -> tuple[Whole, Whole] | None:
    over = (one.use[:, chosen].sum(axis=1) - one.left) / scales
    rival = _rivals(one, chosen)
    has_rival = rival >= 0
    leaving = np.where(chosen, np.arange(len(chosen)), rival)
    amount = one.use / scales[:, None]
    change = np.where(chosen, 0.0, amount) - np.where(leaving >= 0, amount[:, leaving], 0.0)
    mended = np.maximum(over, 0).sum() - np.maximum(over[:, None] + change, 0).sum(axis=0)
    lost = np.where(has_rival | chosen, one.value[leaving], 0.0) - np.where(chosen, 0.0, one.value)
    possible = np.flatnonzero(mended > _NOTHING)
    if not len(possible):
        return None
    # What gains value and mends comes first; else the least loss for what is mended.
    price = np.where(lost > 0, lost / np.maximum(mended, 1e-300), lost)[possible]
    best = int(possible[np.argmin(price)])
    dropped = np.array([leaving[best]] if leaving[best] >= 0 else [], dtype=np.int64)
    return dropped, np.array([] if chosen[best] else [best], dtype=np.int64)


def _rivals(one: Core, chosen: Flags) -> Whole:
    """For each pair the chosen one that must go if it comes: of its group, else the least worth of a full customer."""
    count = int(one.customer[-1]) + 1
    held = np.bincount(one.customer[chosen], minlength=count)
    least = np.full(count, -1, dtype=np.int64)
    order = np.flatnonzero(chosen)
    order = order[np.argsort(-one.value[order], kind="stable")]
    least[one.customer[order]] = order
    groups = int(one.group.max(initial=0)) + 1
    of_group = np.full(count * groups, -1, dtype=np.int64)
    of_group[one.customer[order] * groups + one.group[order]] = order
    same = of_group[one.customer * groups + one.group]
    is_full = held[one.customer] >= one.pairs.room
    rival = np.where(same >= 0, same, np.where(is_full, least[one.customer], -1))
    # Where a customer has no room at all, nothing of his can come: he is his own rival.
    return np.where(is_full & (rival < 0), np.arange(len(chosen)), rival)
