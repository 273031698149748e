"""What the customer holds on the day, product by product."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import polars as pl

from persona.foundation.snapshots import newest_known
from persona.tables import Frame

__all__ = ["holding_facts"]


def holding_facts(holdings: Frame, *, as_of: date, products: Sequence[str]) -> Frame:
    """What each customer holds of each product.

    Grain: one row a customer with an open holding, here or elsewhere, sorted by ``customer_no``.
    Reads: the rows of ``holdings`` of all deliveries that still stand (``snapshots.of_newest_deliveries``).
    Makes: the columns of ``tables.profile.holdings``. Open is what was opened before ``as_of`` (or nobody knows when)
    and not closed before it. Sums are null where no part is known; what is held elsewhere is in no sum.
    """
    linked = holdings.filter(pl.col("customer_no").is_not_null())
    said = newest_known(linked, as_of=as_of, key=["holding_id", "product"])
    begun = pl.col("opened_on").is_null() | (pl.col("opened_on") < as_of)
    running = pl.col("closed_on").is_null() | (pl.col("closed_on") >= as_of)
    facts = [fact for product in products for fact in _facts(product, as_of)]
    return said.filter(begun & running).group_by("customer_no").agg(facts).sort("customer_no")


def _facts(product: str, as_of: date) -> Iterable[pl.Expr]:
    of_product = pl.col("product") == product
    is_external = pl.col("is_external").fill_null(False)
    here = of_product & ~is_external
    yield here.any().alias(f"holds_{product}")
    yield (of_product & is_external).any().alias(f"external_{product}")
    yield _sum_known(pl.col("balance_minor").filter(here)).alias(f"balance_{product}_minor")
    yield _sum_known(pl.col("limit_minor").filter(here)).alias(f"limit_{product}_minor")
    yield pl.col("rate").filter(here).max().alias(f"rate_{product}")
    next_end = pl.col("matures_on").filter(of_product & (pl.col("matures_on") >= as_of)).min()
    yield (next_end - pl.lit(as_of)).dt.total_days().alias(f"matures_in_days_{product}")
    yield next_end.alias(f"matures_on_{product}")


def _sum_known(amounts: pl.Expr) -> pl.Expr:
    return pl.when(amounts.count() > 0).then(amounts.sum())
