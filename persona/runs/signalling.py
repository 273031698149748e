"""The steps that tell what each customer does, and what has changed in his life."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from persona import scores, signals
from persona.runs.following import AT_SHOPS, state_of
from persona.runs.lines import lines_of, within
from persona.runs.plan import Night, Pieces, batches
from persona.runs.profiling import objectors, of_others
from persona.runs.rehearsing import balances_of, money_of, numbers_of
from persona.store import Rolled
from persona.tables.wide import wide, withheld

__all__ = ["book", "signals_step"]

HABIT_SAMPLE = 5_000
"""Customers that the habits of the book are counted on: some hundred thousand bookings for 24 hours and 7 weekdays."""

_INFERRED = (
    *("best_hour", "best_weekday", "cadence_days", "destination_kind", "overdue", "redeems_for", "silence_days"),
    "spend_trend",
)
"""Signals that say what he is like: when he is reached, how he buys, where he goes. The others count what he did."""

_OF_EVENTS = ("customer_no", "at", "type", "subject")
"""What signals read of an event; its id and the bank's id of the customer would take most of the time."""


def book(night: Night) -> Pieces:
    """The book's own habits, from whole buckets of it."""
    buckets = _sampled_buckets(night)
    objected = objectors(night, buckets)
    everyone = state_of(night, buckets)
    here = everyone.only(~pl.Series(everyone.customers).is_in(objected.implode()).to_numpy())
    events = of_others(night.facts("events", buckets, columns=_OF_EVENTS), objected)
    at_shops = night.table(AT_SHOPS, buckets)
    made = signals.book(here, *signals.habits(here, at_shops, events, as_of=night.as_of))
    columns = {"gap_days": [made.gap_days], "hours": [list(made.hours)], "weekdays": [list(made.weekdays)]}
    yield {"book": pl.DataFrame(columns)}


def _sampled_buckets(night: Night) -> list[int]:
    """The first buckets that together have enough customers to know a habit by."""
    sizes = dict(night.store.crosswalk().group_by("bucket").agg(pl.len()).iter_rows())
    chosen: list[int] = []
    for bucket in sorted(sizes):
        if sum(sizes[one] for one in chosen) >= HABIT_SAMPLE:
            break
        chosen.append(bucket)
    return chosen


def signals_step(night: Night) -> Pieces:
    """What each customer does and what has changed for him; no habit of those who have objected to profiling."""
    workspace, lines = night.policy.workspace, lines_of(night)
    gap_days, hours, weekdays = night.table("book").row(0)
    habits_of_book = signals.Book(gap_days, tuple(hours), tuple(weekdays))
    numbers = numbers_of(night)
    need = scores.CashNeed.of(numbers["cash need"])
    for buckets in batches(night):
        state, regular = state_of(night, buckets), night.table("streams", buckets)
        events = night.facts("events", buckets, columns=_OF_EVENTS)
        made = signals.signals(
            state,
            regular,
            signals.habits(state, night.table(AT_SHOPS, buckets), events, as_of=night.as_of),
            events=events,
            redeemed=night.facts("redemptions", buckets),
            stated=night.facts("preferences", buckets),
            as_of=night.as_of,
            book=habits_of_book,
            subjects=workspace.subjects,
            topics=workspace.topics,
        )
        if not numbers["best hour"]:
            made = made.with_columns(best_hour=pl.lit(None, dtype=pl.Int64))
        objected = objectors(night, buckets)
        yield {
            "signals": withheld(made, objected, columns=_INFERRED),
            "circumstances": withheld(_circumstances(night, lines, buckets, need), objected),
        }


def _circumstances(night: Night, lines: Rolled, buckets: Sequence[int], need: scores.CashNeed | None) -> pl.DataFrame:
    """What has changed in the lives of a batch, and whose money will be short."""
    day, contract = night.as_of.day, night.policy.vocabulary.circumstances
    money = money_of(night, lines, buckets, days=scores.CASH_DAYS)
    parts = (
        signals.life_events(night.table("life", buckets), as_of=day),
        signals.income_stopped(_stopped(night, lines, buckets), as_of=day),
        scores.cash_need(money, balances_of(night, buckets, money), need, as_of=day),
    )
    return wide(night.table("units", buckets).select("customer_no"), *parts, contract=contract)


def _stopped(night: Night, lines: Rolled, buckets: Sequence[int]) -> pl.DataFrame:
    """The salaries and pensions of a batch that come no more; only who misses one is looked at closer."""
    day, regular = night.as_of.day, night.table("streams", buckets).filter("is_income")
    who = signals.ended(regular, as_of=day)["customer_no"].unique()
    rows = within(night, lines, buckets, days=signals.WINDOW_DAYS).filter(pl.col("customer_no").is_in(who.implode()))
    known = rows.select("customer_no", "booked_on", "amount_minor", "category", "kind", "merchant", "counterparty")
    return signals.stopped(regular, known.collect(engine="in-memory"), as_of=day)
