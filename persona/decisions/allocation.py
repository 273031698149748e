"""Who gets what over the whole book: the best admissible action of each customer under caps and limits.

Each customer proposes his best action that is still open; an offer with a cap keeps the most valuable proposals and
turns the others away, who then propose their next best. Because both sides go by the same value, the outcome is the one
stable plan: the same as taking all pairs of the book by falling value, each where it still fits. The order of rows,
customers and batches means nothing. A ghost is turned away where the treated who are worth more fill the cap, and takes
up no place himself.

Source: Gale and Shapley (1962); equal preferences on both sides give one stable matching (Eeckhout, 2000).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from persona.decisions.seats import NOBODY, Seats, Table
from persona.policy.actions import SLOTS, Action
from persona.policy.rules import Limit
from persona.tables.reasons import CODES

__all__ = ["allocated"]

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.uint8]


def allocated(
    proposals: pl.DataFrame,
    actions: Sequence[Action],
    *,
    units: pl.DataFrame,
    room: pl.DataFrame,
    limits: Sequence[Limit] = (),
) -> pl.DataFrame:
    """Every proposal with what became of it.

    Grain: one row a proposal of the whole book, in its order (customer, slot, rank).
    Reads: ``proposals``; ``customer_no``, ``household_key`` of ``units`` and ``room_<limit>`` of ``room``, which have
    the same customers in the same order.
    Makes: ``reason`` (UInt8 of ``tables.reasons``): ``O`` taken, ``H`` taken on paper, ``P`` the cap went to others,
    ``L`` a limit is used up by this plan, ``N`` worth no more than silence, ``R`` worth less than what was taken; and
    ``limit_id``, the limit of an ``L`` (null: no ``L``, or only ghosts of the household stand before him).
    """
    seats = Seats.of(units, room, limits, actions)
    pairs = _Pairs.of(proposals, units)
    caps = _caps(actions)
    reasons = np.zeros(len(pairs.customer), dtype=np.uint8)
    for number, slot in enumerate(SLOTS):
        here = pairs.where(proposals["slot"].to_numpy() == number)
        market = _Market(here, caps, seats, is_priced=slot == "marketing")
        market.settle()
        reasons[here.row] = market.reasons()
        taken = market.chosen[(market.chosen != NOBODY)]
        taken = taken[~here.is_ghost[taken]]
        seats.take(here.customer[taken], here.action[taken])
    return proposals.with_columns(
        reason=pl.Series(reasons, dtype=pl.UInt8),
        limit_id=pl.Series(_limits_passed(pairs, reasons == CODES["L"], seats), dtype=pl.String),
    )


def _limits_passed(pairs: _Pairs, flags: Flags, seats: Seats) -> list[str | None]:
    result: list[str | None] = [None] * len(flags)
    rows = np.flatnonzero(flags)
    for row, name in zip(rows.tolist(), seats.first_full(pairs.customer[rows], pairs.action[rows]), strict=True):
        result[row] = name
    return result


@dataclass(frozen=True)
class _Caps:
    offer_of: Whole
    """For each action the number of its offer."""
    cap: Whole
    """For each offer how many may have it; NOBODY: any number."""


def _caps(actions: Sequence[Action]) -> _Caps:
    names = sorted({action.offer.offer for action in actions})
    caps = {action.offer.offer: action.offer.cap for action in actions}
    offer_of = np.array([names.index(action.offer.offer) for action in actions], dtype=np.int64)
    cap = np.array([NOBODY if caps[name] is None else caps[name] for name in names], dtype=np.int64)
    return _Caps(offer_of, cap)


@dataclass(frozen=True)
class _Pairs:
    """Proposals as arrays, those of a customer together and the best first."""

    row: Whole
    customer: Whole
    """Place in ``units``."""
    action: Whole
    value: Whole
    tie: NDArray[np.uint64]
    is_ghost: Flags

    @classmethod
    def of(cls, proposals: pl.DataFrame, units: pl.DataFrame) -> _Pairs:
        customers = units["customer_no"].to_numpy()
        order = np.argsort(customers, kind="stable")
        place = order[np.searchsorted(customers, proposals["customer_no"].to_numpy(), sorter=order)]
        columns = (proposals[name].to_numpy() for name in ("action", "value_milli", "tie", "is_ghost"))
        action, value, tie, is_ghost = columns
        return cls(np.arange(proposals.height), place, action.astype(np.int64), value, tie, is_ghost)

    def where(self, flags: Flags) -> _Pairs:
        rows = np.flatnonzero(flags)
        kept = (self.customer[rows], self.action[rows], self.value[rows], self.tie[rows], self.is_ghost[rows])
        return _Pairs(self.row[rows], *kept)


class _Market:
    """One slot: proposals, and what became of them so far."""

    def __init__(self, pairs: _Pairs, caps: _Caps, seats: Seats, *, is_priced: bool) -> None:
        self.pairs, self.caps, self.seats = pairs, caps, seats
        self.closed = np.zeros(len(pairs.row), dtype=np.uint8)
        """Why a proposal is out for good: a code, 0 while it is open."""
        self.closed[seats.is_full(pairs.customer, pairs.action)] = CODES["L"]
        if is_priced:
            self.closed[pairs.value <= 0] = CODES["N"]
        starts = np.flatnonzero(np.diff(pairs.customer, prepend=-1))
        self.begin, self.end = starts, np.append(starts[1:], len(pairs.row))
        """The proposals of each customer who has any."""
        self.owner = np.repeat(np.arange(len(starts)), self.end - self.begin)
        self.at = self.begin.copy()
        """The first proposal of each customer that is still open."""
        self.chosen = np.full(len(starts), NOBODY, dtype=np.int64)
        self.home = seats.homes_that_bind(pairs.customer[starts], self.owner, pairs.action)

    def settle(self) -> None:
        """Propose and turn away until nobody is turned away."""
        movers = np.arange(len(self.begin))
        while len(movers):
            self._propose(movers)
            turned_away = self._over_cap(np.unique(self.caps.offer_of[self._actions_of(movers)]))
            self.closed[turned_away] = CODES["P"]
            movers = self._with_their_homes(np.unique(self.owner[turned_away]))

    def reasons(self) -> Codes:
        """What became of each proposal."""
        result = self.closed.copy()
        is_open = result == 0
        last = np.where(self.chosen == NOBODY, self.end, self.chosen)[self.owner]
        above = np.arange(len(result)) < last
        # What is open and above the choice had no place at home: the household's limits went to its others.
        result[is_open] = np.where(above[is_open], CODES["L"], CODES["R"])
        taken = self.chosen[self.chosen != NOBODY]
        result[taken] = np.where(self.pairs.is_ghost[taken], CODES["H"], CODES["O"])
        return result

    def _actions_of(self, customers: Whole) -> Whole:
        chosen = self.chosen[customers]
        actions: Whole = self.pairs.action[chosen[chosen != NOBODY]]
        return actions

    def _with_their_homes(self, customers: Whole) -> Whole:
        homes = np.unique(self.home[customers])
        at_home = np.flatnonzero(np.isin(self.home, homes[homes != NOBODY]))
        return np.union1d(customers, at_home)

    def _propose(self, movers: Whole) -> None:
        self._skip_closed(movers)
        is_alone = self.home[movers] == NOBODY
        alone = movers[is_alone]
        self.chosen[alone] = np.where(self.at[alone] < self.end[alone], self.at[alone], NOBODY)
        self._propose_at_home(movers[~is_alone])

    def _skip_closed(self, movers: Whole) -> None:
        """Go on to the first open proposal; what is closed stays closed."""
        moving = movers
        while len(moving):
            moving = moving[self.at[moving] < self.end[moving]]
            moving = moving[self.closed[self.at[moving]] != 0]
            self.at[moving] += 1

    def _propose_at_home(self, members: Whole) -> None:
        """Each household takes its most valuable proposals, one after the other, while its limits have room."""
        table = self.seats.at_home(self.home[members])
        self.chosen[members] = NOBODY
        at = self.at[members]
        waiting = np.arange(len(members))
        while len(waiting):
            at[waiting] = self._first_that_fits(members[waiting], at[waiting], table)
            waiting = waiting[at[waiting] < self.end[members[waiting]]]
            best = self._best_of_each_home(members[waiting], at[waiting])
            winners = waiting[best]
            pair = at[winners]
            self.chosen[members[winners]] = pair
            table.take(self.home[members[winners]], self.pairs.action[pair], self.pairs.is_ghost[pair])
            waiting = np.delete(waiting, best)

    def _first_that_fits(self, members: Whole, at: Whole, table: Table) -> Whole:
        at = at.copy()
        moving = np.arange(len(members))
        while len(moving):
            moving = moving[at[moving] < self.end[members[moving]]]
            pair = at[moving]
            fits = table.fits(self.home[members[moving]], self.pairs.action[pair], self.pairs.is_ghost[pair])
            moving = moving[~(fits & (self.closed[pair] == 0))]
            at[moving] += 1
        return at

    def _best_of_each_home(self, members: Whole, at: Whole) -> Whole:
        home = self.home[members]
        order = np.lexsort((at, self.pairs.tie[at], -self.pairs.value[at], home))
        return order[np.flatnonzero(np.diff(home[order], prepend=-1))]

    def _over_cap(self, offers: Whole) -> Whole:
        """The proposals that an offer turns away: those after as many treated as its cap has places."""
        taken = self.chosen[self.chosen != NOBODY]
        offer = self.caps.offer_of[self.pairs.action[taken]]
        over = [self._turned_away(taken[offer == one], int(self.caps.cap[one])) for one in offers]
        return np.concatenate([np.array([], dtype=np.int64), *over])

    def _turned_away(self, proposals: Whole, cap: int) -> Whole:
        if cap == NOBODY or len(proposals) <= 0:
            return proposals[:0]
        order = np.lexsort((proposals, self.pairs.tie[proposals], -self.pairs.value[proposals]))
        treated = ~self.pairs.is_ghost[proposals[order]]
        before: Whole = np.cumsum(treated) - treated
        turned_away: Whole = proposals[order[before >= cap]]
        return turned_away
