"""All signals of a batch of customers side by side."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from persona.clock import AsOf
from persona.signals.book import Book
from persona.signals.cadence import cadence
from persona.signals.counting import Ints
from persona.signals.decay import decayed_spending
from persona.signals.engagement import engagement
from persona.signals.income import income
from persona.signals.preferences import preferences
from persona.signals.recency import recency
from persona.signals.recurring import recurring
from persona.signals.redemptions import redemptions
from persona.signals.spending import spending
from persona.signals.state import State
from persona.signals.timing import timing
from persona.signals.travel import destinations, trips
from persona.signals.trend import trend
from persona.tables.profile import signals as contract_of
from persona.tables.wide import wide

__all__ = ["signals"]


def signals(
    state: State,
    regular: pl.DataFrame,
    habits: tuple[Ints, Ints],
    *,
    events: pl.DataFrame,
    redeemed: pl.DataFrame,
    stated: pl.DataFrame,
    as_of: AsOf,
    book: Book,
    subjects: Sequence[str] = (),
    topics: Sequence[str] = (),
) -> pl.DataFrame:
    """Every signal of every customer of a batch; the same whatever the batch and the order of rows.

    Grain: one row a customer of ``state``, sorted. Reads: ``regular``, what ``streams`` makes; what ``habits`` makes;
    the canonical events, redemptions and preferences, of these customers only; ``book``, the book's own habits.
    Makes: the columns of ``tables.profile.signals``.
    """
    day = as_of.day
    parts = (
        recency(state),
        spending(state),
        decayed_spending(state),
        trend(state),
        cadence(state, book_gap_days=book.gap_days),
        timing(state.customers, habits, hours=book.hours, weekdays=book.weekdays),
        recurring(regular, as_of=day),
        income(regular),
        engagement(events, as_of=as_of, subjects=subjects),
        redemptions(redeemed, as_of=as_of),
        destinations(trips(state), redeemed, as_of=as_of),
        preferences(stated, as_of=as_of, topics=topics),
    )
    customers = pl.DataFrame({"customer_no": state.customers})
    return wide(customers, *parts, contract=contract_of(state.words, subjects, topics))
