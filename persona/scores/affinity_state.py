"""The state of affinity: decayed counts of each customer and category, folded in the order of days.

A count decays with its age, so a sum of decayed counts at any day is the sum of ``2**((t - t0) / h)`` at a fixed day
t0, times one factor: an idle customer is never touched, and a new purchase is one addition, at night or in the moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = [
    "HALF_LIVES",
    "Flags",
    "Floats",
    "Ints",
    "State",
    "appended",
    "day_number",
    "empty_state",
    "folded",
    "positions",
    "state_columns",
    "state_of",
]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

EPOCH = date(2000, 1, 1)
HALF_LIVES = (30, 90, 180)
_CATEGORY_HALF_LIFE = 90
_VISITS = tuple(f"visits.{half_life}" for half_life in HALF_LIVES)
_OF_LEAVES = ("faded", "seen")
_NOBODY = -1
_SPARSE = 1_000_000
"""Numbers that a table of customers may have besides eight for each."""
_NEVER_FIRST, _NEVER_LAST = np.iinfo(np.int32).max, np.iinfo(np.int32).min


@dataclass(frozen=True, slots=True)
class State:
    """What is kept of a batch of customers; days are counted from EPOCH."""

    customers: Ints
    """Sorted."""
    leaves: tuple[str, ...]
    decayed: Floats
    """Customers x leaves: sum of 2**(day / 90), one for each purchase."""
    seen: Flags
    """Customers x leaves: ever bought."""
    visits: Floats
    """Customers x HALF_LIVES: sum of 2**(day / h), one for each purchase occasion."""
    first: Ints
    last: Ints

    def between(self, start: int, end: int) -> State:
        """The customers from one position to before another."""
        here = slice(start, end)
        return State(
            customers=self.customers[here],
            leaves=self.leaves,
            decayed=self.decayed[here],
            seen=self.seen[here],
            visits=self.visits[here],
            first=self.first[here],
            last=self.last[here],
        )

    def tenure_days(self, day: int) -> Floats:
        """Days from the first purchase to ``day``; 0 where there is none."""
        return np.where(self.first < day, day - self.first, 0).astype(np.float64)

    def is_active(self, day: int) -> Flags:
        """Bought in the 180 days before ``day``."""
        return (self.first < day) & (day - self.last <= HALF_LIVES[-1])


def day_number(day: date) -> int:
    """Days since EPOCH."""
    return (day - EPOCH).days


def empty_state(customers: Sequence[int] | Ints, *, leaves: Sequence[str]) -> State:
    """The state of customers who have bought nothing."""
    everyone = np.unique(np.asarray(customers, dtype=np.int64))
    size = len(everyone)
    return State(
        customers=everyone,
        leaves=tuple(leaves),
        decayed=np.zeros((size, len(leaves))),
        seen=np.zeros((size, len(leaves)), dtype=np.bool_),
        visits=np.zeros((size, len(HALF_LIVES))),
        first=np.full(size, _NEVER_FIRST, dtype=np.int64),
        last=np.full(size, _NEVER_LAST, dtype=np.int64),
    )


def state_columns(leaves: Sequence[str]) -> list[str]:
    """What ``state_of`` reads of the state that a night keeps."""
    return ["customer_no", "first", "last", *_VISITS, *(f"{name}.{leaf}" for name in _OF_LEAVES for leaf in leaves)]


def state_of(table: pl.DataFrame, *, leaves: Sequence[str]) -> State:
    """The state of customers as a night keeps it.

    Reads: ``customer_no``, ``first``, ``last`` (days from EPOCH), ``visits.<half-life>``, ``faded.<leaf>`` and
    ``seen.<leaf>``.
    """

    def read(names: Sequence[str]) -> NDArray[Any]:
        return table.select(names).to_numpy().reshape(table.height, len(names))

    decayed, seen = (read([f"{name}.{leaf}" for leaf in leaves]) for name in _OF_LEAVES)
    return State(
        customers=table["customer_no"].to_numpy(),
        leaves=tuple(leaves),
        decayed=decayed,
        seen=seen,
        visits=read(_VISITS),
        first=table["first"].cast(pl.Int64).to_numpy(),
        last=table["last"].cast(pl.Int64).to_numpy(),
    )


def folded(
    customers: Sequence[int] | Ints, bought: pl.DataFrame, *, leaves: Sequence[str], visits: pl.DataFrame | None = None
) -> State:
    """The state of customers after all that they bought; see ``appended``."""
    return appended(empty_state(customers, leaves=leaves), bought, visits=visits)


def appended(state: State, bought: pl.DataFrame, *, visits: pl.DataFrame | None = None) -> State:
    """The state after purchases on later days, equal to the byte to the state folded from all of them at once.

    Reads: ``customer_no``, ``category``, ``booked_on`` of purchases, in any order; none may lie before the newest day
    of its customer in the state (a late row means folding that customer anew). Those of others are passed over. What
    maps to no leaf is a visit only.
    ``visits`` are the occasions (``customer_no``, ``booked_on``); without them every purchase is one.
    """
    who, category, day = _in_day_order(state, bought)
    if who.min(initial=0) < 0:
        who, category, day = (one[who >= 0] for one in (who, category, day))
    decayed, seen = state.decayed.copy(order="C"), state.seen.copy(order="C")
    named = category >= 0
    # To a cell by its number is added several times faster than by row and column.
    cells = who[named] * len(state.leaves) + category[named]
    np.add.at(decayed.reshape(-1), cells, _weights(day[named], _CATEGORY_HALF_LIFE))
    seen.reshape(-1)[cells] = True
    if visits is not None:
        who, _, day = _in_day_order(state, visits.with_columns(category=pl.lit(None, dtype=pl.String)))
        who, day = who[who >= 0], day[who >= 0]
    times = state.visits.copy(order="C")
    for column, half_life in enumerate(HALF_LIVES):
        np.add.at(times.reshape(-1), who * len(HALF_LIVES) + column, _weights(day, half_life))
    first, last = state.first.copy(), state.last.copy()
    np.minimum.at(first, who, day)
    np.maximum.at(last, who, day)
    return State(state.customers, state.leaves, decayed, seen, times, first, last)


def positions(everyone: Ints, number: Ints) -> Ints:
    """Where each number stands among the sorted customers; -1: nowhere."""
    if not len(everyone) or not len(number):
        return np.full(len(number), _NOBODY)
    first, last = min(everyone[0], number.min()), max(everyone[-1], number.max())
    if last - first > 8 * len(everyone) + _SPARSE:
        at = np.minimum(np.searchsorted(everyone, number), len(everyone) - 1)
        return np.asarray(np.where(everyone[at] == number, at, _NOBODY), dtype=np.int64)
    # Customer numbers lie close together: a table is several times faster than a search.
    table = np.full(last - first + 1, _NOBODY)
    table[everyone - first] = np.arange(len(everyone))
    return np.asarray(table[number - first], dtype=np.int64)


def _in_day_order(state: State, rows: pl.DataFrame) -> tuple[Ints, Ints, Ints]:
    """Positions of customers, positions of leaves (-1: none) and days of the rows, by day: sums are folded so."""
    leaf = pl.col("category").cast(pl.Enum(state.leaves), strict=False).to_physical().cast(pl.Int64).fill_null(-1)
    day = (pl.col("booked_on") - pl.lit(EPOCH)).dt.total_days()
    customer_no, category, days = (column.to_numpy() for column in rows.select("customer_no", leaf, day))
    who = positions(state.customers, customer_no)
    if (days[1:] >= days[:-1]).all():
        return who, category, days
    # A stable sort of 16-bit numbers is a radix sort.
    order = np.argsort(days.astype(np.int16), kind="stable")
    return who[order], category[order], days[order]


def _weights(days: Ints, half_life: int) -> Floats:
    if not len(days):
        return np.zeros(0)
    table = 2.0 ** (np.arange(days.min(), days.max() + 1) / half_life)
    return np.asarray(table[days - days.min()], dtype=np.float64)
