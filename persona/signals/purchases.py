"""The spending of one batch as arrays: what every spending signal counts and sums, read from the bookings once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = ["Floats", "Ints", "Purchases", "exact_sums", "positions", "purchases"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Purchases:
    """One element a booking that is spending, in any order: every sum over them is of integers and thus exact."""

    customers: Ints
    """Every customer of the batch, sorted; also those who never bought."""
    words: tuple[str, ...]
    """Categories: leaves and the groups above them."""
    who: Ints
    """Position in ``customers``."""
    category: Ints
    """Position in ``words``; -1 for none."""
    age_days: Ints
    """Days before ``as_of``; 1 is the day before."""
    spent_minor: Ints
    """Minor units; > 0 a purchase, < 0 a refund."""

    @property
    def bought(self) -> Purchases:
        """Purchases only, without refunds."""
        return self.where(self.spent_minor > 0)

    def within(self, days: int) -> Purchases:
        """Those of the last days."""
        return self.where(self.age_days <= days)

    def where(self, kept: NDArray[np.bool_]) -> Purchases:
        """Those that are kept; the customers stay all."""
        rows = (self.who[kept], self.category[kept], self.age_days[kept], self.spent_minor[kept])
        return Purchases(self.customers, self.words, *rows)


def purchases(customers: pl.DataFrame, bookings: pl.DataFrame, *, as_of: date, categories: Sequence[str]) -> Purchases:
    """The spending of the customers as arrays.

    Reads: ``customer_no`` of ``customers``; ``customer_no``, ``booked_on``, ``category`` and ``spent_minor`` of
    ``bookings``, whose customers are all in ``customers``. Data frames, because numpy counts them.
    """
    everyone = np.unique(customers["customer_no"].to_numpy())
    spent = bookings.lazy().filter(pl.col("spent_minor") != 0)
    word = pl.col("category").cast(pl.Enum(categories), strict=False).to_physical()
    rows = spent.select(
        "customer_no",
        word.cast(pl.Int64).fill_null(-1),
        (pl.lit(as_of) - pl.col("booked_on")).dt.total_days(),
        "spent_minor",
    ).collect()
    who, word_no, age_days, spent_minor = (column.to_numpy() for column in rows)
    return Purchases(everyone, tuple(categories), positions(everyone, who), word_no, age_days, spent_minor)


def positions(customers: Ints, who: Ints) -> Ints:
    """Where each customer number stands among the sorted customers."""
    if not len(customers):
        return np.zeros(len(who), dtype=np.int64)
    span = int(customers[-1] - customers[0]) + 1
    if span > 8 * len(customers) + 1_000_000:
        return np.searchsorted(customers, who).astype(np.int64)
    # Customer numbers lie close together: a table is several times faster than a search.
    table = np.zeros(span, dtype=np.int64)
    table[customers - customers[0]] = np.arange(len(customers))
    return np.asarray(table[who - customers[0]], dtype=np.int64)


def exact_sums(where: Ints, weights: Ints | Floats, size: int) -> Ints:
    """Sums of integer weights by position: exact while a sum stays below 2**53, whatever the order."""
    return np.bincount(where, weights, minlength=size).astype(np.int64)
