"""One slot of the night: the plan that is worth most under what customers share, with prices and a certified bound.

The optimizer shares out the lines of the book; what a household shares is settled at its prices, round by round: where
a household would pass a limit, the members to whom a seat is worth most keep theirs, and the book is solved anew for
the others. At the end nobody could have more without a line or a limit being passed. Ghosts choose under the same
prices.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from persona.buckets import BUCKETS
from persona.decisions.beside import Beside
from persona.decisions.better import improved, rivals
from persona.decisions.exact import Best, best_whole
from persona.decisions.optimizer import Book, Bucket, Infeasible, solve
from persona.decisions.optimizer.solve import PROVEN_PAIRS
from persona.decisions.pairs import Flags, Pairs, Reals, Whole
from persona.decisions.seats import Seats
from persona.decisions.shared import Shared
from persona.tables.reasons import CODES

__all__ = ["Market", "Settled"]

_LEANS = 6
"""How often households are asked again, each time with twice the weight on what the lines lack."""

Codes = NDArray[np.uint8]


@dataclass(frozen=True)
class Settled:
    """What came of a slot."""

    chosen: Whole
    """Pairs that are sent."""
    ghosts: Whole
    """Pairs that are decided on paper."""
    closed: Codes
    """Why a pair was out for good; 0 where it was open."""
    prices: Reals
    """Of the enforced lines, in thousandths of a minor unit a unit."""
    charge: Reals
    """What the prices ask for each pair."""
    value: int
    """Of what is sent, thousandths of a minor unit."""
    bound: float
    """No plan is worth more."""
    book: Book | None
    """What was solved at the end; None where nobody stood in another's way."""
    in_turn: int = 0
    """Households whose limits were settled round by round, where the plan is not proven to be the best."""


@dataclass
class _Found:
    """A plan of the treated and what is known with it."""

    chosen: Whole
    prices: Reals
    bound: float
    book: Book | None
    is_whole: bool = False
    """Whether all limits were told to the integer program."""


class Market:
    """The pairs of a slot and what became of them so far."""

    def __init__(
        self, pairs: Pairs, lines: Shared, seats: Seats, *, ties: NDArray[np.uint64], k: int, is_priced: bool
    ) -> None:
        self.pairs, self.lines, self.seats, self.ties, self.k = pairs, lines, seats, ties, k
        self.rows = lines.rows
        self.is_priced = is_priced
        self.lean, self.leans = np.zeros(len(self.rows.bounds)), 0
        self.papers: list[Whole] = []
        lowest = int(pairs.value.min(initial=0))
        # What is owed is sent whatever it is worth; its worth says only which treatment comes first.
        self.worth = pairs.value if is_priced else pairs.value + (1 - lowest)
        self.closed = np.zeros(len(pairs), dtype=np.uint8)
        self.closed[seats.is_full(pairs.customer, pairs.column)] = CODES["L"]
        self.ghost_of = self._all_ghosts()
        self.beside = Beside.of(pairs, k)

    def refuse(self, which: Flags) -> None:
        """Close pairs of which a line has to know something that is not known."""
        self.closed[which & (self.closed == 0)] = CODES["U"]
        self.ghost_of = self._all_ghosts()

    def leave_out(self, which: Flags) -> None:
        """Close pairs that a customer's arm of an experiment leaves out, as if they had lost to those it keeps."""
        self.closed[which & (self.closed == 0)] = CODES["R"]
        self.ghost_of = self._all_ghosts()

    def settle(self) -> Settled | Infeasible:
        """The plan, or the proof that the lines cannot be kept."""
        first = self.closed.copy()
        found, near = self._solved(None), None
        # What is closed later is no more than a choice of ours: only the first bound holds for every plan.
        bound = np.inf if isinstance(found, Infeasible) else found.bound
        while True:
            # Each round takes options away from somebody, or gives them back for good, so that there is an end.
            if isinstance(found, Infeasible):
                if not (self._leant(found, first) or self._back_from_paper(first)):
                    # What is refused after options were taken away is no proof.
                    return replace(found, is_proven=found.is_proven and not self._is_reduced(first))
            elif self._sent_home(found) | self._made_ghosts(found):
                near = found.prices
            else:
                return self._told(found, bound if self._is_reduced(first) else min(bound, found.bound), first)
            found = self._solved(near)

    def _is_reduced(self, first: Codes) -> bool:
        """Whether pairs are closed that a better plan may need."""
        return bool(np.any(self.beside.on_paper) or np.any((self.closed == CODES["L"]) & (first == 0)))

    def _leant(self, found: Infeasible, first: Codes) -> bool:
        """Open again what households gave up, and give their seats rather to what the lines turned out to lack."""
        given = (self.closed == CODES["L"]) & (first == 0) & self._is_treated()
        asked = np.abs(self.pairs.charge(self.rows, found.proof))
        if self.leans == _LEANS or not np.any(given) or not np.any(asked):
            return False
        most = float(np.abs(self.worth).max(initial=1))
        self.lean = self.lean + found.proof * (most * 2.0 ** (self.leans - _LEANS + 2) / float(asked.max()))
        self.closed[given] = 0
        self.leans += 1
        return True

    def _back_from_paper(self, first: Codes) -> bool:
        """Let who was the last to be held on paper do without what he is in a control group of: the lines need him."""
        if not self.papers:
            return False
        paper = self.papers.pop()
        who = self.pairs.customer[paper]
        self.ghost_of[who] = False
        mine = np.isin(self.pairs.customer, who)
        if self.k > 1:
            self.beside.give_back(self.pairs, paper)
            self.seats.hold(who, self.pairs.column[paper], back=True)
        self.closed[mine & (self.closed == CODES["L"]) & (first == 0)] = 0
        self.closed[mine & self.pairs.is_ghost & (self.closed == 0)] = CODES["V"]
        return True

    def _is_treated(self) -> Flags:
        return np.logical_not(self.ghost_of[self.pairs.customer])

    def _all_ghosts(self) -> Flags:
        """The customers whose every open pair is on paper only."""
        real = np.zeros(len(self.ties), dtype=np.bool_)
        here = (self.closed == 0) & ~self.pairs.is_ghost
        real[self.pairs.customer[here]] = True
        return np.logical_not(real)

    def _open(self) -> Flags:
        result: Flags = (self.closed == 0) & (self._is_treated() | self.beside.kept)
        return result

    def _solved(self, near: Reals | None) -> _Found | Infeasible:
        """The best plan of the treated over what is open; households apart, unless the book is small."""
        is_open = self._open()
        return self._whole(self._apart(is_open, near), is_open)

    def _whole(self, found: _Found | Infeasible, is_open: Flags) -> _Found | Infeasible:
        """The same of a small book with all limits told, where the plan would pass one or there is none."""
        here, is_refused = np.flatnonzero(is_open), isinstance(found, Infeasible)
        if len(here) > PROVEN_PAIRS or not len(here):
            return found
        if is_refused and not np.any(self.seats.is_tied(self.pairs.customer, self.pairs.column, is_open, k=self.k)):
            return found
        if isinstance(found, _Found) and not self.seats.is_passed(self.pairs, found.chosen, k=self.k):
            return found
        whole = best_whole(self.pairs, self.rows, self.seats, self.worth, here, places=self.beside.places)
        if isinstance(found, Infeasible):
            return replace(found, bounds=whole.bounds) if isinstance(whole, Infeasible) else found
        if isinstance(whole, Best):
            return replace(
                found, chosen=whole.chosen, prices=whole.prices, bound=min(found.bound, whole.bound), is_whole=True
            )
        return found if whole is None else whole

    def _apart(self, is_open: Flags, near: Reals | None) -> _Found | Infeasible:
        """The best plan of what is open, were there no households."""
        alone = self.pairs.best(self.worth.astype(np.float64), is_open, self.k)
        if np.all(self.pairs.total(self.rows, alone) <= self.rows.bounds):
            nothing = np.zeros(len(self.rows.bounds))
            return _Found(alone, nothing, float(self.worth[alone].sum()), None)
        here = np.flatnonzero(is_open)
        # The pairs of a customer stand together.
        is_next = np.diff(self.pairs.customer[here], prepend=-1) != 0
        who, place = self.pairs.customer[here][is_next], np.cumsum(is_next) - 1
        book = self._book(here, who, place)
        answer = solve(book, self.rows, k=self.k, near=near)
        if isinstance(answer, Infeasible):
            return answer
        taken = np.any(answer.choice[place] == self.pairs.action[here][:, None], axis=1)
        return _Found(here[taken], answer.shadow_prices, answer.bound, book)

    def _book(self, here: Whole, who: Whole, place: Whole) -> Book:
        """The open pairs as the optimizer takes them, bucket by bucket: no more than one is held twice."""
        tie, cell = self.ties[who], self.pairs.cells[who]
        bucket = (tie % np.uint64(BUCKETS)).astype(np.uint8)
        customers, pairs = np.argsort(bucket, kind="stable"), np.argsort(bucket[place], kind="stable")
        local = np.zeros(len(who), dtype=np.int64)
        begins = np.arange(BUCKETS + 1)
        of_customers = np.searchsorted(bucket[customers], begins)
        of_pairs = np.searchsorted(bucket[place[pairs]], begins)
        made = []
        for number in range(BUCKETS):
            rows = customers[of_customers[number] : of_customers[number + 1]]
            mine = pairs[of_pairs[number] : of_pairs[number + 1]]
            if not len(rows):
                continue
            local[rows] = np.arange(len(rows))
            at, own = (self.pairs.action[here[mine]], local[place[mine]]), here[mine]
            value = np.full((self.rows.actions, len(rows)), -np.inf, dtype=np.float32)
            value[at] = self.worth[own]
            amounts = [np.zeros(value.shape, dtype=np.float32) for _ in self.pairs.amounts]
            for amount, told in zip(amounts, self.pairs.amounts, strict=True):
                amount[at] = told[own]
            made.append(Bucket.of(value, amounts, cell=cell[rows], tie=tie[rows], row=rows))
        return Book(tuple(made))

    def _net(self, prices: Reals) -> Reals:
        return self.worth - self.pairs.charge(self.rows, prices)

    def _sent_home(self, found: _Found) -> bool:
        """Close the pairs of those who lose their seat in a limit that the plan would pass."""
        net = self._net(found.prices + self.lean)
        losing = self.seats.losing(self.pairs, found.chosen, net, is_open=self._open(), k=self.k)
        self.closed[losing] = CODES["L"]
        return bool(np.any(losing))

    def _made_ghosts(self, found: _Found) -> bool:
        """Take out of the treated who has chosen what he is in a control group of; his other places stay his."""
        paper = found.chosen[self.pairs.is_ghost[found.chosen]]
        self.ghost_of[self.pairs.customer[paper]] = True
        if len(paper):
            self.papers.append(paper)
        if self.k > 1:
            self.beside.put(self.pairs, paper)
            self.seats.hold(self.pairs.customer[paper], self.pairs.column[paper])
            self._close_full(~self.pairs.is_ghost & self.ghost_of[self.pairs.customer])
            is_wished = self.beside.keep(self.pairs, found.chosen, self._net(found.prices), self.closed == 0)
            return bool(len(paper)) or is_wished
        return bool(len(paper))

    def _told(self, found: _Found, bound: float, first: Codes) -> Settled:
        charge = self.pairs.charge(self.rows, found.prices)
        chosen = improved(
            self.pairs, self.rows, found.chosen, self.worth, self._improvable(),
            prices=found.prices, charge=charge, k=self.k,
        )  # fmt: skip
        net = self.worth - charge
        proven = self._dual(found.prices, net, (first == 0) & (self._is_treated() | self.beside.may_be(self.pairs)))
        value = int(self.worth[chosen].sum())
        self.seats.take(self.pairs.customer[chosen], self.pairs.column[chosen])
        lost = np.flatnonzero((self.closed == CODES["L"]) & (first == 0) & self._is_treated())
        if found.is_whole:
            self._stop(chosen)
        ghosts = self._ghosts(net, chosen)
        sent = int(self.pairs.value[chosen].sum())
        most = max(float(value), min(bound, proven)) + (sent - value)
        in_turn = self.seats.homes(self.pairs.customer[lost]) if np.floor(most) > sent else 0
        return Settled(chosen, ghosts, self.closed, found.prices, charge, sent, most, found.book, in_turn)

    def _stop(self, chosen: Whole) -> None:
        """Close what would be worth more to a customer and a limit has no room for after what was chosen."""
        beside = rivals(self.pairs, chosen, self.worth, k=self.k)
        here = np.flatnonzero(self._open() & (beside.gain > 0))
        here = here[~np.isin(here, chosen)]
        self.closed[here[self.seats.stopping(self.pairs, chosen, here, beside.pair[here])]] = CODES["L"]

    def _improvable(self) -> Flags:
        """Open pairs of customers who share no seats with others: another choice of theirs is nobody else's matter."""
        tied = self.seats.is_tied(self.pairs.customer, self.pairs.column, self._open(), k=self.k)
        result: Flags = self._open() & ~tied[self.pairs.customer] & ~self.pairs.is_ghost
        return result

    def _dual(self, prices: Reals, net: Reals, is_open: Flags) -> float:
        """What no plan can be worth more than: each customer's best under the prices, and the prices of the lines."""
        best = self.pairs.best(net, is_open, self.beside.places if self.k > 1 else 1)
        paid = float(np.sum(prices * self.rows.bounds))
        shared = self.seats.sure_loss(self.pairs, best, net, is_open=is_open) if self.k == 1 else 0.0
        total = float(net[best].sum())
        return (paid + total - shared) + 1e-12 * (abs(paid) + abs(total))

    def _close_full(self, which: Flags) -> None:
        """Close some of the open pairs for which a limit has no room left."""
        here = np.flatnonzero(which & (self.closed == 0))
        full = self.seats.is_full(self.pairs.customer[here], self.pairs.columns[self.pairs.action[here]])
        self.closed[here[full]] = CODES["L"]

    def _ghosts(self, net: Reals, sent: Whole) -> Whole:
        """What ghosts would have been sent, under the same prices and what the treated leave of the limits.

        Reads: ``sent``, what is sent; who is sent something beside what is on paper has that much fewer places.
        """
        on_paper = np.flatnonzero(self.beside.on_paper)
        self.seats.hold(self.pairs.customer[on_paper], self.pairs.column[on_paper], back=True)
        ghost = self.pairs.is_ghost & ~self._is_treated()
        self._close_full(ghost)
        taken = np.zeros(len(self.pairs), dtype=np.bool_)
        taken[sent] = self.ghost_of[self.pairs.customer[sent]]
        gain = np.where(taken, np.inf, net)
        while True:
            is_open = ghost & (self.closed == 0)
            best = self.pairs.best(gain, is_open | taken, self.k)
            chosen = best[~taken[best]]
            losing = self.seats.losing(self.pairs, chosen, net, is_open=is_open, k=self.k)
            if not np.any(losing):
                return chosen
            self.closed[losing] = CODES["L"]
