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
from persona.tables.profile import SPEND_DAYS

__all__ = [
    "DAYS_KEPT",
    "EPOCH",
    "HALF_LIVES",
    "HOURS",
    "WEEKDAYS",
    "WINDOWS",
    "YEAR",
    "Bytes",
    "Flags",
    "State",
    "empty",
    "known_since",
    "merged",
    "of_frame",
    "to_frame",
]

Flags = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

EPOCH = date(2000, 1, 1)
HALF_LIVES = (30, 90, 180)
_SINCE_1970 = (EPOCH - date(1970, 1, 1)).days
WINDOWS = tuple(sorted(SPEND_DAYS))
YEAR = 365
DAYS_KEPT = 730
_PACKED = -(-DAYS_KEPT // 8)
HOURS, WEEKDAYS = 24, 7
_NEVER_FIRST, _NEVER_LAST = np.iinfo(np.int32).max, np.iinfo(np.int32).min

_SCALARS = ("known", "first", "last", "spent")


@dataclass(frozen=True, slots=True)
class State:
    """What is kept of a batch of customers, folded over all days before ``day``; days are counted from EPOCH."""

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
    """Customers x HALF_LIVES: sum of 2**(day / h), one for each purchase."""
    spent: Floats
    """Sum of a day's net spending times 2**(day / 90)."""
    faded: Floats
    """Customers x words: sum of 2**(day / 90), one for each purchase."""
    seen: Flags
    """Customers x words: ever bought."""
    spending: Ints
    """Customers x WINDOWS x words and one for none: net spending, minor units."""
    purchases: Ints
    """Customers x WINDOWS."""
    bought: Ints
    """Customers x words: purchases in 365 days."""
    days: Bytes
    """Customers x 730 bits: whether he bought on the day, yesterday first."""
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
        return self.with_arrays(lambda name: getattr(self, name)[kept])

    def with_arrays(self, made: Callable[[str], Any]) -> State:
        """The same with other arrays, made by their names."""
        changes: dict[str, Any] = {name: made(name) for name in ("customers", *_SCALARS, *_labels(()))}
        return replace(self, **changes)


def empty(customers: Sequence[int] | Ints, *, words: Sequence[str]) -> State:
    """The state of customers of whom nothing is known, before any day."""
    everyone = np.unique(np.asarray(customers, dtype=np.int64))
    n, w = len(everyone), len(words)

    def zeros(*shape: int) -> Ints:
        return np.zeros((n, *shape), dtype=np.int64)

    return State(
        customers=everyone,
        words=tuple(words),
        day=_NEVER_LAST,
        known=np.full(n, _NEVER_FIRST, dtype=np.int64),
        first=np.full(n, _NEVER_FIRST, dtype=np.int64),
        last=np.full(n, _NEVER_LAST, dtype=np.int64),
        visits=np.zeros((n, len(HALF_LIVES))),
        spent=np.zeros(n),
        faded=np.zeros((n, w)),
        seen=np.zeros((n, w), dtype=np.bool_),
        spending=zeros(len(WINDOWS), w + 1),
        purchases=zeros(len(WINDOWS)),
        bought=zeros(w),
        days=np.zeros((n, _PACKED), dtype=np.uint8),
        hours=zeros(HOURS),
        weekdays=zeros(WEEKDAYS),
        places=zeros(len(PLACES)),
    )


def merged(one: State, other: State) -> State:
    """The state of the customers of two states of the same day and words; nobody is in both."""
    if not len(one.customers) or not len(other.customers):
        return one if len(one.customers) else other
    order = np.argsort(np.concatenate([one.customers, other.customers]), kind="stable")
    return one.with_arrays(lambda name: np.concatenate([getattr(one, name), getattr(other, name)])[order])


def known_since(state: State) -> pl.DataFrame:
    """``customer_no`` and ``known_since``, the day of the first booking, of those who have one."""
    here = state.known < state.day
    days = pl.Series((state.known[here] + _SINCE_1970).astype(np.int32)).cast(pl.Date)
    return pl.DataFrame({"customer_no": state.customers[here], "known_since": days})


def to_frame(state: State) -> pl.DataFrame:
    """The state as a table: one row a customer, sorted; the words and the day are not in it.

    Each number is a column of its own (``faded.travel.air``, ``spending.30d.dining``): columns of counts take no room
    and little time, and who needs a few of them reads no others.
    """
    columns = {"customer_no": state.customers} | {name: getattr(state, name) for name in _SCALARS}
    for name, labels in _labels(state.words).items():
        rows = getattr(state, name).reshape(len(state.customers), len(labels))
        columns |= zip([f"{name}.{label}" for label in labels], np.ascontiguousarray(rows.T), strict=True)
    return pl.DataFrame(columns)


def of_frame(frame: pl.DataFrame, *, as_of: date, words: Sequence[str]) -> State:
    """The state again that ``to_frame`` made a table of."""
    # Batches stand one behind the other as they were made, each sorted by itself.
    frame = frame if frame["customer_no"].is_sorted() else frame.sort("customer_no")
    like, labels = empty(frame["customer_no"].to_numpy(), words=words), _labels(words)

    def read(name: str) -> NDArray[Any]:
        if name not in labels:
            return frame["customer_no" if name == "customers" else name].to_numpy()
        rows = frame.select(f"{name}.{label}" for label in labels[name]).to_numpy()
        return np.ascontiguousarray(rows).reshape(getattr(like, name).shape)

    return replace(like.with_arrays(read), day=(as_of - EPOCH).days)


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
