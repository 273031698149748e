"""What the propensity of a customer for an offer is made of, as it was known on the day of a contact or tonight."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from persona.scores.affinity_state import HALF_LIVES, Floats, Ints, State, day_number, folded
from persona.scores.answers import Past
from persona.scores.logistic import weighed

__all__ = ["TERMS", "OfferLevel", "Standing", "Yardstick", "interest", "standing", "standing_at", "terms_of"]

TERMS = ("buys in its category", "buys like those who took it", "active now", "answers so far")
"""In the order of the coefficients after the constant; 0 for a customer like those who are told of the offer."""

_TASTE = 20.0
"""Purchases of the book's mix that are added to the customer's own."""
_ANSWERS = 8.0
"""Answers at the book's rate that are added to the customer's own; (r + 8g) / (e + 8)."""
_ROWS = 20_000
"""Contacts whose earlier purchases are read at once."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What each row's customer had bought before its day, decayed to that day."""

    purchases: Floats
    """Rows x leaves, half-life 90 days."""
    mix: Floats
    """ln(1 + purchases)."""
    active: Floats
    """ln(1 + occasions), half-life 30 days."""

    def only(self, kept: Ints) -> Standing:
        """The rows at some positions."""
        return Standing(self.purchases[kept], self.mix[kept], self.active[kept])


@dataclass(frozen=True, slots=True)
class Yardstick:
    """The book that a customer is told against; plain numbers, 12 digits."""

    leaves: tuple[str, ...]
    shares: tuple[float, ...]
    """Of each leaf in the purchases of those who are told anything."""
    active: float
    """Their mean ln(1 + occasions), half-life 30 days."""
    rate: float
    """Share of all contacts that are accepted."""


@dataclass(frozen=True, slots=True)
class OfferLevel:
    """An offer before anything is known of a customer; plain numbers, 12 digits."""

    offer_id: str
    log_odds: float
    """Of its shrunken rate."""
    category: tuple[int, ...]
    """Positions of the leaves that it is about; none: it is about no spending."""
    interest: float
    """What ``interest`` is of those who are told of it."""
    alike: tuple[float, ...]
    """What ln(1 + purchases) in each leaf adds to the likeness to those who accepted it."""
    likeness: float
    """What that is of those who are told of it."""
    contacted: int


def standing(state: State, days: Ints | int) -> Standing:
    """The standing of a state's customers on a day, or of each on a day of his own."""
    ages = np.broadcast_to(np.asarray(days, dtype=np.float64), (len(state.customers),))
    purchases = state.decayed * (2.0 ** (-ages / 90))[:, None]
    lately = state.visits[:, HALF_LIVES.index(30)] * 2.0 ** (-ages / 30)
    return Standing(purchases, np.log1p(purchases), np.log1p(lately))


def standing_at(rows: pl.DataFrame, bought: pl.DataFrame, *, leaves: Sequence[str]) -> Standing:
    """The standing of each row's customer (``customer_no``) before its day (``on``), from nothing that came later.

    Reads: ``customer_no``, ``category``, ``booked_on`` of purchases, in any order.
    """
    made = [standing(folded([], bought.clear(), leaves=leaves), 0)]
    for some in rows.select("customer_no", "on").iter_slices(_ROWS):
        numbered = some.with_columns(row=pl.int_range(pl.len(), dtype=pl.Int64)).lazy()
        earlier = numbered.join(bought.lazy(), on="customer_no").filter(pl.col("booked_on") < pl.col("on"))
        known = earlier.select("category", "booked_on", customer_no="row").collect(engine="in-memory")
        days = np.array([day_number(day) for day in some["on"].to_list()], dtype=np.int64)
        made.append(standing(folded(np.arange(some.height), known, leaves=leaves), days))
    parts = ([one.purchases for one in made], [one.mix for one in made], [one.active for one in made])
    return Standing(*(np.concatenate(part) for part in parts))


def interest(known: Standing, category: Sequence[int], book: Yardstick) -> Floats:
    """How much of what each row's customer buys is in some leaves: the logarithm of his share over the book's."""
    of_book = np.asarray(book.shares)
    usual, held = float(of_book[list(category)].sum()), list(category)
    if usual <= 0:
        return np.zeros(len(known.purchases))
    own, total = _summed(known.purchases, held), _summed(known.purchases, range(len(of_book)))
    return np.asarray(np.log((own + _TASTE * usual) / (total + _TASTE) / usual))


def _summed(numbers: Floats, columns: Iterable[int]) -> Floats:
    """The sum of some columns of each row, added in one order: the same in any batch."""
    total = np.zeros(len(numbers))
    for column in columns:
        total = total + numbers[:, column]
    return total


def terms_of(known: Standing, past: Past, level: OfferLevel, book: Yardstick) -> Floats:
    """The terms of each row for one offer, in the order of TERMS."""
    own = interest(known, level.category, book) - level.interest
    alike = weighed(known.mix, (-level.likeness, *level.alike))
    active = known.active - book.active
    answers = np.log((past.accepted / book.rate + _ANSWERS) / (past.closed + _ANSWERS))
    return np.column_stack([own, alike, active, answers])
