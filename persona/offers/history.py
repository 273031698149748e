"""What a customer has been told before: the contact ledger, and the contacts of the time before persona."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from persona.clock import AsOf
from persona.policy.actions import Action

__all__ = ["GHOST", "LIVE", "contact_history", "is_known", "local_day"]

LIVE = ("planned", "written", "handed_off", "sent")
"""The states of a contact that is on its way or has been made; the others never reached anybody."""

GHOST = "ghost"
"""The state of a contact that a customer of a control group would have had."""

_COLUMNS = ("customer_no", "offer_id", "group_id", "campaign_id", "channel", "class", "occasion", "message_id")


def local_day(column: str, zone: str) -> pl.Expr:
    """The local date of an instant in UTC."""
    return pl.col(column).dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.date()


def is_known(frame: pl.DataFrame, as_of: AsOf) -> pl.Expr:
    """Whether a row of facts happened and was delivered before ``as_of``."""
    happened = pl.col("at") < as_of.naive_utc
    return happened & (pl.col("known_on") < as_of.day) if "known_on" in frame.columns else happened


def contact_history(
    contacts: pl.DataFrame, outcomes: pl.DataFrame, *, actions: Sequence[Action], as_of: AsOf
) -> pl.DataFrame:
    """Every contact made, on its way, or made on paper before ``as_of``.

    Grain: one row a contact, sorted.
    Reads: ``contacts`` (``at`` is the instant of the run that planned it, so that a run taken up again does not see its
    own); of ``outcomes`` the ``sent`` and ``delivered`` that no ledger row stands for. An offer that the catalogue no
    longer has was marketing.
    Makes: the columns of the ledger, ``on`` (local date), ``is_sent`` (the vendor says so), ``is_ghost``.
    """
    ours = contacts.filter((pl.col("at") < as_of.naive_utc) & pl.col("status").is_in([*LIVE, GHOST])).select(
        *_COLUMNS,
        on=local_day("at", as_of.zone),
        is_sent=pl.col("status") == "sent",
        is_ghost=pl.col("status") == GHOST,
    )
    return pl.concat([ours, _before_the_ledger(outcomes, ours, actions, as_of)]).sort(pl.all())


def _before_the_ledger(
    outcomes: pl.DataFrame, ours: pl.DataFrame, actions: Sequence[Action], as_of: AsOf
) -> pl.DataFrame:
    told = outcomes.filter(
        is_known(outcomes, as_of)
        & pl.col("customer_no").is_not_null()
        & pl.col("outcome").is_in(["sent", "delivered"])
        & (pl.col("arm").is_null() | (pl.col("arm") != "holdout"))
    ).select("customer_no", "offer_id", "group_id", "channel", "message_id", "outcome", on=local_day("at", as_of.zone))
    unknown = told.join(ours.select("message_id"), on="message_id", how="anti")
    described = _once_each(unknown).join(_catalogue(actions), on="offer_id", how="left")
    return described.select(
        "customer_no",
        "offer_id",
        pl.coalesce("group_id", "group_here").alias("group_id"),
        pl.coalesce("campaign_id", "offer_id").alias("campaign_id"),
        "channel",
        pl.col("class").fill_null("marketing"),
        pl.when(pl.col("repeatable").fill_null(True))
        .then(pl.col("on").dt.to_string())
        .otherwise(pl.lit("once"))
        .alias("occasion"),
        "message_id",
        "on",
        is_sent=pl.lit(True),
        is_ghost=pl.lit(False),
    )


def _once_each(told: pl.DataFrame) -> pl.DataFrame:
    """One row a message: its first day; without an id a delivery counts only where nothing was said to be sent."""
    same = ["customer_no", "offer_id", "channel"]
    sent = told.filter(pl.col("message_id").is_null() & (pl.col("outcome") == "sent"))
    delivered = told.filter(pl.col("message_id").is_null() & (pl.col("outcome") == "delivered"))
    nameless = pl.concat([sent, delivered.join(sent, on=same, how="anti")])
    named = told.filter(pl.col("message_id").is_not_null())
    return pl.concat([_first(named, [*same, "message_id"]), _first(nameless, [*same, "on"])])


def _first(told: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    return told.drop("outcome").sort(pl.all()).unique(key, keep="first", maintain_order=True)


def _catalogue(actions: Sequence[Action]) -> pl.DataFrame:
    offers = {action.offer.offer: action.offer for action in actions}
    return pl.DataFrame(
        [(o.offer, o.group, o.campaign_id, o.class_, o.repeatable) for o in offers.values()],
        schema={
            "offer_id": pl.String,
            "group_here": pl.String,
            "campaign_id": pl.String,
            "class": pl.String,
            "repeatable": pl.Boolean,
        },
        orient="row",
    )
