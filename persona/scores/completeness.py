"""Completeness: whether the months that a model learns from are all there."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

__all__ = ["incompleteness"]

_WINDOW_DAYS = 30
_WINDOWS = 3
_LEAST_SHARE = 0.6
_LEAST_A_DAY = 20
_QUIET = 0.1
_MORE_QUIET_DAYS = 4


def incompleteness(visits: pl.DataFrame, *, as_of: date) -> str:
    """Why the last 90 days before ``as_of`` cannot be learnt from; empty where they can.

    A half-empty month teaches that customers buy half as often (measured: predicted over true .76). A 30-day window
    is taken as incomplete that has less than .6 of the purchases of the fullest or, in a book with 20 purchases a day,
    more than 4 days more than another on which next to nothing (a tenth of the mean day) was bought. Where all bills
    fall into one week of the month, every window has as many quiet days.
    """
    age = (pl.lit(as_of) - pl.col("booked_on")).dt.total_days()
    days = visits.select(age.alias("age")).filter(pl.col("age").is_between(1, _WINDOWS * _WINDOW_DAYS))
    counts = np.bincount(days["age"].to_numpy() - 1, minlength=_WINDOWS * _WINDOW_DAYS)
    windows = counts.reshape(_WINDOWS, _WINDOW_DAYS)
    totals = windows.sum(axis=1)
    if totals.min() < _LEAST_SHARE * totals.max():
        return f"a 30-day window has {totals.min():,} purchases, another {totals.max():,}"
    quiet = (windows < _QUIET * counts.mean()).sum(axis=1)
    if counts.mean() >= _LEAST_A_DAY and quiet.max() > quiet.min() + _MORE_QUIET_DAYS:
        return f"{quiet.max()} days of a 30-day window have next to no purchases, {quiet.min()} of another"
    return ""
