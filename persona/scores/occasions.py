"""Purchase occasions: the days on which each customer bought, and what he spent on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

import numpy as np
import polars as pl

from persona.scores.affinity_state import Flags, Floats, Ints, positions
from persona.scores.bgnbd import Histories

__all__ = ["Occasions", "occasions", "occasions_by"]

_NONE = -1
_MOST_BITS = 63

Numbers = TypeVar("Numbers", Ints, Floats)


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
    _made: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def once(self, name: str, work: Callable[[], Numbers]) -> Numbers:
        """What was worked out of these occasions under the name before, else now; nobody may change it."""
        if name not in self._made:
            self._made[name] = work()
            self._made[name].flags.writeable = False
        made: Numbers = self._made[name]
        return made

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
        return self.once("count", lambda: np.bincount(self.who, minlength=len(self.customers)))

    def first_age(self) -> Ints:
        """Days since the first occasion of each customer; -1: never bought."""
        # Rows run from the oldest day to the newest, customer by customer.
        return self.once("first", lambda: self._ages(np.cumsum(self.count()) - self.count()))

    def last_age(self) -> Ints:
        """Days since the last occasion of each customer; -1: never bought."""
        return self.once("last", lambda: self._ages(np.cumsum(self.count()) - 1))

    def _ages(self, place: Ints) -> Ints:
        """How long ago the occasion at a place was, of those who have any."""
        age = np.full(len(self.customers), _NONE, dtype=np.int64)
        here = self.count() > 0
        age[here] = self.age_days[place[here]]
        return age

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

    def decayed(self, half_life_days: int) -> tuple[Floats, Floats]:
        """The decayed number of each customer's occasions and his decayed spending, added in the order of days."""
        oldest, size = int(self.age_days.max(initial=0)), len(self.customers)
        faded = (0.5 ** (np.arange(oldest + 1) / half_life_days))[self.age_days]
        times: Floats = np.bincount(self.who, faded, minlength=size).astype(np.float64, copy=False)
        faded *= self.spent_minor
        return times, np.bincount(self.who, faded, minlength=size).astype(np.float64, copy=False)


def occasions(customers: Sequence[int] | Ints, bought: pl.DataFrame, *, as_of: date) -> Occasions:
    """The purchase days of the customers before ``as_of``.

    Reads: ``customer_no``, ``booked_on``, ``spent_minor`` (> 0) of purchases, in any order. Purchases of others and of
    later days are left out; those of one day are one occasion.
    """
    of_none = bought.with_columns(category=pl.lit(None, dtype=pl.String))
    return occasions_by(customers, of_none, {"": pl.lit(value=True)}, as_of=as_of)[""]


def occasions_by(
    customers: Sequence[int] | Ints, bought: pl.DataFrame, kinds: Mapping[str, pl.Expr], *, as_of: date
) -> dict[str, Occasions]:
    """The purchase days by the name of a kind of purchases, which an expression over ``category`` tells.

    Reads: what ``occasions`` reads, and ``category``. All are put in order once, whatever the number of kinds.
    """
    everyone = np.asarray(customers, dtype=np.int64)
    if not (everyone[1:] > everyone[:-1]).all():
        everyone = np.unique(everyone)
    words = bought.select(pl.col("category").unique().sort(nulls_last=True))
    known = words["category"].drop_nulls()
    code = pl.col("category").cast(pl.Enum(known)).to_physical().cast(pl.Int64).fill_null(len(known))
    age = (pl.lit(as_of) - pl.col("booked_on")).dt.total_days().alias("age")
    number, ages, spent, codes = (one.to_numpy() for one in bought.select("customer_no", age, "spent_minor", code))
    at = positions(everyone, number)
    if ages.min(initial=1) < 1 or at.min(initial=0) < 0:
        is_here = (ages >= 1) & (at >= 0)
        at, ages, spent, codes = (one[is_here] for one in (at, ages, spent, codes))
    span, bits = int(ages.max(initial=0)) + 1, len(known).bit_length()
    cells, amounts = _ordered(((at * span + span - 1 - ages) << bits) | codes, spent)
    moments, codes = cells >> bits, cells & ((1 << bits) - 1)
    made = {}
    for name, kind in kinds.items():
        is_of = words.with_columns(is_of=kind.fill_null(value=False))["is_of"].to_numpy()[codes]
        here, spent = (moments, amounts) if is_of.all() else (moments[is_of], amounts[is_of])
        made[name] = _days(everyone, here, spent, span)
    return made


def _days(everyone: Ints, moments: Ints, amounts: Ints, span: int) -> Occasions:
    """Purchases in the order of their moments, those of one customer and day put together."""
    starts = np.flatnonzero(np.append(True, moments[1:] != moments[:-1])[: len(moments)])
    who, since = np.divmod(moments[starts], span)
    spent = np.add.reduceat(amounts, starts) if len(starts) else amounts
    return Occasions(everyone, who, span - 1 - since, spent)


def _ordered(moment: Ints, spent: Ints) -> tuple[Ints, Ints]:
    """Both by rising moment; as one number each, several times faster to sort, where both fit into one."""
    bits = int(spent.max(initial=0)).bit_length()
    if spent.min(initial=0) < 0 or int(moment.max(initial=0)).bit_length() + bits > _MOST_BITS:
        order = np.argsort(moment, kind="stable")
        return moment[order], spent[order]
    both = pl.Series((moment << bits) | spent).sort().to_numpy()
    return both >> bits, both & ((1 << bits) - 1)
