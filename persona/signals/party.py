"""Party: who probably comes along when the customer travels."""

from __future__ import annotations

import polars as pl

from persona.signals.recurring import monthly_minor

__all__ = ["party"]

FAMILY = "family"
_INCOMES = ("salary", "pension")
_SMALL_SHARE = 0.25
"""As in ``life_events``: an allowance for a child is a small part of what else comes in."""


def party(streams: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """The customers in whose household an allowance for a child comes in regularly.

    Bookings do not tell how many travel: where no such allowance comes in it is unknown, and never said to be alone;
    nor a couple, as of the sample's households of two adults without an allowance only .43 have no children. On a
    larger bank of the sample's kind .99 of the travellers told so have children, .86 of those who have are told.
    Source: `bench/quality/travel.py`.

    Grain: one row a customer, sorted; no row: unknown. Reads: what ``streams`` makes; ``customer_no``,
    ``household_key`` of whole households. Makes: ``journey_party`` (family).
    """
    running = streams.filter(pl.col("is_income") & pl.col("is_running")).with_columns(monthly=monthly_minor())
    sums = running.group_by("customer_no").agg(
        benefit=pl.col("monthly").filter(pl.col("kind") == "benefit").sum(),
        income=pl.col("monthly").filter(pl.col("kind").is_in(_INCOMES)).sum(),
    )
    allowed = sums.filter((pl.col("benefit") > 0) & (pl.col("benefit") <= _SMALL_SHARE * pl.col("income")))
    homes = units.join(allowed, on="customer_no", how="semi").select("household_key")
    here = units.join(homes, on="household_key", how="semi")
    return here.select("customer_no", journey_party=pl.lit(FAMILY)).sort("customer_no")
