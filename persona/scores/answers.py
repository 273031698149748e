"""Answers: every contact with an offer and the day on which it was accepted, as it was known on any earlier day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from persona.scores.affinity_state import Ints

__all__ = ["CLOSED_DAYS", "Past", "contacts", "is_closed", "past_of"]

CLOSED_DAYS = 14
"""Answers to younger contacts may still come."""


def contacts(outcomes: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """The contacts before ``as_of``, each with the day on which the offer was accepted.

    A contact is a customer, offer, channel and day of ``sent``; it is accepted when the customer accepts the offer from
    then until the next contact with it. One acceptance after messages on two channels of one day is one: it stands at
    the first channel. Holdouts, who were not contacted, are left out. An answer that names no contact of ours counts
    for nothing.

    Grain: one row a customer, offer, day and channel, sorted. Reads: canonical ``outcomes``.
    Makes: ``on`` (day of the contact), ``accepted_on`` (the first day; null: not accepted).
    """
    linked = outcomes.filter(pl.col("customer_no").is_not_null() & (pl.col("at").dt.date() < as_of))
    treated = linked.filter(pl.col("arm").fill_null("treated") == "treated").with_columns(on=pl.col("at").dt.date())
    pair = ["customer_no", "offer_id"]
    sent = treated.filter(pl.col("outcome") == "sent").select(*pair, "on", "channel").unique()
    answers = treated.filter(pl.col("outcome") == "accepted").select(*pair, "on", accepted_on="on").unique().sort("on")
    # Each answer belongs to the newest contact before it, on whatever channel.
    days = sent.select(*pair, "on", sent_on="on").unique().sort("on")
    matched = answers.join_asof(days, on="on", by=pair, strategy="backward", check_sortedness=False)
    first = matched.drop_nulls("sent_on").group_by(*pair, on="sent_on").agg(pl.col("accepted_on").min())
    ordered = sent.sort(*pair, "on", "channel").with_columns(nth=pl.int_range(pl.len()).over([*pair, "on"]))
    told = ordered.join(first, on=[*pair, "on"], how="left", maintain_order="left")
    return told.with_columns(accepted_on=pl.when(pl.col("nth") == 0).then("accepted_on")).drop("nth")


@dataclass(frozen=True, slots=True)
class Past:
    """What was known, on a day of his own, of each customer's earlier contacts; one element a row."""

    closed: Ints
    """Contacts so long ago that answers to them have come."""
    accepted: Ints
    """How many of all earlier contacts had been accepted."""

    def only(self, kept: Ints) -> Past:
        """The rows at some positions."""
        return Past(self.closed[kept], self.accepted[kept])


def past_of(rows: pl.DataFrame, told: pl.DataFrame) -> Past:
    """What was known of each row's customer before its day; ``told`` is what ``contacts`` makes, in any order.

    Reads: ``customer_no``, ``on`` of the rows.
    """
    numbered = rows.select("customer_no", day="on").with_row_index("row")
    days = told.group_by("customer_no", "offer_id", "on").agg(pl.col("accepted_on").min())
    met = numbered.lazy().join(days.lazy(), on="customer_no").filter(pl.col("on") < pl.col("day"))
    age = (pl.col("day") - pl.col("on")).dt.total_days()
    is_accepted = (pl.col("accepted_on") < pl.col("day")).fill_null(value=False)
    counted = met.group_by("row").agg(closed=((age >= CLOSED_DAYS) | is_accepted).sum(), accepted=is_accepted.sum())
    found = counted.collect(engine="in-memory")
    made = []
    for name in ("closed", "accepted"):
        number = np.zeros(rows.height, dtype=np.int64)
        number[found["row"].to_numpy()] = found[name].to_numpy()
        made.append(number)
    return Past(*made)


def is_closed(as_of: date) -> pl.Expr:
    """Whether answers to a contact have had their time."""
    return pl.col("on") <= as_of - timedelta(days=CLOSED_DAYS)
