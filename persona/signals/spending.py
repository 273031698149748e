"""Money and purchases over windows, in all and by category."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from persona.signals.counting import Ints
from persona.signals.state import WINDOWS, YEAR, State
from persona.tables.profile import as_name
from persona.tables.words import members

__all__ = ["spending"]


def spending(state: State) -> pl.DataFrame:
    """Net spending of each customer over each window, in all and by category; a group is the sum of what is in it.

    Grain: one row a customer, sorted.
    Makes: ``spend_<d>d_minor``, ``spend_<d>d_<category>_minor`` (minor units, net of refunds, may be negative) and
    ``purchases_365d_<category>``; never null. What maps to no category is in the totals only.
    """
    words = state.words
    columns: dict[str, Ints] = {"customer_no": state.customers}
    for at, days in enumerate(WINDOWS):
        own = state.spending[:, at]
        columns[f"spend_{days}d_minor"] = own.sum(axis=1)
        by_word = _with_members(own, words)
        columns |= {f"spend_{days}d_{as_name(w)}_minor": by_word[:, i] for i, w in enumerate(words)}
    counted = _with_members(state.bought, words)
    columns |= {f"purchases_{YEAR}d_{as_name(word)}": counted[:, i] for i, word in enumerate(words)}
    return pl.DataFrame(columns)


def _with_members(own: Ints, words: Sequence[str]) -> Ints:
    """The sums of each word with those of its members."""
    place = {word: i for i, word in enumerate(words)}
    held = members(words)
    # Fortran order: every column becomes a column of the frame without a copy.
    total = np.empty((len(own), len(words)), dtype=np.int64, order="F")
    for word, i in place.items():
        total[:, i] = own[:, [place[member] for member in held[word]]].sum(axis=1)
    return total
