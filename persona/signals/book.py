"""The book's own habits: what a customer of whom little is known is taken to be like."""

from __future__ import annotations

from dataclasses import dataclass

from persona.signals.cadence import purchase_days
from persona.signals.counting import Ints
from persona.signals.state import State

__all__ = ["Book", "book"]

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


def book(state: State, hours: Ints, weekdays: Ints) -> Book:
    """The habits of all the customers together, from counts that any order and any cut of them leave the same.

    ``hours`` and ``weekdays`` are what ``habits`` makes.
    """
    who, age_days = purchase_days(state)
    gaps = (age_days[:-1] - age_days[1:])[who[:-1] == who[1:]]
    gap_days = round(int(gaps.sum()) / len(gaps), 4) if len(gaps) else _GAP_DAYS
    return Book(gap_days, tuple(hours.sum(axis=0).tolist()), tuple(weekdays.sum(axis=0).tolist()))
