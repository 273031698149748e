"""Which suppression stops a customer from being told something of each class on each channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from persona.policy.actions import SLOTS

__all__ = ["stopped"]


def stopped(
    customers: pl.DataFrame,
    suppressions: pl.DataFrame,
    *,
    stops: Mapping[str, Sequence[str]],
    channels: Sequence[str],
) -> pl.DataFrame:
    """The type that stops each customer, by class and channel.

    Grain: one row a row of ``customers``, in its order.
    Reads: ``suppressions`` in force (``customer_no``, ``type``, ``channel``: null is all of them); ``stops`` says which
    classes a type stops. A type that the policy does not name stops every class.
    Makes: ``stop_<class>_<channel>`` (text, the first type of the alphabet; null: nothing stops it).
    """
    types = suppressions["type"].unique().sort().to_list()
    stoppers = {slot: [name for name in types if slot in stops.get(name, SLOTS)] for slot in SLOTS}
    kind = pl.col("type")
    here = {channel: pl.col("channel").is_null() | (pl.col("channel") == channel) for channel in channels}
    by_customer = suppressions.group_by("customer_no").agg(
        kind.filter(kind.is_in(stoppers[slot]) & here[channel]).min().alias(f"stop_{slot}_{channel}")
        for slot in SLOTS
        for channel in channels
    )
    return customers.select("customer_no").join(by_customer, on="customer_no", how="left", maintain_order="left")
