"""Conflicts of households in this night's plan: of offers that exclude each other its members are told of one alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from persona.decisions.pairs import Flags, Pairs, Reals, Whole
from persona.policy.actions import Action, is_counted, is_limited
from persona.policy.contact import Limited
from persona.policy.rules import Limit

__all__ = ["Apart", "is_apart"]

NOBODY = -1


def is_apart(limit: Limit) -> bool:
    """Whether a limit stands for a conflict of a household, which bounds no count: one offer may go to two members."""
    return isinstance(limit, Limited) and limit.is_tonight and limit.per == "household"


@dataclass(frozen=True)
class Apart:
    """The conflicts of households and which of their offers each household has."""

    names: tuple[str, ...]
    home: Whole
    """The household of each customer."""
    stopped: Whole
    """By action and conflict: which of its offers the action is; NOBODY: it does not stop the action."""
    counted: Whole
    """The same of the actions that it counts."""
    held: Whole
    """By household and conflict: the offer that was given; NOBODY: none was."""

    @classmethod
    def of(cls, home: Whole, limits: Sequence[Limit], actions: Sequence[Action]) -> Apart:
        """The conflicts at the beginning of the plan."""
        shape = (len(actions), len(limits))
        offers = {name: place for place, name in enumerate(sorted({one.offer.offer for one in actions}))}
        stopped, counted = np.full(shape, NOBODY, dtype=np.int64), np.full(shape, NOBODY, dtype=np.int64)
        for place, action in enumerate(actions):
            for number, limit in enumerate(limits):
                if is_counted(limit, action):
                    counted[place, number] = offers[action.offer.offer]
                if is_limited(limit, action):
                    stopped[place, number] = offers[action.offer.offer]
        held = np.full((int(home.max(initial=-1)) + 1, len(limits)), NOBODY, dtype=np.int64)
        return cls(tuple(limit.id for limit in limits), home, stopped, counted, held)

    def first_clash(self, customers: Whole, actions: Whole) -> Whole:
        """The place of the first conflict of which the household has another offer already; NOBODY: of none."""
        result = np.full(len(customers), NOBODY, dtype=np.int64)
        for number in reversed(range(len(self.names))):
            mine, held = self.stopped[actions, number], self.held[self.home[customers], number]
            result[(mine != NOBODY) & (held != NOBODY) & (mine != held)] = number
        return result

    def take(self, customers: Whole, actions: Whole) -> None:
        """What was given is what the household has."""
        for number in range(len(self.names)):
            mine = self.counted[actions, number]
            is_one = mine != NOBODY
            self.held[self.home[customers[is_one]], number] = mine[is_one]

    def losing(self, pairs: Pairs, chosen: Whole, net: Reals, is_open: Flags) -> Flags:
        """The open pairs that have to go where members have chosen offers that exclude each other.

        The household keeps the offer with which it is worth most, every member at the best that he has beside it.
        """
        result = np.zeros(len(pairs), dtype=np.bool_)
        for kind, mine, clashing in self._clashes(pairs, chosen):
            worth = self._worth(pairs, kind, clashing, net, is_open)
            kept = np.full(len(self.held), NOBODY, dtype=np.int64)
            most = np.full(len(self.held), -np.inf)
            for offer, total in worth.items():
                better = total > most
                kept[better], most[better] = offer, total[better]
            loses = np.zeros(len(self.home), dtype=np.bool_)
            losers = mine[clashing[self.home[pairs.customer[mine]]]]
            losers = losers[kind[losers] != kept[self.home[pairs.customer[losers]]]]
            loses[pairs.customer[losers]] = True
            result |= is_open & (kind != NOBODY) & loses[pairs.customer] & (kind != kept[self.home[pairs.customer]])
        return result

    def sure_loss(self, pairs: Pairs, best: Whole, net: Reals, is_open: Flags) -> Reals:
        """What a conflict costs each household at least where everyone would have his ``best``, one of them each."""
        loss = np.zeros(len(self.held))
        for kind, _, clashing in self._clashes(pairs, best):
            worth = self._worth(pairs, kind, clashing, net, is_open)
            most = np.max(np.stack(list(worth.values())), axis=0)
            free = np.zeros(len(self.home))
            free[pairs.customer[best]] = net[best]
            have = np.bincount(self.home, free, len(self.held))
            loss = np.maximum(loss, np.where(clashing, have - most, 0.0))
        return loss

    def excluding(self, pairs: Pairs, here: Whole) -> Iterator[tuple[Whole, Whole]]:
        """Each conflict that some pairs could pass: the household of each, and which of its offers; NOBODY: none."""
        home = self.home[pairs.customer[here]]
        for number in range(len(self.names)):
            kind = self.stopped[pairs.column[here], number]
            mine = kind != NOBODY
            could = _several(home[mine], kind[mine], len(self.held))
            if np.any(could):
                yield home, np.where(could[home], kind, NOBODY)

    def others_clash(self, chosen: tuple[Whole, Whole], customers: Whole, actions: Whole, rival: Whole) -> Flags:
        """Whether the household would have another offer still if each pair took the place of its ``rival``.

        Reads: ``chosen``, customers and actions of what is sent; ``rival``, an action; NOBODY: a free place.
        """
        result = np.zeros(len(customers), dtype=np.bool_)
        for number in range(len(self.names)):
            counts = (self.counted[chosen[1], number] != NOBODY).astype(np.int64)
            others = np.bincount(self.home[chosen[0]], counts, len(self.held))[self.home[customers]]
            others = others - ((rival != NOBODY) & (self.counted[rival, number] != NOBODY))
            mine, held = self.stopped[actions, number], self.held[self.home[customers], number]
            result |= (mine != NOBODY) & (held != NOBODY) & (mine != held) & (others > 0)
        return result

    def is_tied(self, customers: Whole, actions: Whole, is_open: Flags) -> Flags:
        """Which customers could clash: of whose household offers that exclude each other are open."""
        result = np.zeros(len(self.home), dtype=np.bool_)
        for number in range(len(self.names)):
            kind = self.stopped[actions, number]
            here = np.flatnonzero(is_open & (kind != NOBODY))
            could = _several(self.home[customers[here]], kind[here], len(self.held))
            wants = np.zeros_like(result)
            wants[customers[here]] = True
            result |= wants & could[self.home]
        return result

    def _clashes(self, pairs: Pairs, chosen: Whole) -> Iterator[tuple[Whole, Whole, Flags]]:
        """Each conflict that choices pass: the offer of each pair, the choices of them, the households that clash."""
        for number in range(len(self.names)):
            kind = self.stopped[pairs.column, number]
            mine = chosen[kind[chosen] != NOBODY]
            clashing = _several(self.home[pairs.customer[mine]], kind[mine], len(self.held))
            if np.any(clashing):
                yield kind, mine, clashing

    def _worth(self, pairs: Pairs, kind: Whole, clashing: Flags, net: Reals, is_open: Flags) -> dict[int, Reals]:
        """By offer that is open what each household that clashes has at best with it alone."""
        here = np.flatnonzero(is_open & clashing[self.home[pairs.customer]])
        worth: dict[int, Reals] = {}
        for offer in np.unique(kind[here][kind[here] != NOBODY]):
            may = here[(kind[here] == NOBODY) | (kind[here] == offer)]
            best = np.zeros(len(self.home))
            np.maximum.at(best, pairs.customer[may], net[may])
            worth[int(offer)] = np.bincount(self.home, best, len(self.held)).astype(np.float64)
        return worth


def _several(homes: Whole, kinds: Whole, count: int) -> Flags:
    """The households with more than one kind."""
    lowest, highest = np.full(count, np.iinfo(np.int64).max), np.full(count, NOBODY, dtype=np.int64)
    np.minimum.at(lowest, homes, kinds)
    np.maximum.at(highest, homes, kinds)
    result: Flags = (highest != NOBODY) & (lowest < highest)
    return result
