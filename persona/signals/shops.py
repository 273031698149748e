"""Shops that a customer pays regularly: a subscription is collected at an hour of the merchant's choice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl

from persona.signals.counting import Ints, positions
from persona.signals.state import HOURS, WEEKDAYS, YEAR
from persona.tables.dense import smallest

__all__ = ["at_shops", "at_shops_followed", "of_slots", "regular_shops"]

_SLOTS = (
    *(f"hours.{hour}" for hour in range(HOURS)),
    *(f"weekdays.{day}" for day in range(1, WEEKDAYS + 1)),
)


def regular_shops(streams: pl.DataFrame) -> pl.Series:
    """The shops, as ``lines`` numbers them, that customers pay regularly."""
    return streams.filter(~pl.col("is_income"))["shop"].drop_nulls().unique().sort()


def at_shops(customers: Sequence[int] | Ints, lines: pl.DataFrame, shops: pl.Series, *, as_of: date) -> pl.DataFrame:
    """How many purchases of the year before a day were made at some shops, by hour and weekday.

    Grain: one row a customer, sorted. Reads: ``lines`` of these customers, ``shop`` among them; those of other days or
    shops are passed over. Makes: ``hours.0`` to ``hours.23`` (what has no time of day is left out), ``weekdays.1``
    (Monday) to ``weekdays.7``.
    """
    everyone = np.asarray(customers, dtype=np.int64)
    return _table(everyone, _counted(everyone, _bought(lines, shops, as_of=as_of)))


def at_shops_followed(
    before: pl.DataFrame,
    lines: pl.DataFrame,
    touched: pl.Series,
    *,
    since: date,
    as_of: date,
    was: pl.Series,
    shops: pl.Series,
) -> pl.DataFrame:
    """The counts of a day from those of an earlier one, equal to those of all purchases at once.

    ``touched`` are the shops whose series a booking came into or left in between, ``was`` those that were regular.
    Reads: ``lines`` of the touched shops of both years, and of all others those of days that came and that left.
    """
    before = before.sort("customer_no")
    came, left = _bought(lines, shops, as_of=as_of), _bought(lines, was, as_of=since)
    # What is in both years at a shop that nothing touched stays where it is.
    stays = ~pl.col("shop").is_in(touched.implode())
    first, everyone = as_of - timedelta(days=YEAR), before["customer_no"].to_numpy()
    came = came.filter(~(stays & (pl.col("booked_on") < since)))
    left = left.filter(~(stays & (pl.col("booked_on") >= first)))
    return _table(everyone, of_slots(before, everyone) + _counted(everyone, came) - _counted(everyone, left))


def of_slots(table: pl.DataFrame, customers: Ints) -> Ints:
    """The counts of some customers again, customers x hours and weekdays; 0 of whom the table does not know."""
    known = pl.DataFrame({"customer_no": customers}).join(table, on="customer_no", how="left", maintain_order="left")
    counts = known.select(pl.col(_SLOTS).fill_null(0).cast(pl.Int64))
    return counts.to_numpy().reshape(len(customers), len(_SLOTS))


def _bought(lines: pl.DataFrame, shops: pl.Series, *, as_of: date) -> pl.DataFrame:
    year = pl.col("booked_on").is_between(as_of - timedelta(days=YEAR), as_of, closed="left")
    return lines.filter(year & (pl.col("spent_minor") > 0) & pl.col("shop").is_in(shops.implode()))


def _counted(customers: Ints, bought: pl.DataFrame) -> Ints:
    who = positions(customers, bought["customer_no"].to_numpy()) * len(_SLOTS)
    weekday = bought["booked_on"].dt.weekday().cast(pl.Int64).to_numpy() + HOURS - 1
    hour = bought["hour"].cast(pl.Int64).fill_null(-1).to_numpy()
    cells = np.concatenate([who + weekday, (who + hour)[hour >= 0]])
    return np.bincount(cells, minlength=len(customers) * len(_SLOTS)).reshape(len(customers), len(_SLOTS))


def _table(customers: Ints, counts: Ints) -> pl.DataFrame:
    columns = zip(_SLOTS, np.ascontiguousarray(counts.T), strict=True)
    return pl.DataFrame({"customer_no": customers} | {name: smallest(column) for name, column in columns})
