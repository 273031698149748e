"""Travel: what kind of place the customer goes to."""

from __future__ import annotations

import numpy as np
import polars as pl

from persona.clock import AsOf
from persona.signals.places import PLACES
from persona.signals.state import State
from persona.tables import Frame

__all__ = ["destinations", "trips"]


def destinations(trips: Frame, redeemed: Frame, *, as_of: AsOf) -> Frame:
    """The kind of place that each customer booked or redeemed for most often.

    Grain: one row a customer with such a booking or redemption before ``as_of``, sorted.
    Reads: ``customer_no``, ``place`` and ``times`` of the trips; redemptions by their destination. A country alone
    tells no kind of place and is not used. Makes: ``destination_kind`` (of equals the first by name).
    """
    known = redeemed.filter(pl.col("customer_no").is_not_null() & (pl.col("at") < as_of.naive_utc))
    chosen = known.select("customer_no", place=pl.col("destination"), times=pl.lit(1, dtype=pl.Int64))
    told = pl.concat([trips.select("customer_no", "place", "times"), chosen]).filter(pl.col("place").is_not_null())
    counted = told.group_by("customer_no", "place").agg(pl.col("times").sum())
    ranked = counted.sort("customer_no", -pl.col("times"), "place").group_by("customer_no", maintain_order=True)
    return ranked.agg(destination_kind=pl.col("place").first()).sort("customer_no")


def trips(state: State) -> pl.DataFrame:
    """How often each customer booked a trip that told a kind of place: ``customer_no``, ``place``, ``times``."""
    who, kind = np.nonzero(state.places)
    places = pl.Series(PLACES, dtype=pl.String).gather(kind)
    return pl.DataFrame({"customer_no": state.customers[who], "place": places, "times": state.places[who, kind]})
