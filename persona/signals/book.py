"""The book's own habits: what a customer of whom little is known is taken to be like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from persona.signals.cadence import purchase_days
from persona.signals.purchases import Purchases

__all__ = ["Book", "book"]

_HOURS, _WEEKDAYS = 24, 7
_GAP_DAYS = 7.0
"""Where nobody in the book has bought twice."""


@dataclass(frozen=True, slots=True)
class Book:
    """Plain numbers of the whole book or of a sample of it; they go with the run's models."""

    gap_days: float
    """Mean days between two purchase days; 4 digits."""
    hours: tuple[int, ...]
    """How much happens at each hour, 0 to 23."""
    weekdays: tuple[int, ...]
    """How much happens on each weekday, Monday first."""


def book(purchases: Purchases, moments: pl.DataFrame) -> Book:
    """The habits of all the customers together, from counts that any order and any cut of them leave the same."""
    who, age_days = purchase_days(purchases)
    gaps = (age_days[:-1] - age_days[1:])[who[:-1] == who[1:]]
    gap_days = round(int(gaps.sum()) / len(gaps), 4) if len(gaps) else _GAP_DAYS
    hours = np.bincount(moments["hour"].drop_nulls().to_numpy(), minlength=_HOURS)
    weekdays = np.bincount(moments["weekday"].drop_nulls().to_numpy() - 1, minlength=_WEEKDAYS)
    return Book(gap_days, tuple(map(int, hours)), tuple(map(int, weekdays)))
