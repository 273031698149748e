"""Completeness: whether the months that a model learns from are all there."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from persona.scores.affinity_state import Ints

__all__ = ["incompleteness"]

_WINDOW_DAYS = 30
_WINDOWS = 3
_LEAST_SHARE = 0.6
_LEAST_A_DAY = 20
_MORE_SILENT_DAYS = 4


def incompleteness(visits: pl.DataFrame, *, as_of: date) -> str:
    """Why the last 90 days before ``as_of`` cannot be learnt from; empty where they can.

    A half-empty month teaches that customers buy half as often (measured: predicted over true .76). A 30-day window
    is taken as incomplete that has less than .6 of the purchases of the fullest; so is a book with 20 purchases a day
    whose longest silence is more than 4 days longer than the next: where all bills fall into one week, each month has
    its silence.
    """
    age = (pl.lit(as_of) - pl.col("booked_on")).dt.total_days()
    days = visits.select(age.alias("age")).filter(pl.col("age").is_between(1, _WINDOWS * _WINDOW_DAYS))
    counts = np.bincount(days["age"].to_numpy() - 1, minlength=_WINDOWS * _WINDOW_DAYS)
    windows = counts.reshape(_WINDOWS, _WINDOW_DAYS).sum(axis=1)
    if windows.min() < _LEAST_SHARE * windows.max():
        return f"a 30-day window has {windows.min():,} purchases, another {windows.max():,}"
    second, longest = _silences(counts)[-2:]
    if counts.mean() >= _LEAST_A_DAY and longest > second + _MORE_SILENT_DAYS:
        return f"{longest} days in a row have no purchase at all"
    return ""


def _silences(counts: Ints) -> list[int]:
    """The runs of days without a purchase, from short to long, at least two of them."""
    ends = np.concatenate([[-1], np.flatnonzero(counts), [len(counts)]])
    return [0, *sorted((np.diff(ends) - 1).tolist())]
