"""Signals: what each customer does, counted and summed from bookings, events, redemptions and statements."""

from __future__ import annotations

from persona.signals.answering import best_channel, usual_answers
from persona.signals.book import Book, book
from persona.signals.folding import advanced, folded, slices
from persona.signals.income import incomes, own_transfers
from persona.signals.journeys import JOURNEY_DAYS, PASSAGES, STAYS, journeys
from persona.signals.life_events import life_dates, life_events
from persona.signals.lines import lines
from persona.signals.party import party
from persona.signals.recurring import monthly_minor
from persona.signals.rewards import rewards
from persona.signals.shops import at_shops, at_shops_followed, regular_shops
from persona.signals.signals import signals
from persona.signals.state import YEAR, State, empty, known_since, merged, of_frame, to_frame
from persona.signals.stopped import ended, income_stopped, stopped
from persona.signals.streams import WINDOW_DAYS, renewed, streams, touched
from persona.signals.timing import acts, counted, habits, timing
from persona.tables.wide import wide

__all__ = [
    "JOURNEY_DAYS",
    "PASSAGES",
    "STAYS",
    "WINDOW_DAYS",
    "YEAR",
    "Book",
    "State",
    "acts",
    "advanced",
    "at_shops",
    "at_shops_followed",
    "best_channel",
    "book",
    "counted",
    "empty",
    "ended",
    "folded",
    "habits",
    "income_stopped",
    "incomes",
    "journeys",
    "known_since",
    "life_dates",
    "life_events",
    "lines",
    "merged",
    "monthly_minor",
    "of_frame",
    "own_transfers",
    "party",
    "regular_shops",
    "renewed",
    "rewards",
    "signals",
    "slices",
    "stopped",
    "streams",
    "timing",
    "to_frame",
    "touched",
    "usual_answers",
    "wide",
]
