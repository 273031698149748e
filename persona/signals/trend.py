"""Trend: whether the customer buys more often of late than he used to."""

from __future__ import annotations

import numpy as np
import polars as pl

from persona.signals.decay import decayed_units, exposure_days
from persona.signals.purchases import Purchases

__all__ = ["trend"]

_SHORT_DAYS, _LONG_DAYS = 30, 180
_LEAST_TENURE_DAYS = 60
"""Below it the two rates are of the same few weeks."""


def trend(purchases: Purchases) -> pl.DataFrame:
    """The rate of purchases of late over the rate of long.

    Grain: one row a customer, sorted.
    Makes: ``spend_trend`` = (R30 / E30) / (R180 / E180), 4 digits, >= 0, with R the decayed number of purchases and E
    the decayed days since the first; 1 is steady; null: first purchase less than 60 days ago, or none for years.
    Growth regresses to the mean: promise nothing from a trend alone.
    """
    bought = purchases.bought
    first = np.zeros(len(bought.customers), dtype=np.int64)
    np.maximum.at(first, bought.who, bought.age_days)
    tenure = first.astype(np.float64)
    short, long = (decayed_units(bought, half_life_days=days) for days in (_SHORT_DAYS, _LONG_DAYS))
    rates = {
        "short": short / np.maximum(exposure_days(tenure, half_life_days=_SHORT_DAYS), 1),
        "long": long / np.maximum(exposure_days(tenure, half_life_days=_LONG_DAYS), 1),
    }
    frame = pl.DataFrame({"customer_no": bought.customers, "tenure": tenure, **rates})
    told = (pl.col("tenure") >= _LEAST_TENURE_DAYS) & (pl.col("long") > 0)
    ratio = (pl.col("short") / pl.col("long")).round(4)
    return frame.select("customer_no", spend_trend=pl.when(told).then(ratio))
