"""Price ladders that cannot be meant: prices outside of their table, bands with gaps, worths that no price moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from persona.errors import PolicyError
from persona.policy.catalog import Offer
from persona.policy.lints.conditions import reaching
from persona.policy.nearest import known_words
from persona.policy.prices import AMOUNTS, COLUMN, RATES, Band, Ladder
from persona.policy.rules import Experiments

if TYPE_CHECKING:
    from persona.policy.policy import Policy

__all__ = ["mispriced", "undrawn", "unparted"]

_BANDS = ("price", "bands", "table")


def mispriced(policy: Policy) -> Iterator[PolicyError]:
    """Points of price ladders that nobody could be told, or that say the same; worths that read no price."""
    for offer in policy.offers:
        if offer.price:
            yield from _points(offer, offer.price)
            yield from _outside(offer, offer.price)
            yield from _unmoved(policy, offer)


def undrawn(policy: Policy) -> Iterator[PolicyError]:
    """Arms that draw prices where there are none to draw."""
    drawing = [one for one in policy.of(Experiments) if any(arm.decides == "price" for arm in one.layers)]
    ladders = [offer for offer in policy.offers if offer.price and offer.class_ == "marketing"]
    for said in drawing if not ladders else ():
        number = next(at for at, arm in enumerate(said.layers) if arm.decides == "price")
        hint = "Give an offer a `price` with points, or take the arm away."
        where = str(said.place_of("layers", number, "decides"))
        yield PolicyError("no marketing offer has prices to draw from", where=where, hint=hint)
    for offer in ladders if drawing else ():
        if offer.price and sum(one.lots > 0 for one in offer.price.points) == 1:
            hint = "Give another point lots, or all of them 0: then its prices are never drawn."
            where = str(offer.place_of("price", "points"))
            yield PolicyError(f"one price alone of offer {offer.offer!r} has lots", where=where, hint=hint)


def _points(offer: Offer, ladder: Ladder) -> Iterator[PolicyError]:
    ids = [one.id for one in ladder.points]
    prices: dict[Decimal, str] = {}
    for number, one in enumerate(ladder.points):
        where = str(offer.place_of("price", "points", number, "price"))
        if ids.index(one.id) < number:
            yield PolicyError(f"price point {one.id!r} of offer {offer.offer!r} stands twice", where=where)
        twin = prices.setdefault(Decimal(one.price), one.id)
        if twin != one.id:
            yield PolicyError(f"price point {one.id!r} has the price of {twin!r}", where=where, hint="Take one away.")
        if ladder.kind in RATES and one.price >= 1:
            hint = "A rate is a part of 1: 0.0265 is 2.65 %."
            yield PolicyError(f"the {ladder.kind} {one.price} is no part of 1", where=where, hint=hint)
        if ladder.kind in AMOUNTS and not isinstance(one.price, int):
            hint = "An amount is in whole minor units: 150000 is 1,500.00."
            yield PolicyError(f"the {ladder.kind} {one.price} is no amount", where=where, hint=hint)
        if set(one.terms) != set(ladder.points[0].terms) or ladder.term in one.terms:
            hint = f"Each point says the same terms besides {ladder.term!r}, which is the price itself."
            yield PolicyError(f"price point {one.id!r} does not have the terms of the others", where=where, hint=hint)
    if ladder.base not in ids:
        hint = known_words(ladder.base, ids, plural="Price points")
        yield PolicyError(f"unknown price point {ladder.base!r}", where=str(offer.place_of("price", "base")), hint=hint)
    for name in sorted({ladder.term, *ladder.points[0].terms} & {*offer.terms, *offer.facts}):
        where = str(offer.place_of("facts" if name in offer.facts else "terms", name))
        hint = "The price ladder says it; take it away here."
        yield PolicyError(f"term {name!r} of offer {offer.offer!r} stands twice", where=where, hint=hint)


def _outside(offer: Offer, ladder: Ladder) -> Iterator[PolicyError]:
    """Prices that the ladder's floor or ceiling, or every row of the rate table, keeps from everybody."""
    whole = Band(id="all", floor=ladder.floor, ceiling=ladder.ceiling)
    for number, one in enumerate(ladder.points):
        where = str(offer.place_of("price", "points", number, "price"))
        if not whole.allows(one.price):
            between = f"{_or_any(ladder.floor)} to {_or_any(ladder.ceiling)}"
            yield PolicyError(
                f"price {one.price} of {one.id!r} is outside of floor and ceiling, {between}", where=where
            )
        elif not any(band.allows(one.price) for band in ladder.bands_or_all):
            hint = "No band may be told it; take the point away, or move the band's floor or ceiling."
            yield PolicyError(f"price {one.price} of {one.id!r} is outside of the rate table", where=where, hint=hint)
    for number, band in enumerate(ladder.bands.table if ladder.bands else ()):
        where = str(offer.place_of(*_BANDS, number))
        if not any(band.allows(one.price) for one in ladder.points):
            between = f"{_or_any(band.floor)} to {_or_any(band.ceiling)}"
            yield PolicyError(f"no price of the ladder lies in band {band.id!r}, {between}", where=where)


def _or_any(bound: Decimal | int | None) -> str:
    return "any" if bound is None else str(bound)


def _unmoved(policy: Policy, offer: Offer) -> Iterator[PolicyError]:
    """A worth that reads no price: whatever is given away, it would seem to cost nothing."""
    worth = policy.compiled.get(offer.place_of("worth"))
    if worth is not None and COLUMN not in worth.columns:
        hint = f"Write what an acceptance is worth at `{COLUMN}`, such as: balance * (0.03 - {COLUMN})."
        what = f"the worth of offer {offer.offer!r} does not read the price of its ladder"
        yield PolicyError(what, where=str(offer.place_of("worth")), hint=hint)


def unparted(policy: Policy) -> Iterator[PolicyError]:
    """Bands of rate tables that leave somebody out or hold him twice."""
    for offer in policy.offers:
        if offer.price and offer.price.bands:
            by = policy.compiled.get(offer.place_of("price", "bands", "by"))
            yield from _repeated(offer, offer.price.bands.table)
            if by is not None and by.dtype == pl.String:
                yield from _texts(policy, offer, offer.price.bands.table)
            elif by is not None and not by.dtype.is_numeric():
                where = str(offer.place_of("price", "bands", "by"))
                yield PolicyError("bands divide a number or a text", where=where)
            elif by is not None:
                yield from _numbers(offer, offer.price.bands.table)


def _repeated(offer: Offer, bands: tuple[Band, ...]) -> Iterator[PolicyError]:
    counts = Counter(band.id for band in bands)
    for number, band in enumerate(bands):
        if counts[band.id] > 1:
            where = str(offer.place_of(*_BANDS, number, "id"))
            yield PolicyError(f"band {band.id!r} of offer {offer.offer!r} stands twice", where=where)


def _numbers(offer: Offer, bands: tuple[Band, ...]) -> Iterator[PolicyError]:
    """Gaps and overlaps between bands of a number; they stand in rising order, the first and last are open."""

    def told(number: int, what: str, hint: str = "") -> PolicyError:
        return PolicyError(what, where=str(offer.place_of(*_BANDS, number)), hint=hint)

    for number, band in enumerate(bands):
        if band.values:
            yield told(number, f"band {band.id!r} names values, and what it divides is a number", "Say from and until.")
        if band.from_ is not None and band.until is not None and band.from_ >= band.until:
            yield told(number, f"band {band.id!r} ends at {band.until}, before it begins")
    if bands[0].from_ is not None:
        yield told(0, f"no band holds what lies below {bands[0].from_}", "Leave `from` of the first band away.")
    if bands[-1].until is not None:
        yield told(len(bands) - 1, f"no band holds {bands[-1].until} and more", "Leave `until` of the last band away.")
    for number, (one, other) in enumerate(pairwise(bands), start=1):
        if one.until is None or other.from_ is None or one.until > other.from_:
            hint = "Each band begins where the one before it ends; they stand in rising order."
            yield told(number, f"bands {one.id!r} and {other.id!r} overlap", hint)
        elif one.until < other.from_:
            hint = f"Nobody could be told a price there: let {other.id!r} begin at {one.until}."
            yield told(number, f"no band holds {one.until} to {other.from_}", hint)


def _texts(policy: Policy, offer: Offer, bands: tuple[Band, ...]) -> Iterator[PolicyError]:
    """Values that two bands hold, and those that the offer's conditions let through and no band holds."""
    held: dict[str, str] = {}
    for number, band in enumerate(bands):
        where = str(offer.place_of(*_BANDS, number))
        if not band.values or band.from_ is not None or band.until is not None:
            hint = "What it divides is a text: say `values: [A, B]`."
            yield PolicyError(f"band {band.id!r} names no values", where=where, hint=hint)
        for value in band.values:
            first = held.setdefault(value, band.id)
            if first != band.id:
                yield PolicyError(f"bands {first!r} and {band.id!r} overlap: both hold {value!r}", where=where)
    by = policy.compiled[offer.place_of("price", "bands", "by")]
    for one in reaching(policy, offer):
        checked = policy.compiled.get(one.place_of("when"))
        for part in checked.parts if checked else ():
            asked = part.threshold
            if asked and {asked.column} == by.columns and asked.operator in ("=", "in") and by.text == asked.column:
                missing = sorted(str(value) for value in asked.values if str(value) not in held)
                if missing:
                    where = str(offer.place_of(*_BANDS))
                    hint = f"Condition {one.condition.id!r} at {one.place_of('when')} lets it through."
                    yield PolicyError(f"no band holds {', '.join(map(repr, missing))}", where=where, hint=hint)
