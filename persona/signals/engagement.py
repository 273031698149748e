"""Engagement: what the customer looked at, and how often he came."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from persona.clock import AsOf
from persona.tables import Frame
from persona.tables.profile import EVENT_DAYS

__all__ = ["engagement"]

_LOGIN_DAYS = 30


def engagement(events: Frame, *, as_of: AsOf, subjects: Sequence[str]) -> Frame:
    """Events of each customer before the day of ``as_of`` over windows, by subject.

    Grain: one row a customer with an event, sorted.
    Makes: ``logins_30d``, ``last_event_days`` (1 is the day before), ``events_<d>d_<subject>`` (counts).
    """
    local = pl.col("at").dt.replace_time_zone("UTC").dt.convert_time_zone(as_of.zone).dt.date()
    known = events.filter(pl.col("customer_no").is_not_null() & (local < as_of.day))
    aged = known.with_columns(age=(pl.lit(as_of.day) - local).dt.total_days())
    is_login = (pl.col("type") == "login") & (pl.col("age") <= _LOGIN_DAYS)
    about = {
        f"events_{days}d_{subject}": (pl.col("subject") == subject) & (pl.col("age") <= days)
        for subject in subjects
        for days in EVENT_DAYS
    }
    counts = {name: seen.sum().cast(pl.Int64) for name, seen in ({"logins_30d": is_login} | about).items()}
    # Most events are older than every window: only their day counts.
    newest = aged.group_by("customer_no").agg(last_event_days=pl.col("age").min())
    recent = aged.filter(pl.col("age") <= max(_LOGIN_DAYS, *EVENT_DAYS)).group_by("customer_no").agg(**counts)
    both = newest.join(recent, on="customer_no", how="left")
    return both.with_columns(pl.col(*counts).fill_null(0)).sort("customer_no")
