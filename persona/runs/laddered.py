"""The price ladders of one customer as a night weighed them: each price with its value, and why it was not told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from persona.decisions import price_ladder
from persona.policy.actions import Action
from persona.policy.triggers import urgencies
from persona.runs.deciding import room_of
from persona.runs.plan import Night

__all__ = ["Rung", "ladders"]


@dataclass(frozen=True, slots=True)
class Rung:
    """A price of an offer on one channel, as it was weighed for a customer."""

    offer_id: str
    treatment_id: str
    point: str
    price: str
    band: str | None
    """The row of the rate table that holds him; None: not known."""
    p: float | None
    """Probability that he takes it at this price, on this channel."""
    worth_minor: int | None
    value_milli: int | None
    why_not: str
    """Empty where it is the price that he is told of this offer."""
    lot: float | None = None
    """Probability with which a lot fell on it; None: it did not, or the price was chosen."""


def ladders(night: Night, profile: pl.DataFrame, place: int, candidates: pl.DataFrame) -> tuple[Rung, ...]:
    """Every price of the offers with a ladder that the customer at a place of ``profile`` may get, channel by channel.

    Nothing of a night that an earlier version decided.
    """
    if "price_curves" not in night.generation:
        return ()
    by_rank = candidates.sort("rank", descending=True).to_dicts()
    taken = [row for row in by_rank if row["reason"] in ("O", "H")]
    mine = {
        (row["offer_id"], row["treatment_id"]): (row["price_point"], row.get("price_lot")) for row in [*by_rank, *taken]
    }
    row = profile.slice(place, 1)
    number = int(row["customer_no"].item())
    chances = night.table("propensities").filter(pl.col("customer_no") == number)
    windows = {(one["offer_id"], one["band"]): one for one in night.table("prices").to_dicts()}
    made: list[Rung] = []
    told: set[tuple[str, str]] = set()
    for action in room_of(night).actions:
        key = (action.offer.offer, action.treatment.id)
        if action.offer.price and key in mine and key not in told:
            told.add(key)
            made += _rungs(night, action, row, chances, windows, *mine[key])
    return tuple(made)


def _rungs(
    night: Night,
    action: Action,
    row: pl.DataFrame,
    chances: pl.DataFrame,
    windows: Mapping[tuple[str, str], Mapping[str, object]],
    chosen: str | None,
    lot: float | None,
) -> Iterator[Rung]:
    ladder, offer = action.offer.price, action.offer
    if ladder is None:
        return
    odds = None
    if "inclinations" in night.generation:
        odds = night.table("inclinations").filter(pl.col("customer_no") == row["customer_no"].item())
    weighed = price_ladder(
        row,
        action,
        chances,
        night.table("price_curves"),
        day=night.as_of.day,
        read=night.policy.checked,
        urgencies=urgencies(night.policy.triggers),
        odds=odds,
    )
    for one in weighed:
        point = ladder.points[one.point]
        band = None if one.band is None else ladder.bands_or_all[one.band]
        window = windows.get((offer.offer, band.id), {}) if band else {}
        why = one.why_not or _beside(ladder_ends(night, offer.offer, window), float(point.price))
        if not why and point.id != chosen:
            why = "another price is worth more" if lot is None else "prices are by lot, and it fell on another"
        name = None if band is None else band.id
        yield Rung(
            offer.offer, action.treatment.id, point.id, str(point.price), name, one.p, one.worth_minor, one.value_milli,
            why, lot if point.id == chosen else None,
        )  # fmt: skip


def ladder_ends(night: Night, offer_id: str, window: Mapping[str, object]) -> tuple[float, float] | None:
    """The lowest and the highest price that parity leaves a band; None: it leaves all."""
    offer = next(one for one in night.policy.offers if one.offer == offer_id)
    prices = {point.id: float(point.price) for point in offer.price.points} if offer.price else {}
    ends = [prices[str(window[name])] for name in ("lowest", "highest") if window.get(name) in prices]
    return (ends[0], ends[1]) if len(ends) == 2 else None  # noqa: PLR2004 - both ends


def _beside(ends: tuple[float, float] | None, price: float) -> str:
    if ends is None or ends[0] <= price <= ends[1]:
        return ""
    return "parity: others of his band are told prices too far from it"
