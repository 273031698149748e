"""Habits: what the days and amounts of a customer's purchases say of the next one."""

from __future__ import annotations

import numpy as np

from persona.scores.affinity_state import Floats
from persona.scores.occasions import Occasions

__all__ = ["TERMS", "habits"]

_HALF_LIVES = (7, 30, 90, 180)
_BOOK_GAPS = 2
"""How many of the book's gaps are added to the customer's own."""

TERMS = (
    *(f"occasions, half-life {days} days" for days in _HALF_LIVES),
    *(f"spending, half-life {days} days" for days in _HALF_LIVES),
    "days since the last",
    "occasions",
    "days since the first",
    "overdue",
    "unevenness of gaps",
    "longest gap",
    "usual amount",
    "renewal",
)
"""In the order of the columns; all but the last are logarithms, the last is log-odds."""


def habits(seen: Occasions, *, gap_days: float, renewal: Floats) -> Floats:
    """The terms of every customer; shape customers x TERMS, 0 where he never bought.

    ``gap_days`` is the book's mean gap; ``renewal`` the log-odds that a renewal model gives each customer.
    """
    own = seen.once(f"habits {gap_days}", lambda: _own(seen, gap_days))
    return np.column_stack([own, np.where(seen.count() > 0, renewal, 0.0)])


def _own(seen: Occasions, gap_days: float) -> Floats:
    """All terms but the last, which are the same whatever is foreseen."""
    count = seen.count()
    since = np.maximum(seen.last_age(), 1).astype(np.float64)
    tenure = np.maximum(seen.first_age(), 1).astype(np.float64)
    faded = [seen.decayed(days) for days in _HALF_LIVES]
    total = np.bincount(seen.who, seen.spent_minor, minlength=len(count))
    usual, spread, longest = _gaps(seen, gap_days)
    columns = (
        *(np.log1p(times) for times, _ in faded),
        *(np.log1p(sums) for _, sums in faded),
        np.log(since),
        np.log1p(count),
        np.log(tenure),
        np.log(since / usual),
        np.log1p(spread),
        np.log1p(longest),
        np.log1p(total / np.maximum(count, 1)),
    )
    return np.where((count > 0)[:, None], np.column_stack(columns), 0.0)


def _gaps(seen: Occasions, gap_days: float) -> tuple[Floats, Floats, Floats]:
    """Each customer's usual gap (shrunken to the book's), their standard deviation, and the longest; days."""
    owner, gap = seen.gaps()
    size = len(seen.customers)
    number, total = np.bincount(owner, minlength=size), np.bincount(owner, gap, minlength=size)
    # Sums of squares of whole days are exact, so the spread is the same in any order.
    squares = np.bincount(owner, gap.astype(np.float64) ** 2, minlength=size)
    mean = total / np.maximum(number, 1)
    spread = np.sqrt(np.maximum(squares / np.maximum(number, 1) - mean**2, 0))
    longest = np.zeros(size)
    np.maximum.at(longest, owner, gap.astype(np.float64))
    return (total + _BOOK_GAPS * gap_days) / (number + _BOOK_GAPS), spread, longest
