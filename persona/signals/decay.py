"""Decayed sums: what happened lately counts more, halved with every half-life."""

from __future__ import annotations

import numpy as np
import polars as pl

from persona.signals.counting import Floats
from persona.signals.state import State

__all__ = ["decayed_spending", "exposure_days", "fading"]

_HALF_LIFE_DAYS = 90
_DIGITS = 6


def decayed_spending(state: State) -> pl.DataFrame:
    """Net spending of each customer, of which a half counts after 90 days, a quarter after 180.

    Grain: one row a customer, sorted. Makes: ``spend_decayed_minor`` (minor units, rounded half up; never null).
    """
    total = np.round(state.spent * fading(state, half_life_days=_HALF_LIFE_DAYS), _DIGITS)
    whole = np.floor(total + 0.5).astype(np.int64)
    return pl.DataFrame({"customer_no": state.customers, "spend_decayed_minor": whole})


def fading(state: State, *, half_life_days: int) -> float:
    """What the sums of the state that halve so fast are times on its day."""
    return float(2.0 ** (-state.day / half_life_days))


def exposure_days(tenure_days: Floats, *, half_life_days: int) -> Floats:
    """The decayed number of days of a tenure: what the decayed count of one purchase a day would tend to."""
    return np.asarray(half_life_days / np.log(2) * (1 - 2.0 ** (-tenure_days / half_life_days)), dtype=np.float64)
