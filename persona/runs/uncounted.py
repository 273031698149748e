"""Bookings that count nowhere, or not as what they are: of another currency, or purchases that come in as income."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from persona import foundation
from persona.clock import AsOf
from persona.policy.policy import Policy
from persona.runs.slices import slices
from persona.store import Store

__all__ = ["LEAST_SHARE", "foreign", "purchases"]

LEAST_SHARE = 0.05
"""Of a source's purchases: where fewer are spending, their sign is read the wrong way round."""
MANY = 3_000_000
"""Rows that are looked at in one go."""


def foreign(store: Store, policy: Policy, as_of: AsOf) -> pl.DataFrame:
    """The bookings before a day that are in no signal, because their currency is not the workspace's.

    Grain: one row a source and currency, sorted. Makes: ``rows``.
    """
    currency = policy.workspace.currency
    return _by_source(
        store, as_of, ["currency"], lambda rows: foundation.foreign_rows(rows, as_of=as_of, currency=currency)
    )


def purchases(store: Store, policy: Policy, as_of: AsOf) -> pl.DataFrame:
    """The bookings of each source that look like purchases, and those of them that are spending.

    Grain: one row a source that has any, sorted. Makes: ``rows``, ``spent`` and ``counted``, as
    ``foundation.purchase_rows`` has them.
    """
    tree, currency = policy.categories, policy.workspace.currency
    return _by_source(store, as_of, [], lambda rows: foundation.purchase_rows(rows, categories=tree, currency=currency))


def _by_source(
    store: Store, as_of: AsOf, key: Sequence[str], count: Callable[[pl.LazyFrame], pl.LazyFrame]
) -> pl.DataFrame:
    """What is counted of each delivery, summed up by source."""
    parts = [
        count(store.scan("transactions", buckets, as_of=as_of.day)).collect(engine="in-memory")
        for buckets in slices(store, "transactions", most=MANY)
    ]
    named = pl.concat(parts).join(store.deliveries().select("delivery_no", "source"), on="delivery_no")
    sums = named.drop("delivery_no").group_by("source", *key).agg(pl.all().sum())
    return sums.sort("source", *key)
