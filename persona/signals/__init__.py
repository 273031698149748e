"""Signals: what each customer does, counted and summed from bookings, events, redemptions and statements."""

from __future__ import annotations

from persona.signals.book import Book, book
from persona.signals.cash_flow import cash_flow
from persona.signals.life_events import life_events
from persona.signals.purchases import Purchases, purchases
from persona.signals.recurring import monthly_minor
from persona.signals.signals import signals
from persona.signals.streams import streams
from persona.signals.timing import moments
from persona.tables.wide import wide

__all__ = [
    "Book",
    "Purchases",
    "book",
    "cash_flow",
    "life_events",
    "moments",
    "monthly_minor",
    "purchases",
    "signals",
    "streams",
    "wide",
]
