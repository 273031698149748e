"""Folding: the state of customers over days, whether they come in one night or in many.

Counts and sums are of whole numbers; what fades is folded in the order of days, so that the same rows give the same
bytes whether they came in one night or in many. A night adds the days that are new and takes out those that have left
a window; rows that come late, are taken out or corrected mean folding their customers anew. What fades is kept as the
sum of 2**((day - EPOCH) / h): a customer who does nothing is never touched, and a purchase in the moment is one
addition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from persona.signals.counting import Floats, Ints, exact_sums, positions
from persona.signals.places import PLACES
from persona.signals.state import (
    DAYS_KEPT,
    EPOCH,
    HALF_LIVES,
    HOURS,
    WEEKDAYS,
    WINDOWS,
    YEAR,
    Flags,
    State,
    Words,
    by_customer,
    by_number,
    empty,
)

__all__ = ["advanced", "folded", "slices"]

_MIDDLE = 90
_WORD = 64
_MANY = 4
"""A row that is added by itself takes as long as so many cells of a count."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """Bookings as arrays: one element a row."""

    who: Ints
    day: Ints
    word: Ints
    """Position in the state's words; their number for none."""
    spent: Ints
    hour: Ints
    place: Ints

    def where(self, kept: Flags) -> _Rows:
        if kept.all():
            return self
        return _Rows(*(getattr(self, one.name)[kept] for one in fields(self)))

    def between(self, start: int, end: int) -> _Rows:
        return self.where((self.day >= start) & (self.day < end))


def folded(customers: Sequence[int] | Ints, lines: pl.DataFrame, *, as_of: date, words: Sequence[str]) -> State:
    """The state of customers after all that they did before ``as_of``; see ``advanced``."""
    return advanced(empty(customers, words=words), lines, to=as_of, is_last_use=True)


def slices(state: State, *, to: date) -> list[tuple[date, date]]:
    """The stretches [from, until) of days whose lines ``advanced`` reads: those that are new or leave a window."""
    start, end = state.as_of, to
    leaving = [(start - timedelta(days=days), min(end - timedelta(days=days), start)) for days in WINDOWS]
    found: list[tuple[date, date]] = []
    for first, last in sorted([*leaving, (start, end)]):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def advanced(state: State, lines: pl.DataFrame, *, to: date, is_last_use: bool = False) -> State:
    """The state before a later day, equal to the byte to that folded from all lines at once.

    With ``is_last_use`` the arrays of the given state become those of the later one: half of the work of a day is to
    copy them.

    Reads: what ``lines`` makes, of customers of the state: those on the days of ``slices``; others are passed over.
    Those that the state was folded from must not have changed since.
    """
    end = (to - EPOCH).days
    rows = _rows(state, lines)
    new, shift = rows.between(state.day, end), end - state.day
    bought = new.where(new.spent > 0)
    after = state if is_last_use else state.with_arrays(lambda name: _copied(getattr(state, name)))
    _fade(after, new, bought)
    _move_windows(after, rows, new, end=end)
    trips = bought.where(bought.place >= 0)
    _add(after.places, trips.who, trips.place, np.ones(len(trips.who), dtype=np.int64))
    np.minimum.at(after.known, new.who, new.day)
    np.minimum.at(after.first, bought.who, bought.day)
    np.maximum.at(after.last, bought.who, bought.day)
    return replace(after, day=end, days=_marked(state.days, bought, shift=shift, end=end))


def _rows(state: State, lines: pl.DataFrame) -> _Rows:
    none = len(state.words)
    word = pl.col("category").cast(pl.Enum(state.words), strict=False).to_physical().cast(pl.Int64).fill_null(none)
    place = pl.col("place").cast(pl.Enum(PLACES), strict=False).to_physical().cast(pl.Int64).fill_null(-1)
    day = (pl.col("booked_on") - pl.lit(EPOCH)).dt.total_days()
    hour = pl.col("hour").cast(pl.Int64).fill_null(-1)
    read = lines.lazy().select("customer_no", day, word, "spent_minor", hour, place).collect(engine="in-memory")
    who, *others = (column.to_numpy() for column in read)
    return _Rows(positions(state.customers, who), *others)


def _fade(state: State, new: _Rows, bought: _Rows) -> None:
    """Add the new days to what fades, in their order; what was bought in one hour was bought on one occasion."""
    words = len(state.words) + 1
    order, named = _by_day(_first_of(bought, words=1)), _by_day(_first_of(bought, words=words))
    named = named.where(named.word < len(state.words))
    cells = named.word * len(state.customers) + named.who
    np.add.at(_flat(state.faded), cells, _weights(named.day, _MIDDLE))
    _flat(state.seen)[cells] = True
    for column, half_life in enumerate(HALF_LIVES):
        np.add.at(by_number(state.visits)[column], order.who, _weights(order.day, half_life))
    who, day, net = _daily(new)
    np.add.at(state.spent, who, net * _weights(day, _MIDDLE))


def _first_of(rows: _Rows, *, words: int) -> _Rows:
    """One row of each customer, day and hour (or day where no hour is known), and of each word where they are told."""
    moment = (rows.who * (1 << 16) + (rows.day - rows.day.min(initial=0))) * (HOURS + 1) + rows.hour + 1
    key = moment * words + (rows.word if words > 1 else 0)
    kept = np.zeros(len(key), dtype=np.bool_)
    kept[pl.Series(key).arg_unique().to_numpy()] = True
    return rows.where(kept)


def _by_day(rows: _Rows) -> _Rows:
    # A stable sort of 16-bit numbers is a radix sort; they reach from 1910 to 2089.
    short = rows.day.astype(np.int16)
    order = np.argsort(short if (short == rows.day).all() else rows.day, kind="stable")
    return _Rows(*(getattr(rows, one.name)[order] for one in fields(rows)))


def _daily(rows: _Rows) -> tuple[Ints, Ints, Ints]:
    """Net spending of each customer and day, the earliest day first: whole sums before anything fades."""
    spent = rows.where(rows.spent != 0)
    if not len(spent.day):
        return spent.who, spent.day, spent.spent
    start, width = int(spent.day.min()), int(spent.who.max()) + 1
    cells, place = np.unique((spent.day - start) * width + spent.who, return_inverse=True)
    return cells % width, cells // width + start, exact_sums(place, spent.spent, len(cells))


def _weights(days: Ints, half_life: int) -> Floats:
    if not len(days):
        return np.zeros(0)
    table = 2.0 ** (np.arange(days.min(), days.max() + 1) / half_life)
    return np.asarray(table[days - days.min()], dtype=np.float64)


def _move_windows(state: State, rows: _Rows, new: _Rows, *, end: int) -> None:
    """Add the new days to the windows, and take those out that have left them."""
    for at, days in enumerate(WINDOWS):
        came = new if end - days <= state.day else new.between(end - days, end)
        left = rows.between(state.day - days, min(state.day, end - days))
        for sign, some in ((1, came), (-1, left)):
            bought = some.where(some.spent > 0)
            _add(state.spending[:, at], some.who, some.word, sign * some.spent)
            _add(state.purchases, bought.who, np.full(len(bought.who), at), np.full(len(bought.who), sign))
            if days == YEAR:
                _add_of_year(state, bought, sign)


def _add_of_year(state: State, bought: _Rows, sign: int) -> None:
    named, timed = bought.where(bought.word < len(state.words)), bought.where(bought.hour >= 0)
    # 1 January 2000 was a Saturday.
    for target, rows, slot in (
        (state.bought, named, named.word),
        (state.hours, timed, timed.hour),
        (state.weekdays, bought, (bought.day + 5) % WEEKDAYS),
    ):
        _add(target, rows.who, slot, np.full(len(slot), sign))


def _copied(array: NDArray[Any]) -> NDArray[Any]:
    return by_customer(by_number(array).copy())


def _flat(array: NDArray[Any]) -> NDArray[Any]:
    """All numbers of an array, number after number: a view, to which is added several times faster."""
    return by_number(array).reshape(-1, copy=False)


def _add(target: Ints, who: Ints, slot: Ints, what: Ints) -> None:
    """Add whole numbers to cells of an array: one by one where they are few, by a count of all cells where many."""
    flat, cells = _flat(target), slot * len(target) + who
    if _MANY * len(what) < len(flat):
        np.add.at(flat, cells, what)
    else:
        flat += exact_sums(cells, what, len(flat))


def _marked(days: Words, bought: _Rows, *, shift: int, end: int) -> Words:
    """The days with a purchase, moved on by so many days, and the new ones marked."""
    after = _moved(by_number(days), shift)
    recent = bought.where(bought.day >= end - DAYS_KEPT)
    word, bit = np.divmod(end - 1 - recent.day, _WORD)
    bits = np.uint64(1) << (_WORD - 1 - bit).astype(np.uint64)
    np.bitwise_or.at(after.reshape(-1), word * len(days) + recent.who, bits)
    return by_customer(after)


def _moved(words: Words, shift: int) -> Words:
    """Bits that run through words, the highest first, moved on by so many; those beyond DAYS_KEPT fall away."""
    after = np.zeros(words.shape, dtype=np.uint64)
    whole, bits = divmod(shift, _WORD)
    if whole < len(words):
        kept = len(words) - whole
        after[whole:] = words[:kept] >> np.uint64(bits)
        if bits:
            after[whole + 1 :] |= words[: kept - 1] << np.uint64(_WORD - bits)
    after[-1] &= ~np.uint64(0) << np.uint64(len(words) * _WORD - DAYS_KEPT)
    return after
