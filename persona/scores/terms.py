"""Terms: what the habits of a customer say of his next purchase, as the renewal models weigh it."""

from __future__ import annotations

import numpy as np

from persona.scores.affinity_state import Floats
from persona.scores.habits import HALF_LIVES, Habits

__all__ = ["TERMS", "terms"]

_UNIT = 2.0**-26
"""Logarithms of what fades are whole multiples of it, so that nothing hangs on the last bits of a sum."""
_BOOK_GAPS = 2
"""How many of the book's gaps are added to the customer's own."""

TERMS = (
    *(f"occasions, half-life {days} days" for days in HALF_LIVES),
    *(f"spending, half-life {days} days" for days in HALF_LIVES),
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


def terms(seen: Habits, *, gap_days: float, renewal: Floats) -> Floats:
    """The terms of every customer; shape customers x TERMS, 0 where he never bought.

    ``gap_days`` is the book's mean gap; ``renewal`` the log-odds that a renewal model gives each customer.
    """
    own = seen.once(f"terms {gap_days}", lambda: _own(seen, gap_days))
    return np.column_stack([own, np.where(seen.count > 0, renewal, 0.0)])


def _own(seen: Habits, gap_days: float) -> Floats:
    """All terms but the last, which are the same whatever is foreseen."""
    since = np.maximum(seen.last_age(), 1).astype(np.float64)
    tenure = np.maximum(seen.first_age(), 1).astype(np.float64)
    faded = [seen.faded(days) for days in HALF_LIVES]
    usual, spread = _gaps(seen, gap_days)
    columns = (
        *(_steady(np.log1p(times)) for times, _ in faded),
        *(_steady(np.log1p(sums)) for _, sums in faded),
        np.log(since),
        np.log1p(seen.count),
        np.log(tenure),
        np.log(since / usual),
        np.log1p(spread),
        np.log1p(seen.longest),
        np.log1p(seen.spent_minor / np.maximum(seen.count, 1)),
    )
    return np.where((seen.count > 0)[:, None], np.column_stack(columns), 0.0)


def _steady(logs: Floats) -> Floats:
    return np.asarray(np.rint(logs / _UNIT) * _UNIT)


def _gaps(seen: Habits, gap_days: float) -> tuple[Floats, Floats]:
    """Each customer's usual gap, shrunken to the book's, and the gaps' standard deviation; days."""
    number, total = seen.gaps()
    mean = total / np.maximum(number, 1)
    spread = np.sqrt(np.maximum(seen.squares / np.maximum(number, 1) - mean**2, 0))
    return (total + _BOOK_GAPS * gap_days) / (number + _BOOK_GAPS), spread
