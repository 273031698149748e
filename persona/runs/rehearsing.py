"""The step that measures on the last closed days what signals foretell: whose money runs out, and the best hour."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from persona import scores, signals
from persona.clock import AsOf
from persona.runs.lines import lines_of, within
from persona.runs.plan import Night, Pieces
from persona.runs.profiling import learned_from
from persona.store import Rolled

__all__ = ["LIQUID", "balances_of", "brought_forward", "money_of", "numbers_of", "signal_models"]

LIQUID = ("current", "savings")
"""Products whose money can be paid with at once."""


def signal_models(night: Night) -> Pieces:
    """The cards of the cash need and of the best hour."""
    sample = learned_from(night)
    cards = [_cash_need(night, sample), _best_hour(night, sample)]
    rows = [json.dumps(card.as_json(), sort_keys=True) for card in cards]
    yield {"signal_models": pl.DataFrame({"card": rows})}


def numbers_of(night: Night) -> dict[str, dict[str, object]]:
    """What each of these models is rebuilt from; nothing of one that its gate has stopped."""
    return {card["model"]: card["numbers"] for card in map(json.loads, night.table("signal_models")["card"])}


def _cash_need(night: Night, sample: pl.DataFrame) -> scores.ModelCard:
    day, buckets = night.as_of.day, sample["bucket"].unique().sort().to_list()
    known = pl.col("customer_no").is_in(sample["customer_no"].implode())
    money = money_of(night, lines_of(night), buckets, days=scores.CASH_FIT_DAYS).filter(known)
    incomplete = scores.incompleteness(money, as_of=day, of="bookings")
    balances = balances_of(night, buckets, money).filter(known)
    return scores.fit_cash_need(money, balances, as_of=day, incomplete=incomplete)[1]


def money_of(night: Night, lines: Rolled, buckets: Sequence[int], *, days: int) -> pl.DataFrame:
    """What went through the accounts of some buckets in the last days."""
    rows = within(night, lines, buckets, days=days).filter("is_on_account")
    columns = ("customer_no", "is_on_account", "booked_on", "amount_minor")
    return rows.select(columns).collect(engine="in-memory")


def balances_of(night: Night, buckets: Sequence[int], money: pl.DataFrame) -> pl.DataFrame:
    """What each customer can pay with today, ``balance_minor``, where any of it is known.

    ``money`` is what ``money_of`` makes: balances are brought forward by it from the day on which they were known.
    """
    held = night.table("holding_facts", buckets)
    owned = [f"balance_{word}_minor" for word in LIQUID if f"balance_{word}_minor" in held.columns]
    there = held.filter(pl.any_horizontal(pl.col(owned).is_not_null())) if owned else held.clear()
    balances = there.select("customer_no", balance_minor=pl.sum_horizontal(owned) if owned else pl.lit(0))
    told = night.facts("holdings", buckets, columns=("customer_no", "product", "known_on"))
    known = told.filter(pl.col("product").is_in(LIQUID)).group_by("customer_no").agg(pl.col("known_on").max())
    return brought_forward(balances, known, money)


def brought_forward(balances: pl.DataFrame, known: pl.DataFrame, money: pl.DataFrame) -> pl.DataFrame:
    """Balances with all that was booked on the accounts after the day ``known_on`` on which they were known."""
    later = money.join(known, on="customer_no").filter(pl.col("booked_on") > pl.col("known_on"))
    since = later.group_by("customer_no").agg(since=pl.col("amount_minor").sum())
    moved = balances.join(since, on="customer_no", how="left", maintain_order="left")
    return moved.select("customer_no", balance_minor=pl.col("balance_minor") + pl.col("since").fill_null(0))


def _best_hour(night: Night, sample: pl.DataFrame) -> scores.ModelCard:
    """The hours of a month ago, told from the lines of then as ``signals.habits`` tells them tonight."""
    customers, buckets = sample["customer_no"], sample["bucket"].unique().sort().to_list()
    then = AsOf.at_start_of(night.as_of.day - timedelta(days=scores.HOUR_DAYS), night.as_of.zone)
    known = pl.col("customer_no").is_in(customers.implode())
    shops = signals.regular_shops(night.table("streams", buckets))
    rows = within(night, lines_of(night), buckets, days=signals.YEAR + scores.HOUR_DAYS).filter(
        known & (pl.col("spent_minor") > 0) & ~pl.col("shop").is_in(shops.implode()).fill_null(value=False)
    )
    weekday = pl.col("booked_on").dt.weekday()
    bought = rows.select("customer_no", "booked_on", "hour", weekday=weekday).collect(engine="in-memory")
    is_past = pl.col("booked_on") < then.day
    events = night.facts("events", buckets, columns=("customer_no", "at")).filter(known)
    moments = pl.concat([bought.filter(is_past).drop("booked_on"), signals.acts(events, as_of=then)])
    hours, weekdays = signals.counted(customers.to_numpy(), moments)
    of_all = hours.sum(axis=0, keepdims=True), weekdays.sum(axis=0, keepdims=True)
    slots = {"hours": tuple(of_all[0][0].tolist()), "weekdays": tuple(of_all[1][0].tolist())}
    told = signals.timing(customers.to_numpy(), (hours, weekdays), **slots)
    usual = signals.timing(customers.to_numpy()[:1], of_all, **slots)["best_hour"]
    return scores.measured_hour(
        told.select("customer_no", "best_hour"),
        bought.filter(~is_past).select("customer_no", "hour"),
        usual=usual.item() if len(usual) else None,
        as_of=night.as_of.day,
    )
