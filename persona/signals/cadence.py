"""Cadence: the usual days between two days with a purchase, and how overdue the next one is."""

from __future__ import annotations

import numpy as np
import polars as pl

from persona.signals.purchases import Ints, Purchases

__all__ = ["cadence", "purchase_days"]

_WINDOW_DAYS = 730
_RECENT_DAYS = 60
_BOOK_GAPS = 2
"""How many of the book's gaps are added to the customer's own."""
_MOST_CELLS = 64_000_000
_NEVER = np.iinfo(np.int64).max


def cadence(purchases: Purchases, *, book_gap_days: float) -> pl.DataFrame:
    """How often each customer usually buys, and how overdue he is.

    Grain: one row a customer, sorted.
    Makes: ``cadence_days`` = (sum of gaps + 2 book gaps) / (gaps + 2) over two years, 4 digits; ``overdue`` = days
    since the last purchase over the cadence, 4 digits; both null: never bought. ``silence_days``: the longest gap that
    ended in the last 60 days; null: none did.
    """
    bought, size = purchases.bought, len(purchases.customers)
    owner, gap, after = _gaps(purchases)
    number, total = np.bincount(owner, minlength=size), np.bincount(owner, gap, minlength=size)
    silence, last = np.zeros(size, dtype=np.int64), np.full(size, _NEVER)
    np.minimum.at(last, bought.who, bought.age_days)
    recent = after <= _RECENT_DAYS
    np.maximum.at(silence, owner[recent], gap[recent])
    usual = np.round((total + _BOOK_GAPS * book_gap_days) / (number + _BOOK_GAPS), 4)
    frame = pl.DataFrame({"customer_no": purchases.customers, "usual": usual, "last": last, "silence": silence})
    has_bought = pl.col("last") != _NEVER
    return frame.select(
        "customer_no",
        cadence_days=pl.when(has_bought).then("usual"),
        overdue=pl.when(has_bought).then((pl.col("last") / pl.col("usual")).round(4)),
        silence_days=pl.when(pl.col("silence") > 0).then("silence"),
    )


def _gaps(purchases: Purchases) -> tuple[Ints, Ints, Ints]:
    """Each gap between two purchase days: its customer's position, its days, and how many days ago it ended."""
    who, age_days = purchase_days(purchases)
    same = who[:-1] == who[1:]
    return who[1:][same], (age_days[:-1] - age_days[1:])[same], age_days[1:][same]


def purchase_days(purchases: Purchases) -> tuple[Ints, Ints]:
    """The distinct days with a purchase in two years: positions of customers, and days ago, the oldest first."""
    bought = purchases.bought.within(_WINDOW_DAYS)
    width = _WINDOW_DAYS + 1
    # Counting from the oldest day makes the cells of a customer run forward in time.
    cell = bought.who * width + (_WINDOW_DAYS - bought.age_days)
    size = len(bought.customers) * width
    if size > _MOST_CELLS:
        cells = np.unique(cell)
    else:
        marked = np.zeros(size, dtype=np.bool_)
        marked[cell] = True
        cells = np.flatnonzero(marked)
    return cells // width, _WINDOW_DAYS - cells % width
