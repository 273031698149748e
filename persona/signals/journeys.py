"""Journeys: how often, when in the year and how long ahead a customer travels, and whether a journey is before him."""

from __future__ import annotations

from datetime import date

import polars as pl

__all__ = ["JOURNEY_DAYS", "PASSAGES", "STAYS", "journeys"]

PASSAGES = ("travel.air", "travel.rail", "travel.agency", "travel.cruise")
"""Categories that are paid ahead of a journey; a bank without them has no leads."""
STAYS = ("travel.hotel",)
"""Categories that are paid on the way or at its end."""
JOURNEY_DAYS = 730
"""How far back is looked."""
_YEAR_DAYS = 365
_ONE_JOURNEY_DAYS = 3
"""Bills closer together than this are of one journey."""
_LONGEST_LEAD_DAYS = 75
_AHEAD_DAYS = 60
_FEWEST = 3
_FEWEST_LEADS = 2
_SEASONS = {12: "winter", 1: "winter", 2: "winter", 3: "spring", 4: "spring", 5: "spring"} | {
    6: "summer", 7: "summer", 8: "summer", 9: "autumn", 10: "autumn", 11: "autumn"
}  # fmt: skip
"""Of the northern half of the earth."""


def journeys(bought: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """How each customer travels, by the bills of his stays and what he books ahead.

    Grain: one row a customer with such a purchase in the 730 days before ``as_of``, sorted.
    Reads: ``customer_no``, ``booked_on``, ``category`` of purchases.
    Makes: ``journeys_365d``, ``journey_gap_days`` (days since the first over the number of those after it, so that a
    silence makes it longer; 1 digit; null: fewer than 3), ``journey_lead_days`` (the median from the newest booking
    ahead, up to 75 days before, to the stay's bill; null: fewer than 2), ``journey_season`` (that of more than half of
    them, by the months of the northern half of the earth; null: none has, or fewer than 3), ``journey_ahead_days``
    (days since a booking of the last 60 that no stay has followed; null: none).

    Not to be trusted where others pay for the room or the passage. How many travel: see ``party``.
    """
    age = (pl.lit(as_of) - pl.col("booked_on")).dt.total_days()
    known = bought.filter(age.is_between(1, JOURNEY_DAYS))
    stays = _days(known, STAYS)
    passages = _days(known, PASSAGES)
    gap = pl.col("on").diff().dt.total_days().over("customer_no")
    begun = stays.filter((gap > _ONE_JOURNEY_DAYS) | gap.is_null())
    season = pl.col("on").dt.month().replace_strict(_SEASONS, return_dtype=pl.String)
    told = begun.with_columns(season=season)
    here = (pl.lit(as_of) - pl.col("on")).dt.total_days()
    by_customer = told.group_by("customer_no").agg(
        journeys_365d=(here <= _YEAR_DAYS).sum().cast(pl.Int64),
        journey_gap_days=pl.when(pl.len() >= _FEWEST).then((here.max() / (pl.len() - 1)).round(1)),
        journey_season=pl.when(pl.len() >= _FEWEST).then(_more_than_half(pl.col("season"))),
    )
    everyone = pl.concat([stays, passages]).select("customer_no").unique()
    parts = (by_customer, _leads(begun, passages), _ahead(stays, passages, as_of=as_of))
    for part in parts:
        everyone = everyone.join(part, on="customer_no", how="left")
    return everyone.with_columns(pl.col("journeys_365d").fill_null(0)).sort("customer_no")


def _days(known: pl.DataFrame, categories: tuple[str, ...]) -> pl.DataFrame:
    """The days on which each customer paid for some categories, in their order."""
    rows = known.filter(pl.col("category").is_in(categories))
    return rows.select("customer_no", on="booked_on").unique().sort("customer_no", "on")


def _leads(begun: pl.DataFrame, passages: pl.DataFrame) -> pl.DataFrame:
    booked = passages.with_columns(booked_on=pl.col("on"))
    near = begun.join_asof(
        booked,
        on="on",
        by="customer_no",
        strategy="backward",
        tolerance=f"{_LONGEST_LEAD_DAYS}d",
        check_sortedness=False,
    )
    lead = (pl.col("on") - pl.col("booked_on")).dt.total_days()
    leads = near.drop_nulls("booked_on").select("customer_no", lead=lead)
    median = pl.col("lead").median().round(0, mode="half_away_from_zero").cast(pl.Int64)
    return leads.group_by("customer_no").agg(journey_lead_days=pl.when(pl.len() >= _FEWEST_LEADS).then(median))


def _ahead(stays: pl.DataFrame, passages: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    last = passages.group_by("customer_no").agg(pl.col("on").max())
    after = last.join(stays.group_by("customer_no").agg(stayed=pl.col("on").max()), on="customer_no", how="left")
    days = (pl.lit(as_of) - pl.col("on")).dt.total_days()
    is_ahead = (pl.col("stayed") < pl.col("on")).fill_null(value=True) & (days <= _AHEAD_DAYS)
    return after.filter(is_ahead).select("customer_no", journey_ahead_days=days)


def _more_than_half(column: pl.Expr) -> pl.Expr:
    """The value that more than half of a group has; null where none has."""
    most = column.mode().sort().first()
    return pl.when((column == most).mean() > 1 / 2).then(most)
