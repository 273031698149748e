"""Purchase occasions: the days on which each customer bought, and what he spent on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from persona.scores.affinity_state import Flags, Floats, Ints
from persona.scores.bgnbd import Histories

__all__ = ["Occasions", "occasions"]

_NONE = -1


@dataclass(frozen=True, slots=True)
class Occasions:
    """One element a customer and day with a purchase, by customer and the oldest day first."""

    customers: Ints
    """Every customer of the batch, sorted; also those who never bought."""
    who: Ints
    """Position in ``customers``."""
    age_days: Ints
    """Days before the day of the run; 1 is the day before."""
    spent_minor: Ints

    def earlier(self, days: int) -> Occasions:
        """What was known so many days before, as of that day."""
        known = self.age_days > days
        return Occasions(self.customers, self.who[known], self.age_days[known] - days, self.spent_minor[known])

    def only(self, kept: Flags) -> Occasions:
        """The kept customers alone."""
        there = kept[self.who]
        place = np.cumsum(kept) - 1
        return Occasions(self.customers[kept], place[self.who[there]], self.age_days[there], self.spent_minor[there])

    def count(self) -> Ints:
        """Occasions of each customer."""
        return np.bincount(self.who, minlength=len(self.customers))

    def first_age(self) -> Ints:
        """Days since the first occasion of each customer; -1: never bought."""
        age = np.full(len(self.customers), _NONE, dtype=np.int64)
        np.maximum.at(age, self.who, self.age_days)
        return age

    def last_age(self) -> Ints:
        """Days since the last occasion of each customer; -1: never bought."""
        last = np.full(len(self.customers), _NONE, dtype=np.int64)
        # Rows run from the oldest day to the newest: of equal positions the last assignment stays.
        last[self.who] = self.age_days
        return last

    def histories(self) -> Histories:
        """What BG/NBD reads of each customer, in days; of those who never bought nothing that means anything."""
        first, count = self.first_age(), self.count()
        repeats = np.maximum(count - 1, 0).astype(np.float64)
        recency = np.where(count > 0, first - self.last_age(), 0).astype(np.float64)
        return Histories(repeats, recency, np.maximum(first, 0).astype(np.float64))

    def gaps(self) -> tuple[Ints, Ints]:
        """Each gap between two occasions: the customer's position and its days."""
        same = self.who[1:] == self.who[:-1]
        return self.who[1:][same], (self.age_days[:-1] - self.age_days[1:])[same]

    def decayed(self, half_life_days: int, weights: Floats | None = None) -> Floats:
        """The decayed number of each customer's occasions, or decayed sum of weights, added in the order of days."""
        faded = 0.5 ** (self.age_days / half_life_days)
        worth = faded if weights is None else faded * weights
        return np.asarray(np.bincount(self.who, worth, minlength=len(self.customers)), dtype=np.float64)


def occasions(customers: Sequence[int] | Ints, bought: pl.DataFrame, *, as_of: date) -> Occasions:
    """The purchase days of the customers before ``as_of``.

    Reads: ``customer_no``, ``booked_on``, ``spent_minor`` (> 0) of purchases, in any order. Purchases of others and of
    later days are left out; those of one day are one occasion.
    """
    everyone = np.unique(np.asarray(customers, dtype=np.int64))
    age = (pl.lit(as_of) - pl.col("booked_on")).dt.total_days().alias("age")
    number, age_days, spent = (column.to_numpy() for column in bought.select("customer_no", age, "spent_minor"))
    at = np.searchsorted(everyone, number)
    is_here = (age_days >= 1) & (at < len(everyone))
    is_here[is_here] = everyone[at[is_here]] == number[is_here]
    if not is_here.any():
        none = np.zeros(0, dtype=np.int64)
        return Occasions(everyone, none, none, none)
    # One number for customer and day, the oldest day first: sorted several times faster than grouped by two columns.
    oldest = int(age_days[is_here].max())
    moment = at[is_here] * (oldest + 1) + oldest - age_days[is_here]
    order = np.argsort(moment)
    ordered = moment[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    who, since = np.divmod(ordered[starts], oldest + 1)
    return Occasions(everyone, who, oldest - since, np.add.reduceat(spent[is_here][order], starts))
