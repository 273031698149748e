"""Months of the data as numbers from 0, days as numbers from the first day."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray
from vocabulary import START

NEVER = 1_000_000
"""A day that does not come."""


def month_start(month: int) -> int:
    """The number of the first day of a month; months before the data and after it have theirs too."""
    years, in_year = divmod(START.month - 1 + month, 12)
    return (date(START.year + years, in_year + 1, 1) - START).days


def day(number: int) -> date:
    """The date of a day number."""
    return START + timedelta(days=int(number))


def month_of_year(month: int) -> int:
    """0 for January, 11 for December."""
    return (START.month - 1 + month) % 12


def weekday(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """0 for Monday, 6 for Sunday."""
    return (numbers + START.weekday()) % 7


def month_of(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """The month that each day lies in."""
    days = np.datetime64(START, "D") + numbers
    return days.astype("datetime64[M]").astype(np.int64) - np.datetime64(START, "M").astype(np.int64)
