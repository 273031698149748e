"""Rewards: whether a customer uses his points for what he says that he likes."""

from __future__ import annotations

import polars as pl

__all__ = ["rewards"]


def rewards(known: pl.DataFrame) -> pl.DataFrame:
    """Whether what each customer has redeemed most points for is what he has stated.

    Grain: one row a customer, sorted. Reads: ``customer_no``, ``redeems_for`` and, where the workspace asks for it,
    ``prefers_reward``. Makes: ``redeems_as_stated`` (null: he has stated no reward, or redeemed nothing).
    """
    stated = pl.col("prefers_reward") if "prefers_reward" in known.columns else pl.lit(None, dtype=pl.String)
    return known.select("customer_no", redeems_as_stated=pl.col("redeems_for") == stated).sort("customer_no")
