"""Cadence: the usual days between two days with a purchase, and how overdue the next one is."""

from __future__ import annotations

import numpy as np
import polars as pl

from persona.signals.counting import Ints
from persona.signals.state import State

__all__ = ["cadence", "purchase_days"]

_RECENT_DAYS = 60
_BOOK_GAPS = 2
"""How many of the book's gaps are added to the customer's own."""
_AT_A_TIME = 50_000
"""Customers whose days lie open in memory together."""


def cadence(state: State, *, book_gap_days: float) -> pl.DataFrame:
    """How often each customer usually buys, and how overdue he is.

    Grain: one row a customer, sorted.
    Makes: ``cadence_days`` = (sum of gaps + 2 book gaps) / (gaps + 2) over two years, 4 digits; ``overdue`` = days
    since the last purchase over the cadence, 4 digits; both null: never bought. ``silence_days``: the longest gap that
    ended in the last 60 days; null: none did.
    """
    size = len(state.customers)
    owner, gap, after = _gaps(state)
    number, total = np.bincount(owner, minlength=size), np.bincount(owner, gap, minlength=size)
    silence, since = np.zeros(size, dtype=np.int64), state.day - state.last
    recent = after <= _RECENT_DAYS
    np.maximum.at(silence, owner[recent], gap[recent])
    usual = np.round((total + _BOOK_GAPS * book_gap_days) / (number + _BOOK_GAPS), 4)
    told = {"usual": usual, "since": since, "silence": silence, "has_bought": state.first < state.day}
    return pl.DataFrame({"customer_no": state.customers, **told}).select(
        "customer_no",
        cadence_days=pl.when("has_bought").then("usual"),
        overdue=pl.when("has_bought").then((pl.col("since") / pl.col("usual")).round(4)),
        silence_days=pl.when(pl.col("silence") > 0).then("silence"),
    )


def _gaps(state: State) -> tuple[Ints, Ints, Ints]:
    """Each gap between two purchase days: its customer's position, its days, and how many days ago it ended."""
    who, age_days = purchase_days(state)
    same = who[:-1] == who[1:]
    return who[1:][same], (age_days[:-1] - age_days[1:])[same], age_days[1:][same]


def purchase_days(state: State) -> tuple[Ints, Ints]:
    """The distinct days with a purchase in two years: positions of customers, and days ago, the oldest first."""
    found = []
    for start in range(0, len(state.days), _AT_A_TIME):
        # From the lowest bit of the last word on, the oldest day, so that those of a customer run forward in time.
        words = state.days[start : start + _AT_A_TIME, ::-1].astype("<u8", order="C")
        bits = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little").view(np.bool_)
        who, later = np.divmod(np.flatnonzero(bits), bits.shape[1])
        found.append((who + start, bits.shape[1] - later))
    none = np.zeros(0, dtype=np.int64)
    whos, ages = zip((none, none), *found, strict=True)
    return np.concatenate(whos), np.concatenate(ages)
