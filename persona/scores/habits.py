"""Habits: what the models of renewal read of a customer's purchase days, folded in the order of days.

What fades is the sum of 2**((day - start) / h), with a stretch of 64 half-lives for its start: a day is weighed within
its own stretch, and when the next one begins, all sums are taken times 2**-64, which is exact. So the habits that a
night has added to are to the byte those folded at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from persona.scores.affinity_state import Flags, Floats, Ints, day_number
from persona.scores.bgnbd import Histories
from persona.scores.occasions import Occasions
from persona.tables.dense import smallest

__all__ = ["HALF_LIVES", "Habits", "continued", "habits_back", "habits_of", "kept_habits", "table_of"]

HALF_LIVES = (7, 30, 90, 180)
_STRETCH = 64
"""Half-lives of a stretch, counted from EPOCH."""
_LEAST = 2.0**-600
"""Sums that have faded below it are 0: further down times 2**-64 is not exact."""
_NEVER = -1
_COUNTS = ("count", "first", "last", "spent_minor", "squares", "longest")
_FADING = ("times", "sums")


@dataclass(frozen=True, slots=True)
class Habits:
    """One element a customer for one kind of purchases, folded over all days before ``day``; counted from EPOCH."""

    customers: Ints
    """Sorted; also those who never bought, of whom all numbers are 0."""
    day: int
    count: Ints
    """Purchase days."""
    first: Ints
    """Day of the first purchase."""
    last: Ints
    spent_minor: Ints
    """All that was ever spent."""
    squares: Ints
    """Sum of the squares of the gaps between two purchase days."""
    longest: Ints
    """Longest gap in days."""
    times: Floats
    """HALF_LIVES x customers: sum of 2**((day - start) / h), one for each purchase day."""
    sums: Floats
    """HALF_LIVES x customers: the same times what was spent on the day, minor units."""
    _made: dict[str, Floats] = field(default_factory=dict, init=False, compare=False, repr=False)

    def once(self, name: str, work: Callable[[], Floats]) -> Floats:
        """What was worked out of these habits under the name before, else now; nobody may change it."""
        if name not in self._made:
            self._made[name] = work()
            self._made[name].flags.writeable = False
        return self._made[name]

    def only(self, kept: Flags) -> Habits:
        """The kept customers alone."""
        numbers = {name: getattr(self, name)[..., kept] for name in (*_COUNTS, *_FADING)}
        return Habits(self.customers[kept], self.day, **numbers)

    def first_age(self) -> Ints:
        """Days since the first purchase day of each customer; -1: never bought."""
        return np.where(self.count > 0, self.day - self.first, _NEVER)

    def last_age(self) -> Ints:
        """Days since the last purchase day of each customer; -1: never bought."""
        return np.where(self.count > 0, self.day - self.last, _NEVER)

    def histories(self) -> Histories:
        """What BG/NBD reads of each customer, in days; of those who never bought nothing that means anything."""
        repeats = np.maximum(self.count - 1, 0).astype(np.float64)
        recency = (self.last - self.first).astype(np.float64)
        return Histories(repeats, recency, np.maximum(self.first_age(), 0).astype(np.float64))

    def gaps(self) -> tuple[Ints, Ints]:
        """How many gaps between two purchase days each customer has, and their days together."""
        return np.maximum(self.count - 1, 0), self.last - self.first

    def faded(self, half_life_days: int) -> tuple[Floats, Floats]:
        """The decayed number of each customer's purchase days and his decayed spending on the day."""
        at = HALF_LIVES.index(half_life_days)
        factor = 2.0 ** (-(self.day % (_STRETCH * half_life_days)) / half_life_days)
        return self.times[at] * factor, self.sums[at] * factor


def habits_of(seen: Occasions) -> Habits:
    """The habits of all purchase days of some customers."""
    return continued(_none(seen.customers, seen.day), seen)


def habits_back(seen: Occasions, *days: int) -> Iterator[Habits]:
    """The habits as they were so many days before, the earliest first: each goes on from the one before it."""
    known = habits_of(seen.earlier(days[0]))
    yield known
    for before, behind in pairwise(days):
        known = continued(known, seen.earlier(behind).recent(before - behind))
        yield known


def continued(known: Habits, new: Occasions) -> Habits:
    """The habits after purchase days of the same customers, equal to the byte to those folded from all of them at once.

    None may lie before the day of the habits, but those of customers of whom nothing is known yet.
    """
    who, day = new.who, new.day - new.age_days
    is_first = np.append(True, who[1:] != who[:-1])[: len(who)]
    starts, ends = np.flatnonzero(is_first), np.flatnonzero(np.roll(is_first, -1))
    first, last, longest, squares, spent = (
        array.copy() for array in (known.first, known.last, known.longest, known.squares, known.spent_minor)
    )
    fresh = starts[known.count[who[starts]] == 0]
    first[who[fresh]] = day[fresh]
    gap = day - np.where(is_first, known.last[who], np.roll(day, 1))
    gap[fresh] = 0
    last[who[ends]] = day[ends]
    np.maximum.at(longest, who, gap)
    np.add.at(squares, who, gap * gap)
    np.add.at(spent, who, new.spent_minor)
    count = known.count + np.bincount(who, minlength=len(known.count))
    times, sums = _fading(known, new, day)
    return Habits(known.customers, new.day, count, first, last, spent, squares, longest, times, sums)


def _fading(known: Habits, new: Occasions, day: Ints) -> tuple[Floats, Floats]:
    """What fades after the new days, added in their order."""
    start = int(day.min(initial=new.day))
    place, days = day - start, np.arange(start, new.day)
    told = np.flatnonzero(np.bincount(place)) + start
    made = np.zeros((2, *known.times.shape))
    for at, half_life in enumerate(HALF_LIVES):
        length = _STRETCH * half_life
        weights = (2.0 ** ((days % length) / half_life))[place]
        then, now, here = known.day // length, new.day // length, start // length
        stretches = np.unique(told // length).tolist()
        stretch = (days // length)[place] if len(stretches) > 1 else None
        for one in sorted({then, now, *stretches}):
            made[:, at] = _on(made[:, at], one - here)
            if one == then:
                # Whoever has older days is new here, and his sums that are known are 0.
                made[:, at] += known.times[at], known.sums[at]
            if one in stretches:
                rows = slice(None) if stretch is None else stretch == one
                who, weight = new.who[rows], weights[rows]
                np.add.at(made[0, at], who, weight)
                np.add.at(made[1, at], who, weight * new.spent_minor[rows])
            here = one
    return made[0], made[1]


def _on(sums: Floats, stretches: int) -> Floats:
    """Sums as they are so many stretches later."""
    if not stretches:
        return sums
    later = np.ldexp(sums, -_STRETCH * stretches)
    return np.asarray(np.where(later < _LEAST, 0.0, later))


def table_of(habits: Mapping[str, Habits]) -> pl.DataFrame:
    """The habits of some kinds of purchases of the same customers as a table: one row a customer, sorted.

    Each number is a column of its own, such as ``travel.times.30``; whole numbers are of the smallest type that holds
    all of the column. The day is not in it.
    """
    columns: dict[str, NDArray[Any]] = {"customer_no": next(iter(habits.values())).customers}
    for kind, one in habits.items():
        columns |= {name: smallest(row) for name, row in zip(_columns(kind), _rows(one), strict=True)}
    return pl.DataFrame(columns)


def kept_habits(table: pl.DataFrame, kind: str, *, as_of: date) -> Habits:
    """The habits of a kind again before the day of the table that ``table_of`` made; a null counts as 0."""
    known = _none(table["customer_no"].to_numpy(), day_number(as_of))
    for name, row in zip(_columns(kind), _rows(known), strict=True):
        row[:] = table[name].fill_null(0).to_numpy()
    return known


def _columns(kind: str) -> list[str]:
    fading = [f"{name}.{half_life}" for name in _FADING for half_life in HALF_LIVES]
    return [f"{kind}.{name}" for name in (*_COUNTS, *fading)]


def _rows(habits: Habits) -> Iterator[NDArray[Any]]:
    """Every number of the customers, in the order of the columns."""
    yield from (getattr(habits, name) for name in _COUNTS)
    for name in _FADING:
        yield from getattr(habits, name)


def _none(customers: Ints, day: int) -> Habits:
    size = len(customers)
    numbers: dict[str, Any] = {name: np.zeros(size, dtype=np.int64) for name in _COUNTS}
    numbers |= {name: np.zeros((len(HALF_LIVES), size)) for name in _FADING}
    return Habits(customers, day, **numbers)
