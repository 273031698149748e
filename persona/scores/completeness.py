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
_MOST_A_DAY = 20
_QUIET = 0.1
_MORE_QUIET_DAYS = 4


def incompleteness(
    visits: pl.DataFrame, *, as_of: date, days: int = _WINDOWS * _WINDOW_DAYS, of: str = "purchases"
) -> str:
    """Why the last 90 days before ``as_of``, or of fewer the whole months, cannot be learnt from; empty where they can.

    A half-empty month teaches that customers buy half as often (measured: predicted over true .76). A 30-day window
    is taken as incomplete that has less than .6 of the purchases of the middle one of three (the fullest may be a
    Christmas) or of the fuller one of two; in a book with 20 purchases a day also one that has more than 4 days more
    than another on which next to nothing (a tenth of the median day) was bought. Where all bills fall into one week of
    the month, every window has as many quiet days. Of a customer's day 20 purchases count at most, so that one
    customer's thousands of bookings make no month of all others look empty. ``of`` is what the rows are.
    """
    known = visits.select("customer_no", age=(pl.lit(as_of) - pl.col("booked_on")).dt.total_days())
    windows = min(_WINDOWS, max(days, _WINDOW_DAYS) // _WINDOW_DAYS)
    span = windows * _WINDOW_DAYS
    by_day = known.filter(pl.col("age").is_between(1, span)).group_by("customer_no", "age").len()
    age, size = by_day["age"].to_numpy(), by_day["len"].to_numpy()
    counts = np.bincount(age - 1, np.minimum(size, _MOST_A_DAY), minlength=span).astype(np.int64)
    of_window = counts.reshape(windows, _WINDOW_DAYS)
    totals = np.sort(of_window.sum(axis=1))
    usual = totals[-2] if windows == _WINDOWS else totals[-1]
    if totals[0] < _LEAST_SHARE * usual:
        return f"a 30-day window has {totals[0]:,} {of}, another {usual:,}"
    quiet = (of_window < _QUIET * np.median(counts)).sum(axis=1)
    if counts.mean() >= _LEAST_A_DAY and quiet.max() > quiet.min() + _MORE_QUIET_DAYS:
        return f"{quiet.max()} days of a 30-day window have next to no {of}, {quiet.min()} of another"
    return ""
