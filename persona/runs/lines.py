"""The lines of a night: its bookings with what follows from each, worked out once for each part of the facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from persona import __version__, foundation, signals
from persona.runs.plan import Night, hashed
from persona.store import Rolled

__all__ = ["bought", "lines_of", "recipe_of", "within"]

_FOLDING = "2"
"""Raised with each change of what a line or the state counts: all is then folded anew."""


def recipe_of(night: Night) -> str:
    """The hash of all that the lines of a booking follow from, besides the booking."""
    workspace = night.policy.workspace
    words, tree = ",".join(night.policy.vocabulary.categories), night.policy.hash_of(("categories",))
    return hashed(__version__, _FOLDING, workspace.zone, workspace.currency, words, tree)


def lines_of(night: Night) -> Rolled:
    """The lines of all customers; those of parts that are new are made now."""
    workspace = night.policy.workspace

    def work(rows: pl.LazyFrame) -> pl.LazyFrame:
        made = foundation.booked(
            rows, zone=workspace.zone, categories=night.policy.categories, currency=workspace.currency
        )
        return signals.lines(made).drop("channel")

    return night.store.rolled("transactions", work, recipe=recipe_of(night), as_of=night.as_of.day)


def within(
    night: Night, lines: Rolled, buckets: Sequence[int] | None = None, *, days: int, until: date | None = None
) -> pl.LazyFrame:
    """The lines of the last days before a day, that of the run where none is given."""
    end = until or night.as_of.day
    start = end - timedelta(days=days)
    rows = lines.rows(buckets, since=start, until=end)
    return rows.filter(pl.col("booked_on").is_between(start, end, closed="left"))


def bought(
    night: Night,
    buckets: Sequence[int] | None = None,
    *,
    of: pl.DataFrame | None = None,
    since: date | None = None,
    until: date | None = None,
    lines: Rolled | None = None,
) -> pl.DataFrame:
    """Every purchase before a day, that of the run where none is given, or only from a day on; in no order.

    Of some buckets, of the customers of a frame (without buckets its own ``bucket`` tells where they are), where they
    are given. Makes: ``customer_no``, ``booked_on``, ``hour``, ``category``, ``spent_minor``.
    """
    end = until or night.as_of.day
    inside = of["bucket"].unique().to_list() if of is not None and buckets is None else buckets
    known = (lines or lines_of(night)).rows(inside, since=since, until=end)
    known = known.filter((pl.col("spent_minor") > 0) & (pl.col("booked_on") < end))
    if since is not None:
        known = known.filter(pl.col("booked_on") >= since)
    if of is not None:
        known = known.filter(pl.col("customer_no").is_in(of["customer_no"].implode()))
    made = known.select("customer_no", "booked_on", "hour", "category", "spent_minor")
    return (made.clear() if of is not None and of.is_empty() else made).collect(engine="in-memory")
