"""Recurring payments: how many, how much a month, and which has become dearer."""

from __future__ import annotations

from datetime import date

import polars as pl

from persona.signals.beats import PERIODS
from persona.tables import Frame

__all__ = ["monthly_minor", "recurring"]

_RISE_DAYS = 60


def recurring(streams: Frame, *, as_of: date) -> Frame:
    """The running payments of each customer.

    Grain: one row a customer with a running payment, sorted.
    Makes: ``recurring_count``, ``recurring_monthly_minor`` (what they cost a month now), ``price_rise_merchant``,
    ``price_rise_minor``, ``price_rise_to_minor`` of the newest rise in 60 days (of one day the greatest; null: none;
    the merchant also where it has no name).
    """
    paid = streams.filter(~pl.col("is_income") & pl.col("is_running"))
    rises = pl.col("risen_on") >= pl.lit(as_of) - pl.duration(days=_RISE_DAYS)
    newest = paid.with_columns(is_rise=rises.fill_null(False)).sort(
        "customer_no", "is_rise", "risen_on", "risen_minor", "merchant", "amount_minor", descending=[False] + [True] * 5
    )
    first = {
        "price_rise_merchant": pl.col("merchant"),
        "price_rise_minor": pl.col("risen_minor"),
        "price_rise_to_minor": pl.col("amount_minor"),
    }
    of_customer = newest.group_by("customer_no", maintain_order=True).agg(
        recurring_count=pl.len().cast(pl.Int64),
        recurring_monthly_minor=monthly_minor().sum(),
        **{name: pl.when(pl.col("is_rise")).then(value).first() for name, value in first.items()},
    )
    return of_customer.sort("customer_no")


def monthly_minor() -> pl.Expr:
    """What a stream comes to a month, minor units, rounded half up."""
    beats = pl.col("period_days").replace_strict({beat.days: beat.beats for beat in PERIODS}, return_dtype=pl.Int64)
    return (pl.col("amount_minor") * beats + 500) // 1_000
