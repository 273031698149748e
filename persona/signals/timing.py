"""Timing: the hour and the weekday at which the customer is most active."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from persona.clock import AsOf
from persona.signals.purchases import Ints, positions
from persona.tables import Frame

__all__ = ["moments", "timing"]

_DAYS = 365
_LEAST_MOMENTS = 3
_SHRINKAGE = 8
"""How many of the book's moments are added to the customer's own."""
_PARTS = 1_000_000
"""Kernels and shares are whole parts, so that no best hour hangs on the order of a sum."""


def moments(bookings: Frame, events: Frame, streams: Frame | None = None, *, as_of: AsOf) -> Frame:
    """What each customer did himself in a year: purchases, and events in the app, on the web, at the branch.

    Grain: one row a purchase or event. Purchases at merchants whom he pays regularly (``streams``, where they are
    given) are left out: a subscription is collected at an hour of the merchant's choice.
    Makes: ``hour`` (0..23, local; null: no time of day is known), ``weekday`` (1 is Monday).
    """
    local = pl.col("at").dt.replace_time_zone("UTC").dt.convert_time_zone(as_of.zone).dt.replace_time_zone(None)
    is_known = pl.col("customer_no").is_not_null() & (local.dt.date() < as_of.day)
    acts = events.filter(is_known).select("customer_no", day=local.dt.date(), hour=local.dt.hour())
    first_day = pl.lit(as_of.day) - pl.duration(days=_DAYS)
    chosen = bookings.filter((pl.col("spent_minor") > 0) & (pl.col("booked_on") >= first_day))
    if streams is not None:
        pair = ["customer_no", "merchant"]
        regular = streams.filter(~pl.col("is_income") & pl.col("merchant").is_not_null()).select(pair).unique()
        chosen = chosen.join(regular, on=pair, how="anti")
    both = pl.concat([chosen.select("customer_no", day=pl.col("booked_on"), hour=pl.col("hour")), acts])
    recent = both.filter(pl.col("day") >= first_day)
    return recent.select("customer_no", "hour", weekday=pl.col("day").dt.weekday())


def timing(
    customers: Ints, moments: pl.DataFrame, *, hours: tuple[int, ...], weekdays: tuple[int, ...]
) -> pl.DataFrame:
    """The best hour and weekday of each customer: his own moments, smoothed around the clock, and eight of the book's.

    Grain: one row a customer of ``customers``, sorted. Reads: ``moments``; how much of the book falls on each hour and
    weekday. Makes: ``best_hour`` (0..23, local), ``best_weekday`` (1 is Monday); null: fewer than 3 moments. Of equals
    the earliest. On real purchases three hours around it hold .36 of the next ones, .28 around the book's best.
    """
    timed = moments.filter(pl.col("hour").is_not_null())
    hour = _best(customers, timed["customer_no"], timed["hour"].cast(pl.Int64), shares=hours, sigma=1.0)
    day = moments["weekday"].cast(pl.Int64) - 1
    weekday = _best(customers, moments["customer_no"], day, shares=weekdays, sigma=0.5)
    frame = pl.DataFrame({"customer_no": customers, "best_hour": hour, "best_weekday": weekday + 1})
    known = {"best_hour": pl.col("best_hour") >= 0, "best_weekday": pl.col("best_weekday") > 0}
    return frame.with_columns(pl.when(is_known).then(pl.col(name)).alias(name) for name, is_known in known.items())


def _best(customers: Ints, who: pl.Series, slot: pl.Series, *, shares: tuple[int, ...], sigma: float) -> Ints:
    """The slot of each customer with the most weight; -1 where he has too few moments."""
    period, size = len(shares), len(customers)
    cell = positions(customers, who.to_numpy()) * period + slot.to_numpy()
    counts = np.bincount(cell, minlength=size * period).reshape(size, period).astype(np.float64)
    kernel = _kernel(period, sigma)
    everyone = np.array(shares, dtype=np.float64)
    book = np.rint(everyone @ kernel / max(everyone.sum(), 1.0))
    # Whole numbers far below 2**53: the product is exact whatever library multiplies.
    weight = counts @ kernel + _SHRINKAGE * book
    return np.where(counts.sum(axis=1) >= _LEAST_MOMENTS, weight.argmax(axis=1), -1).astype(np.int64)


def _kernel(period: int, sigma: float) -> NDArray[np.float64]:
    """A circular Gaussian in whole parts."""
    steps = np.arange(period)
    apart = np.abs(steps[:, None] - steps[None, :])
    near = np.exp(-0.5 * (np.minimum(apart, period - apart) / sigma) ** 2)
    return np.asarray(np.rint(near / near.sum(axis=1, keepdims=True) * _PARTS), dtype=np.float64)
