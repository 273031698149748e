"""The state of a batch of customers: what signals and affinity count and sum of each, folded over days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from persona.signals.counting import Floats, Ints
from persona.signals.places import PLACES
from persona.tables.dense import smallest
from persona.tables.profile import SPEND_DAYS

__all__ = [
    "DAYS_KEPT",
    "EPOCH",
    "HALF_LIVES",
    "HOURS",
    "WEEKDAYS",
    "WINDOWS",
    "YEAR",
    "Flags",
    "State",
    "Words",
    "by_customer",
    "by_number",
    "empty",
    "known_since",
    "merged",
    "of_frame",
    "to_frame",
]

Flags = NDArray[np.bool_]
Words = NDArray[np.uint64]

EPOCH = date(2000, 1, 1)
HALF_LIVES = (30, 90, 180)
_SINCE_1970 = (EPOCH - date(1970, 1, 1)).days
WINDOWS = tuple(sorted(SPEND_DAYS))
YEAR = 365
DAYS_KEPT = 730
_PACKED = -(-DAYS_KEPT // 64)
HOURS, WEEKDAYS = 24, 7
_NEVER_FIRST, _NEVER_LAST = np.iinfo(np.int32).max, np.iinfo(np.int32).min

_SCALARS = ("known", "first", "last", "spent")


@dataclass(frozen=True, slots=True)
class State:
    """What is kept of a batch of customers, folded over all days before ``day``; days are counted from EPOCH.

    Each number of an array lies in memory as a column, customer by customer, as it is kept (``by_number``).
    """

    customers: Ints
    """Sorted."""
    words: tuple[str, ...]
    """Categories: leaves and the groups above them; what a booking says counts for its own word alone."""
    day: int
    known: Ints
    """First booking of any kind."""
    first: Ints
    """First purchase."""
    last: Ints
    visits: Floats
    """Customers x HALF_LIVES: sum of 2**(day / h), one for each occasion: an hour, or a day without a known hour."""
    spent: Floats
    """Sum of a day's net spending times 2**(day / 90)."""
    faded: Floats
    """Customers x words: sum of 2**(day / 90), one for each occasion on which he bought there."""
    seen: Flags
    """Customers x words: ever bought."""
    spending: Ints
    """Customers x WINDOWS x words and one for none: net spending, minor units."""
    purchases: Ints
    """Customers x WINDOWS."""
    bought: Ints
    """Customers x words: purchases in 365 days."""
    days: Words
    """Customers x 730 bits in words of 64, the highest first: whether he bought on the day, yesterday first."""
    hours: Ints
    """Customers x 24: purchases in 365 days with a known hour."""
    weekdays: Ints
    """Customers x 7: purchases in 365 days, Monday first."""
    places: Ints
    """Customers x PLACES: trips ever booked."""

    @property
    def as_of(self) -> date:
        """The day before which all is folded."""
        return EPOCH + timedelta(days=self.day)

    def only(self, kept: Flags) -> State:
        """The kept customers alone."""
        where = np.flatnonzero(kept)
        if len(where) == len(self.customers):
            return self
        return self.with_arrays(lambda name: by_customer(np.take(by_number(getattr(self, name)), where, axis=-1)))

    def with_arrays(self, made: Callable[[str], Any]) -> State:
        """The same with other arrays, made by their names."""
        changes: dict[str, Any] = {name: made(name) for name in ("customers", *_SCALARS, *_labels(()))}
        return replace(self, **changes)


def empty(customers: Sequence[int] | Ints, *, words: Sequence[str]) -> State:
    """The state of customers of whom nothing is known, before any day."""
    everyone = np.unique(np.asarray(customers, dtype=np.int64))
    n, w = len(everyone), len(words)

    def zeros(*shape: int, dtype: type[np.generic] = np.int64) -> NDArray[Any]:
        return by_customer(np.zeros((*shape, n), dtype=dtype))

    return State(
        customers=everyone,
        words=tuple(words),
        day=_NEVER_LAST,
        known=np.full(n, _NEVER_FIRST, dtype=np.int64),
        first=np.full(n, _NEVER_FIRST, dtype=np.int64),
        last=np.full(n, _NEVER_LAST, dtype=np.int64),
        visits=zeros(len(HALF_LIVES), dtype=np.float64),
        spent=np.zeros(n),
        faded=zeros(w, dtype=np.float64),
        seen=zeros(w, dtype=np.bool_),
        spending=zeros(len(WINDOWS), w + 1),
        purchases=zeros(len(WINDOWS)),
        bought=zeros(w),
        days=zeros(_PACKED, dtype=np.uint64),
        hours=zeros(HOURS),
        weekdays=zeros(WEEKDAYS),
        places=zeros(len(PLACES)),
    )


def merged(one: State, other: State) -> State:
    """The state of the customers of two states of the same day and words; nobody is in both."""
    if not len(one.customers) or not len(other.customers):
        return one if len(one.customers) else other
    order = np.argsort(np.concatenate([one.customers, other.customers]), kind="stable")

    def both(name: str) -> NDArray[Any]:
        parts = [by_number(getattr(state, name)) for state in (one, other)]
        return by_customer(np.take(np.concatenate(parts, axis=-1), order, axis=-1))

    return one.with_arrays(both)


def by_number(array: NDArray[Any]) -> NDArray[Any]:
    """An array of customers x numbers with the customers last: a view whose numbers each lie together."""
    return np.moveaxis(array, 0, -1)


def by_customer(columns: NDArray[Any]) -> NDArray[Any]:
    """The array again that ``by_number`` turned: a view."""
    return np.moveaxis(columns, -1, 0)


def known_since(state: State) -> pl.DataFrame:
    """``customer_no`` and ``known_since``, the day of the first booking, of those who have one."""
    here = state.known < state.day
    days = pl.Series((state.known[here] + _SINCE_1970).astype(np.int32)).cast(pl.Date)
    return pl.DataFrame({"customer_no": state.customers[here], "known_since": days})


def to_frame(state: State) -> pl.DataFrame:
    """The state as a table: one row a customer, sorted; the words and the day are not in it.

    Each number is a column of its own (``faded.travel.air``, ``spending.30d.dining``): who needs a few of them reads no
    others. Whole numbers are of the smallest type that holds all of the column.
    """
    columns = {"customer_no": state.customers} | {name: smallest(getattr(state, name)) for name in _SCALARS}
    for name, labels in _labels(state.words).items():
        rows = by_number(getattr(state, name)).reshape(len(labels), len(state.customers))
        columns |= {f"{name}.{label}": smallest(row) for label, row in zip(labels, rows, strict=True)}
    return pl.DataFrame(columns)


def of_frame(frame: pl.DataFrame, *, as_of: date, words: Sequence[str]) -> State:
    """The state again that ``to_frame`` made a table of."""
    # Batches stand one behind the other as they were made, each sorted by itself.
    frame = frame if frame["customer_no"].is_sorted() else frame.sort("customer_no")
    frame = _in_words(frame) if f"days.{_PACKED}" in frame.columns else frame
    state, labels = empty(frame["customer_no"].to_numpy(), words=words), _labels(words)
    for name in _SCALARS:
        getattr(state, name)[:] = frame[name].to_numpy()
    for name, found in labels.items():
        rows = by_number(getattr(state, name)).reshape(len(found), frame.height)
        for label, row in zip(found, rows, strict=True):
            row[:] = frame[f"{name}.{label}"].to_numpy()
    return replace(state, day=(as_of - EPOCH).days)


def _in_words(frame: pl.DataFrame) -> pl.DataFrame:
    """The table of a state that was kept when its days were bytes, with words in their place."""
    names = [name for name in frame.columns if name.startswith("days.")]
    read = np.zeros((frame.height, _PACKED * 8), dtype=np.uint8)
    read[:, : len(names)] = frame.select(names).to_numpy()
    words = read.view(">u8").astype(np.uint64)
    return frame.drop(names).with_columns(pl.Series(f"days.{at}", words[:, at]) for at in range(_PACKED))


def _labels(words: Sequence[str]) -> dict[str, list[str]]:
    """What each number of each array is of, in the array's order."""
    windows = [f"{days}d" for days in WINDOWS]
    return {
        "visits": [str(half_life) for half_life in HALF_LIVES],
        "faded": list(words),
        "seen": list(words),
        "spending": [f"{window}.{word}" for window in windows for word in (*words, "")],
        "purchases": windows,
        "bought": list(words),
        "days": [str(number) for number in range(_PACKED)],
        "hours": [str(hour) for hour in range(HOURS)],
        "weekdays": [str(day) for day in range(1, WEEKDAYS + 1)],
        "places": list(PLACES),
    }
