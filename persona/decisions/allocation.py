"""Who gets what over the whole book: the plan that is worth most under caps, constraints and contact limits.

Classes are decided in turn, what is owed first, because limits may count it. In each the optimizer finds prices of what
is scarce and a whole plan under them; whoever does not get his best is told what stood in the way. The order of rows,
customers and batches means nothing. A ghost decides under the same prices and takes up no place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from persona.decisions.better import blocking, rivals
from persona.decisions.beyond import BEYOND
from persona.decisions.lots import own_values
from persona.decisions.market import Market, Settled
from persona.decisions.optimizer import Infeasible
from persona.decisions.pairs import Pairs
from persona.decisions.prices import Priced, are_narrowed, priced
from persona.decisions.report import Told, infeasible, told
from persona.decisions.seats import Seats
from persona.decisions.shared import Cells, Shared, shared
from persona.decisions.terms import Terms
from persona.errors import PolicyErrors
from persona.policy.actions import SLOTS, Action, exclusive
from persona.policy.constraints import Constraints
from persona.policy.rules import Limit
from persona.tables.decisions import CONSTRAINTS, PLANS
from persona.tables.reasons import CODES

__all__ = ["Allocated", "allocated"]

_READ = ("customer_no", "slot", "action", "value_milli", "tie", "is_ghost", "unknown")

Whole = NDArray[np.int64]
Codes = NDArray[np.uint8]


@dataclass(frozen=True)
class Allocated:
    """What became of every proposal of the book, and how the plan stands to what it had to keep."""

    proposals: pl.DataFrame
    """Its own columns, ``charge_milli``, ``reason`` and ``limit_id``."""
    constraints: pl.DataFrame
    plans: pl.DataFrame
    prices: pl.DataFrame
    """How the prices of ladders were narrowed to keep parity: ``tables.decisions.PRICES``."""
    closed: pl.DataFrame
    """``customer_no``, ``action``, ``reason``: admissible pairs that are no proposals. Parity has left them no price
    (``E``), or so many others of the customer are worth more (``R``)."""


def allocated(
    proposals: pl.DataFrame,
    actions: Sequence[Action],
    *,
    units: pl.DataFrame,
    room: pl.DataFrame,
    limits: Sequence[Limit] = (),
    terms: Terms | None = None,
    before: Mapping[str, float] | None = None,
    beyond: pl.DataFrame | None = None,
) -> Allocated:
    """Every proposal at the price that is worth most, with what became of it.

    Grain: one row a customer and action of the whole book, in the order of ``proposals``.
    Reads: ``proposals`` and ``units`` as ``weighed`` makes them; ``room_<limit>`` of ``room``, which has the customers
    of ``units`` in the same order; ``before``, what contacts of the past add to each constraint with a window;
    ``beyond``, the pairs that were set aside as ``weighed`` tells them, of which the bound does not speak.
    Makes: ``reason`` (UInt8 of ``tables.reasons``): ``O`` taken, ``H`` taken on paper, ``P`` the cap went to others,
    ``V`` a constraint stands in the way, ``L`` a limit is used up by this plan, ``U`` what a constraint has to know is
    not known, ``F`` a conflict with what this plan tells him or his household, ``N`` worth no more than silence, ``R``
    worth less than what was taken; ``limit_id``, which limit or constraint that was (null: none, or only ghosts of the
    household stand before him); ``charge_milli``.
    Raises: PolicyErrors where no plan keeps the constraints, with the smallest change that mends them.
    """
    rules = terms or Terms(Constraints())

    def shared_out(told: Priced) -> tuple[Allocated, _Book]:
        book = _Book.of(told.proposals, units, room, limits, rules, actions, before or {})
        return _allocated(told, book, beyond), book

    told = priced(proposals, actions)
    made, book = shared_out(told)
    if not are_narrowed(actions):
        return made
    best, worth = made, _worth(made)
    for _ in range(_ROUNDS):
        again = priced(proposals, actions, book.asked(proposals))
        # By weak duality no windows are worth more than the plan, its gap and this together.
        if again.promise(told.windows) <= _PROMISE * worth:
            break
        told = again
        try:
            made, book = shared_out(told)
        except PolicyErrors:  # what these windows leave does not keep the constraints
            break
        if _worth(made) > worth:
            best, worth = made, _worth(made)
    return best


_ROUNDS = 2
"""How often windows of parity are chosen again under the prices of the plan before."""
_PROMISE = 1e-4
"""Share of the plan's value for less than which the book is not shared out anew."""


def _worth(made: Allocated) -> int:
    return int(made.plans["value_milli"].sum())


def _allocated(told: Priced, book: _Book, beyond: pl.DataFrame | None) -> Allocated:
    """What becomes of every proposal at its price."""
    proposals = told.proposals
    aside = pl.DataFrame(schema=BEYOND) if beyond is None else beyond
    counts = dict(aside.group_by("slot").len().iter_rows())
    slots = [book.settle(slot, number, beyond=counts.get(number, 0)) for number, slot in enumerate(SLOTS)]
    ids = book.ids()
    full = own_values(proposals).with_columns(
        charge_milli=pl.Series(book.charge, dtype=pl.Int64),
        reason=pl.Series(book.reasons, dtype=pl.UInt8),
        limit_id=ids,
    )
    frames = [one for one in slots if one is not None]
    lines = pl.concat([pl.DataFrame(schema=CONSTRAINTS.schema), *(one.constraints for one in frames)])
    plans = pl.concat([pl.DataFrame(schema=PLANS.schema), *(one.plan for one in frames)])
    closed = pl.concat(
        [
            pairs.select("customer_no", "action", pl.lit(CODES[letter], dtype=pl.UInt8).alias("reason"))
            for pairs, letter in ((told.closed, "E"), (aside, "R"))
        ]
    )
    return Allocated(full, CONSTRAINTS.checked(lines), PLANS.checked(plans), told.prices, closed)


def _places(proposals: pl.DataFrame, units: pl.DataFrame) -> Whole:
    """The place of each proposal's customer among the units."""
    customers = units["customer_no"].to_numpy()
    order = np.argsort(customers, kind="stable")
    place: Whole = order[np.searchsorted(customers, proposals["customer_no"].to_numpy(), sorter=order)]
    return place


@dataclass
class _Book:
    """The book in the course of its slots."""

    proposals: pl.DataFrame
    actions: Sequence[Action]
    place: Whole
    """The customer of each proposal among the units."""
    ties: NDArray[np.uint64]
    cells: Cells
    seats: Seats
    terms: Terms
    before: dict[str, float]
    reasons: Codes
    charge: Whole
    stood: Whole
    """What stood in the way of a proposal: a place in ``names``; -1: nothing, or a limit."""
    names: list[str]
    units: pl.DataFrame
    paid: dict[int, tuple[Shared, NDArray[np.float64]]] = field(default_factory=dict)
    """Of each slot that is decided its lines and what a unit of each has come to."""

    @classmethod
    def of(
        cls,
        proposals: pl.DataFrame,
        units: pl.DataFrame,
        room: pl.DataFrame,
        limits: Sequence[Limit],
        terms: Terms,
        actions: Sequence[Action],
        before: Mapping[str, float],
    ) -> _Book:
        place = _places(proposals, units)
        return cls(
            proposals.select(*_READ, "^amount_.*$", "^is_left_out$"),
            actions,
            place,
            units["tie"].to_numpy(),
            Cells.of_customers(units, len(terms.flags)),
            Seats.of(units, room, limits, actions),
            terms,
            dict(before),
            np.zeros(proposals.height, dtype=np.uint8),
            np.zeros(proposals.height, dtype=np.int64),
            np.full(proposals.height, -1, dtype=np.int64),
            [*(term.constraint.id for term in terms.terms), *sorted({one.offer.offer for one in actions})],
            units,
        )

    def asked(self, proposals: pl.DataFrame) -> Whole:
        """What the prices of the plan would ask for each of other proposals of the same book, in thousandths."""
        result = np.zeros(proposals.height, dtype=np.int64)
        place, slots = _places(proposals, self.units), proposals["slot"].to_numpy()
        for number, (lines, prices) in self.paid.items():
            pairs = self._pairs(proposals, np.flatnonzero(slots == number), place, SLOTS[number], lines)
            result[pairs.row] = np.rint(pairs.charge(lines.rows, prices)).astype(np.int64)
        return result

    def _mine(self, slot: str) -> list[Action]:
        """The actions of a slot, those that exclude one another together."""
        mine = [one for one in self.actions if one.slot == slot]
        return sorted(mine, key=lambda one: (exclusive(one, self.terms.limits.one_of_each), one.index))

    def _pairs(self, proposals: pl.DataFrame, here: Whole, place: Whole, slot: str, lines: Shared) -> Pairs:
        columns = [one.index for one in self._mine(slot)]
        return Pairs.of(proposals, here, place, columns=columns, cells=self.cells.of, rules=lines.every)

    def settle(self, slot: str, number: int, *, beyond: int) -> Told | None:
        """Decide a slot; None where no offer is of its class. ``beyond``: pairs of it that were set aside."""
        k = self.terms.limits.per_customer if slot == "marketing" else 1
        mine = self._mine(slot)
        if not mine:
            return None
        k = min(k, self.seats.most(np.array([one.index for one in mine])))
        lines = shared(mine, self.terms, self.cells, slot=slot, before=self.before, k=k)
        here = np.flatnonzero(self.proposals["slot"].to_numpy() == number)
        pairs = self._pairs(self.proposals, here, self.place, slot, lines)
        market = Market(pairs, lines, self.seats, ties=self.ties, k=k, is_priced=slot == "marketing")
        unknown = self._unknown(pairs, lines)
        market.refuse(unknown >= 0)
        if "is_left_out" in self.proposals.columns:
            market.leave_out(self.proposals["is_left_out"].to_numpy()[pairs.row])
        found = market.settle()
        if isinstance(found, Infeasible):
            raise infeasible(found, lines, self.terms)
        self.paid[number] = lines, found.prices
        self._write(pairs, found, lines, unknown, market, k)
        made = told(pairs, found, lines, slot=slot, k=k, beyond=beyond)
        for name, use in made.uses.items():
            # What is owed counts towards what marketing may still use.
            self.before[name] = self.before.get(name, 0.0) + use
        return made

    def _unknown(self, pairs: Pairs, lines: Shared) -> Whole:
        """Of which constraint that it is held to a pair does not know what it adds; -1: of none."""
        result = np.full(len(pairs), -1, dtype=np.int64)
        bits = self.proposals["unknown"].to_numpy()[pairs.row]
        if not np.any(bits):
            return result
        for place in lines.enforced[::-1]:
            line = lines.lines[place]
            if line.term is not None and line.term.amount is not None:
                is_asked = lines.counts[place][pairs.cell, pairs.action] > 0
                is_unknown = (bits >> np.uint64(line.term.amount)) & np.uint64(1) > 0
                result[is_asked & is_unknown] = self.names.index(line.name)
        return result

    def _write(self, pairs: Pairs, found: Settled, lines: Shared, unknown: Whole, market: Market, k: int) -> None:
        """Write down what became of each pair, and what stood in the way."""
        reasons, stood = found.closed.copy(), np.full(len(pairs), -1, dtype=np.int64)
        stood[unknown >= 0] = unknown[unknown >= 0]
        everyone = np.sort(np.concatenate([found.chosen, found.ghosts]))
        beside = rivals(pairs, everyone, market.worth, k=k)
        is_open = reasons == 0
        is_lost = is_open & (beside.gain <= 0)
        reasons[is_lost] = CODES["R"]
        if market.is_priced:
            reasons[is_open & (pairs.value <= 0)] = CODES["N"]
        reasons[found.chosen], reasons[found.ghosts] = CODES["O"], CODES["H"]
        rows = market.rows
        waiting = np.flatnonzero(reasons == 0)
        if len(waiting) and len(rows.bounds):
            slack = rows.bounds - pairs.total(rows, found.chosen)
            line = lines.enforced[blocking(pairs, rows, waiting, beside, slack, found.prices)]
            is_cap = np.array([one.bound == "cap" for one in lines.lines])[line]
            name = np.array([self.names.index(one.name) for one in lines.lines])[line]
            reasons[waiting], stood[waiting] = np.where(is_cap, CODES["P"], CODES["V"]), name
        reasons[reasons == 0] = CODES["R"]
        self.reasons[pairs.row], self.stood[pairs.row] = reasons, stood
        self.charge[pairs.row] = np.rint(found.charge).astype(np.int64)

    def ids(self) -> pl.Series:
        """Which limit or constraint stood in the way of each proposal; what a conflict stopped is said to be in one."""
        names = [*self.names, *self.seats.names]
        said = self.stood.copy()
        rows = np.flatnonzero(self.reasons == CODES["L"])
        columns = self.proposals["action"].to_numpy().astype(np.int64)[rows]
        limit = self.seats.first_full(self.place[rows], columns)
        said[rows] = np.where(limit >= 0, limit + len(self.names), -1)
        self.reasons[rows[self.seats.is_conflict[limit]]] = CODES["F"]
        places = pl.Series(said).replace(-1, None).cast(pl.UInt32)
        return pl.Series("limit_id", names, dtype=pl.String).gather(places) if names else places.cast(pl.String)
