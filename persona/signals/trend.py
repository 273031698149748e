"""Trend: whether the customer buys more often of late than he used to."""

from __future__ import annotations

import numpy as np
import polars as pl

from persona.signals.decay import exposure_days, fading
from persona.signals.state import HALF_LIVES, State

__all__ = ["trend"]

_SHORT_DAYS, _LONG_DAYS = 30, 180
_UNIT = 2**32
"""Purchases so old that they weigh less than half a unit count as none."""
_LEAST_TENURE_DAYS = 60
"""Below it the two rates are of the same few weeks."""


def trend(state: State) -> pl.DataFrame:
    """The rate of purchases of late over the rate of long.

    Grain: one row a customer, sorted.
    Makes: ``spend_trend`` = (R30 / E30) / (R180 / E180), 4 digits, >= 0, with R the decayed number of purchases and E
    the decayed days since the first; 1 is steady; null: first purchase less than 60 days ago, or none for years.
    Growth regresses to the mean: promise nothing from a trend alone.
    """
    tenure = np.where(state.first < state.day, state.day - state.first, 0).astype(np.float64)
    rates = {}
    for name, days in (("short", _SHORT_DAYS), ("long", _LONG_DAYS)):
        visits = state.visits[:, HALF_LIVES.index(days)] * fading(state, half_life_days=days)
        rates[name] = np.rint(visits * _UNIT) / _UNIT / np.maximum(exposure_days(tenure, half_life_days=days), 1)
    frame = pl.DataFrame({"customer_no": state.customers, "tenure": tenure, **rates})
    told = (pl.col("tenure") >= _LEAST_TENURE_DAYS) & (pl.col("long") > 0)
    ratio = (pl.col("short") / pl.col("long")).round(4)
    return frame.select("customer_no", spend_trend=pl.when(told).then(ratio))
