"""The price ladder of an offer: its price points, the rate table that bounds them, and how prices may differ."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from pydantic import Field

from persona.policy.model import Sql, Strict, Term, Word

__all__ = ["AMOUNTS", "COLUMN", "RATES", "Band", "Bands", "Kind", "Ladder", "Number", "Point", "Response"]

COLUMN = "price"
"""The column by which a worth, a loss or a condition of an offer reads the price."""

Kind = Literal["deposit_rate", "apr", "fee", "discount", "earn_rate", "credit_limit"]
Number = int | Decimal

_LOWER_IS_BETTER = ("apr", "fee")
RATES: tuple[Kind, ...] = ("deposit_rate", "apr")
"""Prices that are parts of 1."""
AMOUNTS: tuple[Kind, ...] = ("fee", "credit_limit")
"""Prices that are minor units."""


class Point(Strict):
    """A price that may be offered, with what else changes with it."""

    id: Word
    price: Number = Field(ge=0, description="A rate or discount as a part of 1, an amount in minor units.")
    lots: int = Field(
        default=1, ge=0, le=100, description="How many lots it has where prices are drawn; 0: it is never drawn."
    )
    terms: dict[Word, Term] = Field(
        default_factory=dict, description="Other terms that hang on the price, such as an instalment; the same in each."
    )


class Band(Strict):
    """A row of the rate table: whom it speaks of, and between which prices theirs lies."""

    id: Word
    from_: Number | None = Field(default=None, alias="from", description="The least value, included; none: no least.")
    until: Number | None = Field(default=None, description="The first value above it; none: no greatest.")
    values: tuple[str, ...] = Field(default=(), description="Of a text: the values that it holds.")
    floor: Number | None = Field(default=None, ge=0, description="The lowest price that it may be told.")
    ceiling: Number | None = Field(default=None, ge=0, description="The highest price that it may be told.")

    def allows(self, price: Number) -> bool:
        """Whether a price lies between its floor and ceiling."""
        return (self.floor is None or self.floor <= price) and (self.ceiling is None or price <= self.ceiling)


class Bands(Strict):
    """The rate table: bands of risk, balance or whatever prices may lawfully go by."""

    by: Sql = Field(description="What the bands divide: an expression over the profile; unknown: no price.")
    table: tuple[Band, ...] = Field(min_length=1)


class Response(Strict):
    """How prices are answered: learnt each night from the prices that were told, else as it is declared here."""

    by: Sql | None = Field(default=None, description="Segments with a curve each, such as lifecycle; none: one curve.")
    odds_ratio: Decimal | None = Field(
        default=None,
        gt=1,
        le=100,
        description="Odds of a yes at the price that is best for the customer over those at the worst, until enough "
        "answers say it; none: the base price is told until then.",
    )


class Ladder(Strict):
    """The price points of an offer, and what they are held to."""

    kind: Kind
    term: Word = Field(description="The term that templates show the price by.")
    base: Word = Field(description="The point that the propensity of the offer speaks of, and the usual price.")
    points: tuple[Point, ...] = Field(min_length=2, max_length=12)
    floor: Number | None = Field(default=None, ge=0, description="No price of the ladder lies below it.")
    ceiling: Number | None = Field(default=None, ge=0, description="No price of the ladder lies above it.")
    bands: Bands | None = Field(default=None, description="The rate table; none: every point is open to everybody.")
    when: Sql | None = Field(
        default=None, description="What must hold of customer and `price`, such as that he can afford the limit."
    )
    parity: Number | None = Field(
        default=None, ge=0, description="By how much prices within one band may differ in one night; none: by any."
    )
    response: Response = Response()
    source: str = Field(min_length=1, description="The rate table, contract or policy that the prices come from.")

    def terms_of(self, point: str) -> dict[str, Term]:
        """The terms of a point: the price itself by the name that templates know, and what changes with it."""
        chosen = next(one for one in self.points if one.id == point)
        return {**chosen.terms, self.term: chosen.price}

    @property
    def attraction(self) -> tuple[float, ...]:
        """How much better each point is for the customer than the base: 1 is the way from the worst price to the best.

        Rounded to 12 digits.
        """
        prices = [one.price for one in self.points]
        sign = -1 if self.kind in _LOWER_IS_BETTER else 1
        base, span = next(one.price for one in self.points if one.id == self.base), max(prices) - min(prices)
        return tuple(round(sign * float(Decimal(price - base) / Decimal(span)), 12) for price in prices)

    @property
    def best_first(self) -> tuple[int, ...]:
        """The places of the points, the best for the customer first."""
        rising = self.attraction
        return tuple(sorted(range(len(self.points)), key=lambda at: (-rising[at], at)))

    def windows(self, band: Band) -> Iterator[tuple[int, ...]]:
        """The largest sets of a band's points that differ by no more than ``parity``, the best for him first."""
        order = tuple(at for at in self.best_first if band.allows(self.points[at].price))
        parity = self.parity
        if parity is None:
            yield order
            return
        kept: tuple[int, ...] = ()
        for start, first in enumerate(order):
            price = Decimal(self.points[first].price)
            found = tuple(at for at in order[start:] if abs(Decimal(self.points[at].price) - price) <= parity)
            if not set(found) <= set(kept):
                kept = found
                yield found

    @property
    def bands_or_all(self) -> tuple[Band, ...]:
        """The rows of the rate table; one that holds everybody where there is none."""
        return self.bands.table if self.bands else (Band(id="all"),)
