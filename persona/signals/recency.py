"""Recency and frequency: when the customer bought last, and how often."""

from __future__ import annotations

import numpy as np
import polars as pl

from persona.signals.purchases import Ints, Purchases
from persona.tables.profile import SPEND_DAYS

__all__ = ["recency"]

_NEVER = np.iinfo(np.int64).max


def recency(purchases: Purchases) -> pl.DataFrame:
    """When each customer bought first and last, and how many purchases he made.

    Grain: one row a customer, sorted.
    Makes: ``recency_days`` and ``first_purchase_days`` (1 is the day before ``as_of``; null: never bought),
    ``purchases_<d>d`` (refunds are no purchases).

    Source: Fader, Hardie and Lee (2005), RFM and CLV: Using Iso-Value Curves for Customer Base Analysis.
    """
    bought, size = purchases.bought, len(purchases.customers)
    counts = {}
    within = bought
    for days in sorted(SPEND_DAYS, reverse=True):
        within = within.within(days)
        counts[f"purchases_{days}d"] = np.bincount(within.who, minlength=size)
    ages = {
        "recency_days": _extreme(np.minimum, bought, size, start=_NEVER),
        "first_purchase_days": _extreme(np.maximum, bought, size, start=-1),
    }
    frame = pl.DataFrame({"customer_no": purchases.customers, **ages, **counts})
    never = pl.col("first_purchase_days") < 0
    return frame.with_columns(pl.when(~never).then(pl.col(name)).alias(name) for name in ages)


def _extreme(pick: np.ufunc, bought: Purchases, size: int, *, start: int) -> Ints:
    found = np.full(size, start, dtype=np.int64)
    pick.at(found, bought.who, bought.age_days)
    return found
