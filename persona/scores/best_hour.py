"""The best hour: whether each customer's own hour, as told a month ago, hit more of what he bought than one for all."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from persona.scores.cards import MeasuredHits, ModelCard

__all__ = ["HOUR_DAYS", "measured_hour"]

HOUR_DAYS = 30
_HOURS = 24
_NEAR = 1
"""Hours on either side that count as a hit."""
_LEAST_CAME = 200
_DIGITS = 6


def measured_hour(told: pl.DataFrame, bought: pl.DataFrame, *, usual: int | None, as_of: date) -> ModelCard:
    """The card of the best hour; where its ``numbers`` are empty it foretells no better than one hour for everybody.

    Reads: ``told``, one row a customer, ``customer_no`` and ``best_hour`` as of ``HOUR_DAYS`` before ``as_of``;
    ``bought``, one row a purchase since, ``customer_no`` and ``hour`` (0..23, local; null: it has none); ``usual``, the
    book's best hour as of then. Of fewer than 200 purchases the hour is told, and the card says that nobody can judge.
    """
    both = bought.drop_nulls("hour").join(told.drop_nulls("best_hour"), on="customer_no")
    share, of_usual = (both.select(_is_near(hour).mean()).item() for hour in (pl.col("best_hour"), pl.lit(usual)))
    found = None
    if share is not None and of_usual is not None:
        found = MeasuredHits(round(share, _DIGITS), round(of_usual, _DIGITS), f"{usual}:00 for everybody", both.height)
    why = [f"{both.height:,} purchases have an hour, {_LEAST_CAME:,} are needed"] if both.height < _LEAST_CAME else []
    is_worse = found is not None and not why and found.hits <= found.naive_hits
    if found and is_worse:
        why.append(f"no better than the book's hour ({found.hits:.3f} of purchases against {found.naive_hits:.3f})")
    start = as_of - timedelta(days=HOUR_DAYS)
    return ModelCard(
        model="best hour",
        says=(
            "The hour around which a customer is most active, from his own moments and eight of the book's.",
            f"A hit is a purchase within {_NEAR} hour of it; what is paid regularly is left out.",
        ),
        as_of=str(as_of),
        horizon_days=HOUR_DAYS,
        learnt_from=(f"purchases and events of a year before {start}, and the hours of purchases until {as_of}",),
        customers=both["customer_no"].n_unique(),
        positives=None,
        measured=found,
        drift={},
        not_trusted_because=tuple(why),
        used="nothing" if is_worse else "each customer's own hour",
        numbers={} if is_worse else {"near_hours": _NEAR},
    )


def _is_near(hour: pl.Expr) -> pl.Expr:
    apart = (pl.col("hour").cast(pl.Int64) - hour.cast(pl.Int64)).abs()
    return pl.min_horizontal(apart, _HOURS - apart) <= _NEAR
