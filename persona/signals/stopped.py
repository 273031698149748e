"""Stopped: the salary, pension or payment that came regularly and comes no more."""

from __future__ import annotations

from datetime import date

import polars as pl

from persona.signals.streams import WINDOW_DAYS

__all__ = ["ended", "income_stopped", "stopped"]

SEEN_DAYS = 180
_INCOMES = ("salary", "pension")
_LEAST = 4
"""Times that a payment out has come: three and an end are a purchase in instalments as often as not."""
_HALF = 2
_PARTY = pl.coalesce("counterparty", "merchant")


def ended(streams: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """The agreements that no longer run and fell due again in the 180 days before ``as_of``.

    They are salaries and pensions by their kind, and payments out that are no habit: even amounts, and no purchases but
    of the same price. ``is_running`` gives half a period of slack, so what is a few days late is not among them.
    Reads: what ``streams`` makes; keeps its columns.
    """
    due = (pl.lit(as_of) - pl.col("next_on")).dt.total_days()
    is_income = pl.col("is_income") & pl.col("kind").is_in(_INCOMES).fill_null(value=False)
    is_habit = (pl.col("split") == "loose") | (pl.col("occurrences") < _LEAST)
    is_shopping = (pl.col("kind") == "purchase").fill_null(value=False)
    is_payment = ~pl.col("is_income") & ~is_habit & ~is_shopping
    return streams.filter(~pl.col("is_running") & due.is_between(1, SEEN_DAYS) & (is_income | is_payment))


def stopped(streams: pl.DataFrame, bookings: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """What ``ended`` tells, without what goes on under another amount, payer or payee, or on an account at rest.

    It goes on where, from half a period after the last on, the same other side pays or is paid again, or one that was
    not there before does so for the same: a salary or pension, or a payment of the same category. An account at rest
    is one without any booking since it fell due: of it nothing is known but its silence.

    Grain: one row a stream, in the order of ``streams``. Reads: of the customers' bookings of 400 days ``customer_no``,
    ``booked_on``, ``amount_minor``, ``category``, ``kind``, ``merchant``, ``counterparty``. Makes: the columns of
    ``streams``. Measured against the sample's truth: `bench/quality/life_events.py`. Not to be trusted where income may
    have moved to another bank; never a reason to refuse credit.
    """
    gone = ended(streams, as_of=as_of).with_row_index("place")
    age = (pl.lit(as_of) - pl.col("booked_on")).dt.total_days()
    known = bookings.filter(age.is_between(1, WINDOW_DAYS)).with_columns(
        party=_PARTY, is_in=pl.col("amount_minor") > 0, is_income_kind=pl.col("kind").is_in(_INCOMES)
    )
    side = ["customer_no", "is_in", "party"]
    known = known.with_columns(since=pl.col("booked_on").min().over(side))
    mine = gone.select(
        *("place", "customer_no", "last_on", "next_on", "period_days", "is_income"),
        of_party=_PARTY,
        of_category="category",
    )
    both = mine.join(known, on="customer_no")
    slack = pl.duration(days=pl.col("period_days") // _HALF)
    again = (pl.col("is_in") == pl.col("is_income")) & (pl.col("booked_on") > pl.col("last_on") + slack)
    is_new = pl.col("since") > pl.col("last_on") - slack
    alike = pl.when("is_income").then("is_income_kind").otherwise(pl.col("category") == pl.col("of_category"))
    goes_on = again & ((pl.col("party") == pl.col("of_party")) | (is_new & alike)).fill_null(value=False)
    told = both.group_by("place").agg(goes_on=goes_on.any(), is_alive=(pl.col("booked_on") >= pl.col("next_on")).any())
    kept = told.filter(~pl.col("goes_on") & pl.col("is_alive"))
    return gone.join(kept, on="place", how="semi").sort("place").drop("place")


def income_stopped(gone: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """How long ago a salary or pension of each customer failed to come.

    Grain: one row a customer of whom ``stopped`` tells one, sorted. Makes: ``income_stopped_days`` (days since it fell
    due and did not come, of several the newest; 1 is the day before ``as_of``).
    """
    due = (pl.lit(as_of) - pl.col("next_on")).dt.total_days()
    incomes = gone.filter(pl.col("is_income"))
    return incomes.group_by("customer_no").agg(income_stopped_days=due.min()).sort("customer_no")
