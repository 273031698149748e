"""What the contact limits leave of room to this night's own plan, for customers and for households."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from persona.decisions.apart import Apart, is_apart
from persona.decisions.pairs import Flags, Pairs, Reals, Whole
from persona.policy.actions import Action, is_counted, is_limited
from persona.policy.contact import Limited
from persona.policy.rules import Limit

__all__ = ["Seats"]

NOBODY = -1
_MANY = 1 << 30


class Seats:
    """The room of every limit, and who shares it."""

    def __init__(self, home: Whole, by_customer: _Room, by_home: _Room, apart: Apart, conflicts: Flags) -> None:
        self._home, self._by_customer, self._by_home, self._apart = home, by_customer, by_home, apart
        self.is_conflict = conflicts
        """Of each of ``names``, and of nothing, which stands last: whether it is a conflict of offers."""

    @classmethod
    def of(cls, units: pl.DataFrame, room: pl.DataFrame, limits: Sequence[Limit], actions: Sequence[Action]) -> Seats:
        """The seats at the beginning of the plan."""
        home = units.select(pl.col("household_key").rank("dense").cast(pl.Int64) - 1).to_series().to_numpy()
        personal = [limit for limit in limits if limit.per == "customer"]
        shared = [limit for limit in limits if limit.per == "household" and not is_apart(limit)]
        apart = Apart.of(home, [limit for limit in limits if is_apart(limit)], actions)
        by_customer = _Room.of(room, personal, actions)
        by_home = _Room.of(room, shared, actions)
        first = np.unique(home, return_index=True)[1]
        tonight = {limit.id for limit in limits if isinstance(limit, Limited) and limit.is_tonight}
        named = [*by_customer.names, *by_home.names, *apart.names]
        conflicts = np.array([*(name in tonight for name in named), False])
        return cls(home, by_customer, replace(by_home, left=by_home.left[first]), apart, conflicts)

    def is_full(self, customers: Whole, actions: Whole) -> Flags:
        """Whether a limit on the customer or on his household has no room for the action."""
        if not self.names:
            return np.zeros(len(customers), dtype=np.bool_)
        result: Flags = self.first_full(customers, actions) != NOBODY
        return result

    @property
    def names(self) -> list[str]:
        """The limits, first those on the customer alone, last the conflicts of households."""
        return [*self._by_customer.names, *self._by_home.names, *self._apart.names]

    def first_full(self, customers: Whole, actions: Whole) -> Whole:
        """The place in ``names`` of the first limit that has no room for the action; -1: there is room."""
        alone = self._by_customer.first_full(customers, actions)
        together = self._by_home.first_full(self._home[customers], actions)
        shifted = np.where(together == NOBODY, NOBODY, together + len(self._by_customer.names))
        clash = self._apart.first_clash(customers, actions)
        last = np.where(clash == NOBODY, NOBODY, clash + len(self._by_customer.names) + len(self._by_home.names))
        return np.where(alone != NOBODY, alone, np.where(shifted != NOBODY, shifted, last))

    def most(self, actions: Whole) -> int:
        """How many of some actions any customer may still have by limits that speak of all of them."""
        limits = np.flatnonzero(np.all(self._by_customer.limited[actions], axis=0))
        return max(1, int(self._by_customer.left[:, limits].min(axis=1).max(initial=1))) if len(limits) else _MANY

    def take(self, customers: Whole, actions: Whole) -> None:
        """What was given takes its room."""
        self._by_customer.take(customers, actions)
        self._by_home.take(self._home[customers], actions)
        self._apart.take(customers, actions)

    def hold(self, customers: Whole, actions: Whole, *, back: bool = False) -> None:
        """What is on paper takes its room of the customer's own limits, or gives it ``back``."""
        self._by_customer.take(customers, actions, each=-1 if back else 1)

    def losing(self, pairs: Pairs, chosen: Whole, net: Reals, *, is_open: Flags, k: int) -> Flags:
        """The open pairs of those who lose their seat where choices together would pass a limit.

        The seats go to whom they are worth most: what the choice is worth above the best that needs no seat.
        """
        result = np.zeros(len(pairs), dtype=np.bool_)
        for unit, left, limited in self._shared(k):
            needs = limited[pairs.column]
            mine = chosen[needs[chosen]]
            over = np.bincount(unit[pairs.customer[mine]], minlength=len(left)) > left
            mine = mine[over[unit[pairs.customer[mine]]]]
            if not len(mine):
                continue
            worth = net[mine] - (_best_beside(pairs, net, is_open & ~needs)[pairs.customer[mine]] if k == 1 else 0.0)
            order = mine[np.lexsort((pairs.tie[mine], -worth, unit[pairs.customer[mine]]))]
            owner = unit[pairs.customer[order]]
            wins = np.arange(len(order)) - np.searchsorted(owner, owner) < left[owner]
            loses = np.zeros(len(unit), dtype=np.bool_)
            loses[pairs.customer[order[~wins]]] = True
            loses_it = is_open & needs & loses[pairs.customer]
            if k > 1:
                loses_it &= ~np.isin(pairs.exclusive, pairs.exclusive[order[wins]])
            result |= loses_it
        return result | self._apart.losing(pairs, chosen, net, is_open & ~result)

    def bounding(self, pairs: Pairs, here: Whole, *, several: bool) -> Iterator[tuple[Whole, Whole]]:
        """Each limit that some pairs could pass together: the unit of each pair (NOBODY: not limited), its seats."""
        for unit, left, limited in self._shared(2 if several else 1):
            yield np.where(limited[pairs.column[here]], unit[pairs.customer[here]], NOBODY), left

    def excluding(self, pairs: Pairs, here: Whole) -> Iterator[tuple[Whole, Whole]]:
        """Each conflict of households that some pairs could pass: the household of each, and which of its offers."""
        return self._apart.excluding(pairs, here)

    def is_passed(self, pairs: Pairs, chosen: Whole, *, k: int) -> bool:
        """Whether choices together pass a limit or a conflict."""
        for unit, left, limited in self._shared(k):
            mine = unit[pairs.customer[chosen[limited[pairs.column[chosen]]]]]
            if np.any(np.bincount(mine, minlength=len(left)) > np.maximum(left, 0)):
                return True
        return any(True for _ in self._apart.excluding(pairs, chosen))

    def stopping(self, pairs: Pairs, chosen: Whole, which: Whole, rival: Whole) -> Flags:
        """Whether what was given stops some pairs, each in the place of its ``rival``; NOBODY: a free place."""
        customers, actions = pairs.customer[which], pairs.column[which]
        other = np.where(rival == NOBODY, NOBODY, pairs.column[rival])
        given = pairs.customer[chosen], pairs.column[chosen]
        result = self._by_customer.is_full_without(customers, actions, other)
        result |= self._by_home.is_full_without(self._home[customers], actions, other)
        return result | self._apart.others_clash(given, customers, actions, other)

    def homes(self, customers: Whole) -> int:
        """In how many households customers live; who lives alone is one."""
        return len(np.unique(self._home[customers]))

    def sure_loss(self, pairs: Pairs, best: Whole, net: Reals, *, is_open: Flags) -> float:
        """What the limits of households cost at least, where everyone would have his ``best``: one limit each."""
        loss = self._apart.sure_loss(pairs, best, net, is_open)
        for unit, left, limited in self._shared(1):
            needs = limited[pairs.column]
            mine = best[needs[best]]
            regret = net[mine] - _best_beside(pairs, net, is_open & ~needs)[pairs.customer[mine]]
            order = np.lexsort((regret, unit[pairs.customer[mine]]))
            owner = unit[pairs.customer[mine[order]]]
            count = np.bincount(owner, minlength=len(left))
            over = np.arange(len(order)) - np.searchsorted(owner, owner) < (count - np.maximum(left, 0))[owner]
            loss = np.maximum(loss, np.bincount(owner[over], regret[order][over], len(left)))
        return float(loss.sum())

    def is_tied(self, customers: Whole, actions: Whole, is_open: Flags, *, k: int) -> Flags:
        """Which customers could pass a limit together with others, or with several choices of their own."""
        result = np.zeros(len(self._home), dtype=np.bool_)
        for unit, left, limited in self._shared(k):
            wants = np.zeros(len(self._home), dtype=np.int64)
            # More choices than the customer may have do not count.
            counts = np.bincount(customers[is_open & limited[actions]], minlength=len(wants))
            wants[:] = np.minimum(counts, k)
            over = np.bincount(unit, wants, len(left)) > left
            result |= over[unit] & (wants > 0)
        return result | self._apart.is_tied(customers, actions, is_open)

    def _shared(self, k: int) -> Iterator[tuple[Whole, Whole, Flags]]:
        """Each limit that choices of one plan can pass together: the unit of each customer, seats, limited actions."""
        for number in range(self._by_home.left.shape[1]):
            yield self._home, self._by_home.left[:, number], self._by_home.limited[:, number]
        for number in range(self._by_customer.left.shape[1] if k > 1 else 0):
            everyone = np.arange(len(self._home))
            yield everyone, self._by_customer.left[:, number], self._by_customer.limited[:, number]


def _best_beside(pairs: Pairs, net: Reals, which: Flags) -> Reals:
    """The best that each customer has among some pairs; 0 is silence."""
    best = np.zeros(int(pairs.customer.max(initial=0)) + 1)
    np.maximum.at(best, pairs.customer[which], net[which])
    return best


@dataclass
class _Room:
    names: tuple[str, ...]
    """The limits."""
    left: Whole
    """Seats by unit and limit."""
    limited: Flags
    """By action and limit: whether the limit can refuse the action."""
    counted: Flags
    """By action and limit: whether the action takes a seat."""

    @classmethod
    def of(cls, room: pl.DataFrame, limits: Sequence[Limit], actions: Sequence[Action]) -> _Room:
        shape = (len(actions), len(limits))
        left = [room[f"room_{limit.id}"].to_numpy().astype(np.int64) for limit in limits]
        limited = [is_limited(limit, action) for action in actions for limit in limits]
        counted = [is_counted(limit, action) for action in actions for limit in limits]
        seats = np.stack(left, axis=1) if left else np.zeros((room.height, 0), dtype=np.int64)
        flags = (np.array(told, dtype=np.bool_).reshape(shape) for told in (limited, counted))
        return cls(tuple(limit.id for limit in limits), seats, *flags)

    def first_full(self, units: Whole, actions: Whole) -> Whole:
        """The place of the first limit that has no room for the action; NOBODY: there is room."""
        result = np.full(len(units), NOBODY, dtype=np.int64)
        for limit in reversed(range(len(self.names))):
            result[self.limited[actions, limit] & (self.left[units, limit] < 1)] = limit
        return result

    def is_full_without(self, units: Whole, actions: Whole, leaving: Whole) -> Flags:
        """Whether a limit has no room for the action where another leaves (NOBODY: none does)."""
        freed = self.counted[leaving] & (leaving != NOBODY)[:, None]
        result: Flags = np.any(self.limited[actions] & (self.left[units] + freed < 1), axis=1)
        return result

    def take(self, units: Whole, actions: Whole, *, each: int = 1) -> None:
        for limit in range(self.left.shape[1]):
            np.subtract.at(self.left[:, limit], units, each * self.counted[actions, limit].astype(np.int64))
