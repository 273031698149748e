"""Money and purchases over windows, in all and by category."""

from __future__ import annotations

import numpy as np
import polars as pl

from persona.signals.purchases import Ints, Purchases, exact_sums
from persona.tables.profile import SPEND_DAYS, as_name
from persona.tables.words import members

__all__ = ["spending"]

_YEAR = 365


def spending(purchases: Purchases) -> pl.DataFrame:
    """Net spending of each customer over each window, in all and by category; a group is the sum of what is in it.

    Grain: one row a customer, sorted.
    Makes: ``spend_<d>d_minor``, ``spend_<d>d_<category>_minor`` (minor units, net of refunds, may be negative) and
    ``purchases_365d_<category>``; never null. What maps to no category is in the totals only.
    """
    customers, words = purchases.customers, purchases.words
    columns: dict[str, Ints] = {"customer_no": customers}
    within = purchases
    for days in sorted(SPEND_DAYS, reverse=True):
        within = within.within(days)
        columns[f"spend_{days}d_minor"] = exact_sums(within.who, within.spent_minor, len(customers))
        by_word = _by_word(within, within.spent_minor)
        columns |= {f"spend_{days}d_{as_name(w)}_minor": by_word[:, i] for i, w in enumerate(words)}
    counted = _by_word(purchases.bought.within(_YEAR), None)
    columns |= {f"purchases_{_YEAR}d_{as_name(word)}": counted[:, i] for i, word in enumerate(words)}
    return pl.DataFrame(columns)


def _by_word(purchases: Purchases, weights: Ints | None) -> Ints:
    """Sums, or counts without weights, of shape customers x words, with each group's members added up."""
    size, width = len(purchases.customers), len(purchases.words)
    named = purchases.category >= 0
    cell = purchases.who[named] * width + purchases.category[named]
    flat = np.bincount(cell, None if weights is None else weights[named], minlength=size * width)
    own = flat.astype(np.int64).reshape(size, width)
    place = {word: i for i, word in enumerate(purchases.words)}
    held = members(purchases.words)
    # Fortran order: every column becomes a column of the frame without a copy.
    total = np.empty((size, width), dtype=np.int64, order="F")
    for word, i in place.items():
        total[:, i] = own[:, [place[member] for member in held[word]]].sum(axis=1)
    return total
