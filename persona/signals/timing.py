"""Timing: the hour and the weekday at which the customer is most active."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from persona.clock import AsOf
from persona.signals.counting import Ints, positions
from persona.signals.shops import of_slots
from persona.signals.state import HOURS, WEEKDAYS, YEAR, State

__all__ = ["acts", "counted", "habits", "timing"]

_LEAST_MOMENTS = 3
_SHRINKAGE = 8
"""How many of the book's moments are added to the customer's own."""
_PARTS = 1_000_000
"""Kernels and shares are whole parts, so that no best hour hangs on the order of a sum."""


def habits(state: State, regular: pl.DataFrame, events: pl.DataFrame, *, as_of: AsOf) -> tuple[Ints, Ints]:
    """What each customer did himself in a year: purchases, and events in the app, on the web, at the branch.

    Purchases at merchants whom he pays regularly are left out: a subscription is collected at an hour of the merchant's
    choice. Reads: ``regular``, their counts as ``at_shops`` makes them; canonical events. Makes: counts by hour
    (customers x 24, local; what has no time of day is left out) and by weekday (x 7).
    """
    hours, weekdays = counted(state.customers, acts(events, as_of=as_of))
    paid = of_slots(regular, state.customers)
    return state.hours + hours - paid[:, :HOURS], state.weekdays + weekdays - paid[:, HOURS:]


def acts(events: pl.DataFrame, *, as_of: AsOf) -> pl.DataFrame:
    """The ``customer_no``, local ``hour`` and ``weekday`` of each event of a year that is of a customer."""
    local = pl.col("at").dt.replace_time_zone("UTC").dt.convert_time_zone(as_of.zone).dt.replace_time_zone(None)
    first_day = pl.lit(as_of.day) - pl.duration(days=YEAR)
    is_known = pl.col("customer_no").is_not_null() & local.dt.date().is_between(first_day, as_of.day, closed="left")
    return events.filter(is_known).select("customer_no", hour=local.dt.hour(), weekday=local.dt.weekday())


def counted(customers: Ints, rows: pl.DataFrame) -> tuple[Ints, Ints]:
    """Counts by hour, where it is known, and by weekday of what these customers did."""
    timed = rows.filter(pl.col("hour").is_not_null())
    hours = _counts(customers, timed["customer_no"], timed["hour"].cast(pl.Int64), HOURS)
    return hours, _counts(customers, rows["customer_no"], rows["weekday"].cast(pl.Int64) - 1, WEEKDAYS)


def _counts(customers: Ints, who: pl.Series, slot: pl.Series, slots: int) -> Ints:
    size = len(customers)
    cell = positions(customers, who.to_numpy()) * slots + slot.to_numpy()
    return np.bincount(cell, minlength=size * slots).reshape(size, slots)


def timing(
    customers: Ints, habits: tuple[Ints, Ints], *, hours: tuple[int, ...], weekdays: tuple[int, ...]
) -> pl.DataFrame:
    """The best hour and weekday of each customer: his own moments, smoothed around the clock, and eight of the book's.

    Grain: one row a customer of ``customers``, sorted. Reads: counts by hour and weekday, as ``habits`` makes them; how
    much of the book falls on each. Makes: ``best_hour`` (0..23, local), ``best_weekday`` (1 is Monday); null: fewer
    than 3 moments. Of equals the earliest. On real purchases three hours around it hold .36 of the next ones, .28
    around the book's best; the card "best hour" says it of the book at hand.
    """
    hour = _best(habits[0], shares=hours, sigma=1.0)
    weekday = _best(habits[1], shares=weekdays, sigma=0.5)
    frame = pl.DataFrame({"customer_no": customers, "best_hour": hour, "best_weekday": weekday + 1})
    known = {"best_hour": pl.col("best_hour") >= 0, "best_weekday": pl.col("best_weekday") > 0}
    return frame.with_columns(pl.when(is_known).then(pl.col(name)).alias(name) for name, is_known in known.items())


def _best(counts: Ints, *, shares: tuple[int, ...], sigma: float) -> Ints:
    """The slot of each customer with the most weight; -1 where he has too few moments."""
    kernel = _kernel(len(shares), sigma)
    everyone = np.array(shares, dtype=np.float64)
    book = np.rint(everyone @ kernel / max(everyone.sum(), 1.0))
    # Whole numbers far below 2**53: the product is exact whatever library multiplies.
    weight = counts.astype(np.float64) @ kernel + _SHRINKAGE * book
    return np.where(counts.sum(axis=1) >= _LEAST_MOMENTS, weight.argmax(axis=1), -1).astype(np.int64)


def _kernel(period: int, sigma: float) -> NDArray[np.float64]:
    """A circular Gaussian in whole parts."""
    steps = np.arange(period)
    apart = np.abs(steps[:, None] - steps[None, :])
    near = np.exp(-0.5 * (np.minimum(apart, period - apart) / sigma) ** 2)
    return np.asarray(np.rint(near / near.sum(axis=1, keepdims=True) * _PARTS), dtype=np.float64)
