"""All signals of a batch of customers side by side."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from persona.clock import AsOf
from persona.signals.book import Book
from persona.signals.cadence import cadence
from persona.signals.decay import decayed_spending
from persona.signals.engagement import engagement
from persona.signals.income import income
from persona.signals.preferences import preferences
from persona.signals.purchases import purchases
from persona.signals.recency import recency
from persona.signals.recurring import recurring
from persona.signals.redemptions import redemptions
from persona.signals.spending import spending
from persona.signals.streams import streams
from persona.signals.timing import moments, timing
from persona.signals.travel import destinations
from persona.signals.trend import trend
from persona.tables.profile import signals as contract_of
from persona.tables.wide import wide

__all__ = ["signals"]


def signals(
    customers: pl.DataFrame,
    bookings: pl.DataFrame,
    *,
    events: pl.DataFrame,
    redeemed: pl.DataFrame,
    stated: pl.DataFrame,
    as_of: AsOf,
    book: Book,
    categories: Sequence[str],
    subjects: Sequence[str] = (),
    topics: Sequence[str] = (),
) -> pl.DataFrame:
    """Every signal of every customer of a batch; the same whatever the batch and the order of rows.

    Grain: one row a customer of ``customers``, sorted. Reads: what ``foundation.bookings`` makes and the canonical
    events, redemptions and preferences, of these customers only; ``book``, the book's own habits. Data frames, because
    numpy counts and sorts the bookings.
    Makes: the columns of ``tables.profile.signals``.
    """
    day = as_of.day
    spent = purchases(customers, bookings, as_of=day, categories=categories)
    regular = streams(bookings, as_of=day)
    parts = (
        recency(spent),
        spending(spent),
        decayed_spending(spent),
        trend(spent),
        cadence(spent, book_gap_days=book.gap_days),
        timing(
            spent.customers,
            moments(bookings, events, regular, as_of=as_of),
            hours=book.hours,
            weekdays=book.weekdays,
        ),
        recurring(regular, as_of=day),
        income(regular),
        engagement(events, as_of=as_of, subjects=subjects),
        redemptions(redeemed, as_of=as_of),
        destinations(bookings, redeemed, as_of=as_of),
        preferences(stated, as_of=as_of, topics=topics),
    )
    return wide(customers, *parts, contract=contract_of(categories, subjects, topics))
