"""What contacts of the days before count for in constraints that look back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from persona.decisions.value import Reader
from persona.policy.actions import Action, described
from persona.policy.constraints import Constraints

__all__ = ["used_before"]

_KEY = ["offer_id", "channel"]
_KNOWN = ("issue_id", "risk_class", "cost_minor", "fatigue_minor")


def used_before(
    history: pl.DataFrame, actions: Sequence[Action], limits: Constraints, *, read: Reader, day: date
) -> dict[str, float]:
    """What each constraint with a window has used in ``[day - days, day)``, by its id.

    Reads: contacts as ``offers.contact_history`` makes them; those on paper do not count. What a contact cost is what
    its offer costs on the channel today; of an offer that is gone only what the ledger keeps is known, and what a
    constraint cannot tell of it does not count.
    """
    catalogue = described(actions).select(*_KEY, *_KNOWN, "^uses_.*$").unique(_KEY, keep="first", maintain_order=True)
    real = history.filter(~pl.col("is_ghost")).join(catalogue, on=_KEY, how="left", maintain_order="left")
    result = {}
    for number, one in enumerate(limits.constraints):
        if one.days is not None:
            in_window = (pl.col("on") >= day - timedelta(days=one.days)) & pl.col("class").is_in(one.classes)
            counted = real.filter(in_window)
            if one.where:
                counted = counted.filter(read(limits, "constraints", number, "where").expr)
            added = read(limits, "constraints", number, "sum").expr.cast(pl.Float64)
            result[one.id] = float(counted.with_columns(x=added)["x"].drop_nulls().sort().sum())
    return result
