"""Lifecycle: in which phase of his relation with the bank the customer is."""

from __future__ import annotations

import math

import polars as pl

from persona.tables import Frame
from persona.tables.profile import PHASES

__all__ = ["PHASES", "lifecycle"]

_NEW_DAYS = 60
_OVERDUE, _LAPSED = 3, 6
_GROWING, _DECLINING = 1.3, 0.7
_ODDS = 10
"""How much likelier another phase must be than the one of the night before, to take its place."""
_MORE_OVERDUE = math.log(_ODDS)
"""Who buys at his usual beat is silent for so many cadences more with a tenth of the chance."""
_DEVIATIONS = 1.335
"""Standard deviations beyond which a normal value lies at odds of 1 to 10."""


def lifecycle(known: Frame, before: Frame | None = None) -> Frame:
    """The phase of each customer; the first that fits, from top to bottom.

    inactive: never bought, a customer for more than 60 days or nobody knows how long; new: a customer, or where that is
    not known a buyer, for at most 60 days; lapsed: overdue more than 6 times his cadence; at_risk: more than 3 times;
    returned: back within 60 days after a silence of more than 6 times his cadence; growing: trend above 1.3; declining:
    below .7; steady: all others.

    Who had a phase the night ``before`` leaves it only for one that is ten times as likely: 2.3 cadences more of
    silence, or a trend 1.335 of its standard deviations (by the purchases of 90 days) beyond the limit. Otherwise
    chance alone moves one in nine of those who buy as ever, each week; so it moves one in a hundred.

    Grain: one row a customer of ``known``, sorted. Reads: ``tenure_days``, ``first_purchase_days``, ``cadence_days``,
    ``overdue``, ``silence_days``, ``spend_trend``, ``purchases_90d``; of ``before`` ``customer_no``, ``lifecycle``.
    Makes: ``lifecycle`` (never null). Growth regresses to the mean: promise nothing from a trend alone.
    """
    tenure = pl.coalesce("tenure_days", "first_purchase_days")
    fits = (
        ("new", tenure <= _NEW_DAYS),
        ("inactive", pl.col("first_purchase_days").is_null()),
        ("lapsed", pl.col("overdue") > _LAPSED + _more_unless("lapsed")),
        ("at_risk", pl.col("overdue") > _OVERDUE + _more_unless("at_risk", "lapsed")),
        ("returned", pl.col("silence_days") > _LAPSED * pl.col("cadence_days")),
        ("growing", pl.col("spend_trend") > _GROWING * _margin("growing")),
        ("declining", pl.col("spend_trend") < _DECLINING / _margin("declining")),
    )
    phase = pl.coalesce(*(pl.when(is_so).then(pl.lit(name)) for name, is_so in fits), pl.lit("steady"))
    return _with_past(known, before).sort("customer_no").select("customer_no", lifecycle=phase)


def _with_past(known: Frame, before: Frame | None) -> Frame:
    """The customers with their phase of the night before as ``past``, null where there was none."""
    if before is None:
        return known.with_columns(past=pl.lit(None, dtype=pl.String))
    past = before.select("customer_no", past="lifecycle")
    return known.join(past, on="customer_no", how="left")


def _more_unless(*phases: str) -> pl.Expr:
    """Cadences of silence asked beyond the limit of who was in none of the phases the night before."""
    was_other = pl.col("past").is_not_null() & ~pl.col("past").is_in(phases)
    return pl.when(was_other).then(_MORE_OVERDUE).otherwise(0.0)


def _margin(phase: str) -> pl.Expr:
    """By what the limit of the trend is multiplied outwards, of who was in the phase inwards."""
    log = _DEVIATIONS / pl.max_horizontal(pl.col("purchases_90d"), 1).sqrt()
    sign = pl.when(pl.col("past") == phase).then(-1).when(pl.col("past").is_not_null()).then(1).otherwise(0)
    return (sign * log).exp()
