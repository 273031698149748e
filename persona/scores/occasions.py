"""Purchase occasions: the days on which each customer bought, and what he spent on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from persona.scores.affinity_state import Ints, day_number, positions

__all__ = ["Occasions", "occasions", "occasions_by"]

_MOST_BITS = 63


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
    day: int
    """The day of the run, counted from EPOCH."""

    def earlier(self, days: int) -> Occasions:
        """What was known so many days before, as of that day."""
        known = self.age_days > days
        ages = self.age_days[known] - days
        return Occasions(self.customers, self.who[known], ages, self.spent_minor[known], self.day - days)

    def recent(self, days: int) -> Occasions:
        """Those of the last days alone."""
        late = self.age_days <= days
        return Occasions(self.customers, self.who[late], self.age_days[late], self.spent_minor[late], self.day)


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
        made[name] = _days(everyone, here, spent, span, day_number(as_of))
    return made


def _days(everyone: Ints, moments: Ints, amounts: Ints, span: int, day: int) -> Occasions:
    """Purchases in the order of their moments, those of one customer and day put together."""
    starts = np.flatnonzero(np.append(True, moments[1:] != moments[:-1])[: len(moments)])
    who, since = np.divmod(moments[starts], span)
    spent = np.add.reduceat(amounts, starts) if len(starts) else amounts
    return Occasions(everyone, who, span - 1 - since, spent, day)


def _ordered(moment: Ints, spent: Ints) -> tuple[Ints, Ints]:
    """Both by rising moment; as one number each, several times faster to sort, where both fit into one."""
    bits = int(spent.max(initial=0)).bit_length()
    if spent.min(initial=0) < 0 or int(moment.max(initial=0)).bit_length() + bits > _MOST_BITS:
        order = np.argsort(moment, kind="stable")
        return moment[order], spent[order]
    both = pl.Series((moment << bits) | spent).sort().to_numpy()
    return both >> bits, both & ((1 << bits) - 1)
