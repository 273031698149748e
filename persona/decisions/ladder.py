"""One customer's price ladder: each price with its value, and what keeps it from him."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from persona.decisions.prices import answered, key, with_prices
from persona.decisions.value import Reader, Urgencies, factors, inclined, propensity, value_milli
from persona.policy.actions import Action
from persona.policy.prices import COLUMN, Ladder, Number

__all__ = ["Weighed", "price_ladder"]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A price of the ladder as it was weighed for one customer on one channel."""

    point: int
    """Its place on the ladder."""
    band: int | None
    """The row of the rate table that holds him; None: what it divides is not known."""
    p: float | None
    worth_minor: int | None
    value_milli: int | None
    why_not: str
    """Why it is not open to him; empty where it is."""


def price_ladder(
    row: pl.DataFrame,
    action: Action,
    chances: pl.DataFrame,
    curves: pl.DataFrame,
    *,
    day: date,
    read: Reader,
    urgencies: Urgencies | None = None,
    odds: pl.DataFrame | None = None,
) -> Iterator[Weighed]:
    """Each price of an action's offer for the one customer of ``row``, whose propensities are ``chances``.

    ``odds`` has the one row of how far he leans to channels and parts of the day (``value.inclined``).
    """
    offer, ladder = action.offer, action.offer.price
    if ladder is None:
        return
    known = with_prices(factors(row, [offer], day=day, read=read, urgencies=urgencies), row, [offer], curves, read)
    told = known.row(0, named=True)
    band, chance = told[f"band_{offer.offer}"], chances[f"p_{offer.offer}"].item()
    lean = 0.0 if odds is None else float(np.log(inclined(odds, action).item()))
    for place, point in enumerate(ladder.points):
        name = key(offer, place)
        worth, p, value = told[f"worth_{name}"], None, None
        if chance is not None:
            shifted = answered(np.array([chance]), np.array([told[f"shift_{name}"] + lean]))
            p = float(propensity(shifted, action)[0])
        if p is not None and worth is not None:
            context, lever = (np.array([told[f"{word}_{offer.offer}"]]) for word in ("context", "lever"))
            value = int(value_milli(np.array([p]), np.array([worth]), context, lever, action)[0])
        is_met = True
        if ladder.when:
            may = read(offer, "price", "when").expr.fill_null(value=False).alias("met")
            is_met = bool(row.with_columns(pl.lit(float(point.price)).alias(COLUMN)).with_columns(may)["met"].item())
        why = _closed(ladder, band, point.price, is_met=is_met, is_open=bool(told[f"open_{name}"]))
        yield Weighed(place, band, p, worth, value, why)


def _closed(ladder: Ladder, band: int | None, price: Number, *, is_met: bool, is_open: bool) -> str:
    if band is None:
        return "his band is not known"
    row = ladder.bands_or_all[band]
    if row.floor is not None and price < row.floor:
        return f"below the floor of band {row.id}, {row.floor}"
    if row.ceiling is not None and price > row.ceiling:
        return f"above the ceiling of band {row.id}, {row.ceiling}"
    if not is_met:
        return f"does not meet: {ladder.when}"
    return "" if is_open else "no answer to prices is known: the one nearest to the base is told"
