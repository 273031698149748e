"""How many more contacts each limit leaves a customer, before this night's own plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from persona.policy.actions import Action, occasion
from persona.policy.contact import Limited
from persona.policy.rules import Limit

__all__ = ["contacted_already", "room"]


def room(units: pl.DataFrame, history: pl.DataFrame, limits: Sequence[Limit], *, day: date) -> pl.DataFrame:
    """What each limit has left for each customer in the sliding window ``[day - days, day)`` and this night.

    Grain: one row a row of ``units``, in its order.
    Reads: ``customer_no``, ``household_key``, ``is_ghost`` (decided for and not contacted) of ``units``; ``history`` as
    ``contact_history`` makes it.
    Makes: ``room_<limit>`` (Int32; 0 or less: used up; of a household the same for each of its members). A contact made
    on paper counts for the customer himself, and for a household only where the customer is a ghost too.
    """
    result = units.select("customer_no")
    for limit in limits:
        result = result.with_columns(_room(units, history, limit, day).alias(f"room_{limit.id}"))
    return result


def _room(units: pl.DataFrame, history: pl.DataFrame, limit: Limit, day: date) -> pl.Series:
    counted = (
        history.clear() if isinstance(limit, Limited) and limit.is_tonight else history.filter(_is_counted(limit, day))
    )
    if limit.per == "customer":
        used = _used(units, counted, "customer_no")
    else:
        homes = counted.drop("household_key", strict=False).join(
            units.select("customer_no", "household_key"), on="customer_no"
        )
        real, paper = (_used(units, homes.filter(is_ghost), "household_key") for is_ghost in (~_GHOST, _GHOST))
        used = real + paper * units["is_ghost"].cast(pl.Int32)
    return limit.max - used


_GHOST = pl.col("is_ghost")


def _used(units: pl.DataFrame, counted: pl.DataFrame, key: str) -> pl.Series:
    counts = counted.group_by(key).agg(used=pl.len().cast(pl.Int32))
    joined = units.select(key).join(counts, on=key, how="left", maintain_order="left")
    return joined["used"].fill_null(0)


def _is_counted(limit: Limit, day: date) -> pl.Expr:
    counted = (pl.col("on") >= day - timedelta(days=limit.days)) & pl.col("class").is_in(limit.classes)
    for column, names in (("channel", limit.channels), ("offer_id", limit.offers), ("group_id", limit.groups)):
        if names:
            counted &= pl.col(column).is_in(names).fill_null(False)
    return counted & ~pl.col("offer_id").is_in(limit.without).fill_null(False)


def contacted_already(
    history: pl.DataFrame, actions: Sequence[Action], occasions: pl.DataFrame, *, day: date
) -> pl.DataFrame:
    """The actions whose contact exists already: the same campaign, channel and occasion.

    What a trigger sets off is answered once by each class of offers, on whatever channel and in whatever campaign.

    Grain: one row a customer and action, sorted. Reads: ``occasions`` as ``offers.occasions`` makes them.
    Makes: ``customer_no``, ``action``.
    """
    keys = pl.DataFrame(
        [(one.index, one.offer.campaign_id, one.channel, occasion(one, day)) for one in actions],
        schema={"action": pl.Int64, "campaign_id": pl.String, "channel": pl.String, "occasion": pl.String},
        orient="row",
    )
    made = history.join(keys, on=["campaign_id", "channel", "occasion"], how="inner").select("customer_no", "action")
    classes = pl.DataFrame(
        [(one.index, one.offer.offer, one.slot) for one in actions if one.offer.repeatable],
        schema={"action": pl.Int64, "offer_id": pl.String, "class": pl.String},
        orient="row",
    )
    answers = occasions.join(classes, on="offer_id", how="inner")
    answered = answers.join(history, on=["customer_no", "class", "occasion"], how="semi").select(
        "customer_no", "action"
    )
    return pl.concat([made, answered]).unique().sort("customer_no", "action")
