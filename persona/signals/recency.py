"""Recency and frequency: when the customer bought last, and how often."""

from __future__ import annotations

import polars as pl

from persona.signals.state import WINDOWS, State

__all__ = ["recency"]


def recency(state: State) -> pl.DataFrame:
    """When each customer bought first and last, and how many purchases he made.

    Grain: one row a customer, sorted.
    Makes: ``recency_days`` and ``first_purchase_days`` (1 is the day before ``as_of``; null: never bought),
    ``purchases_<d>d`` (refunds are no purchases).

    Source: Fader, Hardie and Lee (2005), RFM and CLV: Using Iso-Value Curves for Customer Base Analysis.
    """
    counts = {f"purchases_{days}d": state.purchases[:, at] for at, days in enumerate(WINDOWS)}
    ages = {"recency_days": state.day - state.last, "first_purchase_days": state.day - state.first}
    frame = pl.DataFrame({"customer_no": state.customers, **ages, **counts})
    has_bought = pl.col("first_purchase_days") > 0
    return frame.with_columns(pl.when(has_bought).then(pl.col(name)).alias(name) for name in ages)
