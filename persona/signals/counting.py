"""Counting and summing by customer with numpy: whole numbers, so that no order of rows changes a result."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "Ints", "exact_sums", "positions"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


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
