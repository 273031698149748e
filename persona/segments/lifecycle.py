"""Lifecycle: in which phase of his relation with the bank the customer is."""

from __future__ import annotations

import polars as pl

from persona.tables import Frame

__all__ = ["PHASES", "lifecycle"]

PHASES = ("new", "returned", "growing", "steady", "declining", "at_risk", "lapsed", "inactive")
"""In the order of their activity in the next 30 days, as measured on three data sets; inactive never bought."""

_NEW_DAYS = 60
_OVERDUE, _LAPSED = 3, 6
_GROWING, _DECLINING = 1.3, 0.7


def lifecycle(known: Frame) -> Frame:
    """The phase of each customer; the first that fits, from top to bottom.

    inactive: never bought, a customer for more than 60 days or nobody knows how long; new: a customer, or where that is
    not known a buyer, for at most 60 days; lapsed: overdue more than 6 times his cadence; at_risk: more than 3 times;
    returned: back within 60 days after a silence of more than 6 times his cadence; growing: trend above 1.3; declining:
    below .7; steady: all others.

    Grain: one row a customer of ``known``, sorted. Reads: ``tenure_days``, ``first_purchase_days``, ``cadence_days``,
    ``overdue``, ``silence_days``, ``spend_trend``. Makes: ``lifecycle`` (never null).
    Growth regresses to the mean: promise nothing from a trend alone.
    """
    tenure = pl.coalesce("tenure_days", "first_purchase_days")
    fits = (
        ("new", tenure <= _NEW_DAYS),
        ("inactive", pl.col("first_purchase_days").is_null()),
        ("lapsed", pl.col("overdue") > _LAPSED),
        ("at_risk", pl.col("overdue") > _OVERDUE),
        ("returned", pl.col("silence_days") > _LAPSED * pl.col("cadence_days")),
        ("growing", pl.col("spend_trend") > _GROWING),
        ("declining", pl.col("spend_trend") < _DECLINING),
    )
    phase = pl.coalesce(*(pl.when(is_so).then(pl.lit(name)) for name, is_so in fits), pl.lit("steady"))
    return known.sort("customer_no").select("customer_no", lifecycle=phase)
