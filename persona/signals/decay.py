"""Decayed sums: what happened lately counts more, halved with every half-life."""

from __future__ import annotations

import numpy as np
import polars as pl

from persona.signals.purchases import Floats, Ints, Purchases, exact_sums

__all__ = ["decayed_spending", "decayed_units", "exposure_days"]

UNIT = 2**32
"""Weights are whole multiples of 1 / UNIT, so that their sums are exact up to two million purchases a customer."""
_HALF_LIFE_DAYS = 90
_MILLI = 1_000


def decayed_spending(purchases: Purchases) -> pl.DataFrame:
    """Net spending of each customer, of which a half counts after 90 days, a quarter after 180.

    Grain: one row a customer, sorted.
    Makes: ``spend_decayed_minor`` (minor units, rounded; each purchase to its thousandth; never null).
    """
    faded = np.rint(purchases.spent_minor * 2.0 ** (-purchases.age_days / _HALF_LIFE_DAYS) * _MILLI)
    thousandths = exact_sums(purchases.who, faded, len(purchases.customers))
    total = (thousandths + _MILLI // 2) // _MILLI
    return pl.DataFrame({"customer_no": purchases.customers, "spend_decayed_minor": total})


def decayed_units(bought: Purchases, *, half_life_days: int) -> Ints:
    """The decayed number of purchases of each customer, in units of 1 / UNIT."""
    if not len(bought.age_days):
        return np.zeros(len(bought.customers), dtype=np.int64)
    fading = np.rint(2.0 ** (-np.arange(bought.age_days.max() + 1) / half_life_days) * UNIT)
    return exact_sums(bought.who, fading[bought.age_days], len(bought.customers))


def exposure_days(tenure_days: Floats, *, half_life_days: int) -> Floats:
    """The decayed number of days of a tenure: what the decayed count of one purchase a day would tend to."""
    return np.asarray(half_life_days / np.log(2) * (1 - 2.0 ** (-tenure_days / half_life_days)), dtype=np.float64)
