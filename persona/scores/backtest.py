"""The backtest: affinity fitted a month back, beside plain counting, against the month that followed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl

from persona.scores.affinity import HORIZON_DAYS, Affinity, chances
from persona.scores.affinity_state import Floats, Ints, State, day_number, folded
from persona.scores.quality import Quality, quality

__all__ = ["backtest"]


def backtest(
    model: Affinity,
    customers: Sequence[int] | Ints,
    bought: pl.DataFrame,
    *,
    as_of: date,
    visits: pl.DataFrame | None = None,
) -> dict[str, Quality]:
    """The quality of a model fitted before ``as_of`` on the 30 days from ``as_of``, and of two naive rankings.

    Reads: purchases before and after ``as_of``, as ``fit_affinity`` does.
    Makes: ``affinity``; ``decayed counting`` (the customer's own decayed purchases) and ``popularity`` (customers who
    ever bought), of which only the recall means anything.
    """
    before = pl.col("booked_on") < as_of
    known = None if visits is None else visits.filter(before)
    state = folded(customers, bought.filter(before), leaves=model.leaves, visits=known)
    after = bought.filter(~before & (pl.col("booked_on") < as_of + timedelta(days=HORIZON_DAYS)))
    happened = folded(customers, after, leaves=model.leaves).seen
    active = state.is_active(day_number(as_of))
    rankings = {
        "affinity": chances(state, model, as_of=as_of),
        "decayed counting": _counting(state),
        "popularity": np.broadcast_to(state.seen[active].mean(axis=0), state.seen.shape),
    }
    return {name: quality(score[active], happened[active], state.seen[active]) for name, score in rankings.items()}


def _counting(state: State) -> Floats:
    """Decayed counts as ranks between 0 and 1; popularity decides between equals."""
    own = state.decayed / max(float(state.decayed.max()), 1e-300)
    return np.asarray(np.clip(own + 1e-12 * state.seen.mean(axis=0), 0, 1), dtype=np.float64)
