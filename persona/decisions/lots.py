"""Prices by lot: which price of a ladder is told to those for whom it is drawn, and with what probability.

Lots fall among the prices that are open to the customer, within the window that parity leaves his band, and worth more
than silence. The offer competes at the mean of those prices, so that whether he is told it does not hang on the lot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from persona.buckets import hashed, mixed
from persona.policy.actions import Action
from persona.policy.prices import Ladder

__all__ = ["Draw", "drawn_prices", "own_values", "with_draws"]

DIGITS = 6
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Draw:
    """What came of the lots of one offer; places are those among the proposals."""

    drawn: Whole
    """The price of each customer and treatment on which the lot fell."""
    beside: Whole
    """The prices of the same customers and treatments on which it did not fall."""
    p: NDArray[np.float64]
    """Of each that was drawn: its lots over all lots; 6 digits."""
    mean_milli: Whole
    """Of each that was drawn: what the prices are worth on average over the lots."""


def drawn_prices(
    rows: Whole, kept: Flags, *, proposals: pl.DataFrame, actions: Sequence[Action], ladder: Ladder
) -> Draw:
    """The lots of one offer.

    Reads: ``rows``, the offer's places among the proposals; whether parity has ``kept`` each; ``lot``, ``value_milli``,
    ``customer_no``, ``action`` and ``point`` of the proposals.
    Source: of several lots the least number is drawn, so that among any of the prices each falls as often as it has
    lots; they are ``lot`` ``mixed`` with ``hashed("price", point|number)``.
    """
    here = proposals[rows].select("customer_no", "action", "point", "value_milli", "lot")
    is_lot = (here["lot"].is_not_null() & (here["value_milli"] > 0)).to_numpy() & kept
    tickets, lots = _tickets(here["lot"].fill_null(0).to_numpy(), here["point"].to_numpy(), ladder)
    is_lot &= lots > 0
    # Where prices are columns of their own, those of one treatment are drawn from together.
    family: dict[tuple[str, str | None], int] = {}
    of_action = {one.index: family.setdefault(_put(one), len(family)) for one in actions}
    places = np.array([of_action.get(index, -1) for index in range(max(of_action, default=0) + 1)], dtype=np.int64)
    owner = here["customer_no"].to_numpy() * max(len(family), 1) + places[here["action"].to_numpy()]
    told = np.flatnonzero(is_lot)
    order = told[np.lexsort((here["point"].to_numpy()[told], tickets[told], owner[told]))]
    first = np.flatnonzero(np.diff(owner[order], prepend=-1) != 0)
    total, weighted = (
        np.add.reduceat(one[order], first) if len(first) else np.zeros(0, dtype=np.int64)
        for one in (lots, lots * here["value_milli"].to_numpy())
    )
    drawn = order[first]
    of_lot = np.isin(owner, owner[drawn])
    of_lot[drawn] = False
    return Draw(
        rows[drawn],
        rows[of_lot],
        np.round(lots[drawn] / np.maximum(total, 1), DIGITS),
        (2 * weighted + total) // np.maximum(2 * total, 1),
    )


def _put(action: Action) -> tuple[str, str | None]:
    return action.treatment.id, action.hours.id if action.hours else None


def _tickets(lot: NDArray[np.uint64], point: NDArray[np.int8], ladder: Ladder) -> tuple[NDArray[np.uint64], Whole]:
    """The least of the numbers of each row's price, and how many it has."""
    tickets, lots = np.full(len(lot), np.iinfo(np.uint64).max, dtype=np.uint64), np.zeros(len(lot), dtype=np.int64)
    for place, one in enumerate(ladder.points):
        here = point == place
        lots[here] = one.lots
        for number in range(one.lots):
            tickets[here] = np.minimum(tickets[here], mixed(lot[here], hashed("price", f"{one.id}|{number}")))
    return tickets, lots


def with_draws(proposals: pl.DataFrame, draws: Mapping[str, Draw]) -> pl.DataFrame:
    """The proposals, those by lot at the mean of their prices; what was drawn is worth is ``own_milli``.

    Makes: ``price_lot`` (probability of the price; null: it was chosen), ``own_milli`` (null: ``value_milli``);
    ``p_logged``; ``is_left_out`` of prices beside one that was drawn.
    """
    drawn, beside = (np.concatenate([getattr(one, name) for one in draws.values()]) for name in ("drawn", "beside"))
    p, mean = (np.concatenate([getattr(one, name) for one in draws.values()]) for name in ("p", "mean_milli"))
    chance, value = np.full(proposals.height, np.nan), proposals["value_milli"].to_numpy().copy()
    is_beside = np.zeros(proposals.height, dtype=np.bool_)
    chance[drawn], value[drawn], is_beside[beside] = p, mean, True
    lot = pl.Series("price_lot", chance).fill_nan(None)
    return proposals.with_columns(
        lot,
        pl.when(lot.is_not_null()).then("value_milli").alias("own_milli"),
        pl.Series("value_milli", value),
        p_logged=pl.coalesce(lot, "p_logged"),
        is_left_out=pl.col("is_left_out") | pl.Series(is_beside),
    )


def own_values(proposals: pl.DataFrame) -> pl.DataFrame:
    """The proposals, each worth what its own price is worth again."""
    if "own_milli" not in proposals.columns:
        return proposals
    return proposals.with_columns(value_milli=pl.coalesce("own_milli", "value_milli")).drop("own_milli")
