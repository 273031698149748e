"""The purchase habits that forecasts read, followed from night to night: only the days that are new are added to them.

Beside the purchases of each kind, those of choice are kept as they were some weeks before, which is what attrition is
told against: their new days are those that have become so old.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import polars as pl

from persona import scores
from persona.runs.following import Followed
from persona.runs.lines import bought
from persona.runs.plan import Night
from persona.store import Rolled

__all__ = ["CHOSEN", "EARLIER", "HABITS", "habits"]

HABITS = "habits"
"""The stage table, one row a customer: the numbers of ``scores.Habits`` of each kind, such as ``travel.count``."""
CHOSEN = "no bill"
"""Purchases that are no bill, whatever their category; no word of a category has a space."""
EARLIER = "no bill, earlier"
"""The same as they were ``scores.EARLIER_DAYS`` before."""

Habits = dict[str, scores.Habits]


def habits(
    night: Night, lines: Rolled, buckets: Sequence[int], kinds: Mapping[str, pl.Expr], *, follows: Followed | None
) -> Habits:
    """The habits of the customers of some buckets by the name of a kind, equal to the byte to those of all purchases.

    ``kinds`` tell by ``category`` which purchases are of them. With ``follows`` they are those of the night before,
    whose habits are followed. Who objects to profiling has habits too: they count what he did.
    """
    everyone = night.table("units", buckets, columns=["customer_no"]).unique().sort("customer_no")
    kept = night.table_before(HABITS, buckets) if follows else None
    if follows is None or kept is None:
        rows = bought(night, buckets, lines=lines)
        seen = scores.occasions_by(everyone["customer_no"].to_numpy(), rows, kinds, as_of=night.as_of.day)
        earlier, chosen = scores.habits_back(seen.pop(CHOSEN), scores.EARLIER_DAYS, 0)
        return {CHOSEN: chosen, **{name: scores.habits_of(one) for name, one in seen.items()}, EARLIER: earlier}
    known = kept.filter(~pl.col("customer_no").is_in(follows.anew.implode()))
    table = everyone.join(known, on="customer_no", how="left", maintain_order="left")
    of_new = bought(night, buckets, of=everyone.join(known, on="customer_no", how="anti"), lines=lines)
    made: Habits = {}
    for here, behind in ((kinds, 0), ({EARLIER: kinds[CHOSEN]}, scores.EARLIER_DAYS)):
        start, end = (day - timedelta(days=behind) for day in (follows.since, night.as_of.day))
        rows = pl.concat([bought(night, buckets, of=known, since=start, until=end, lines=lines), of_new])
        seen = scores.occasions_by(table["customer_no"].to_numpy(), rows, here, as_of=end)
        made |= {
            name: scores.continued(scores.kept_habits(table, name, as_of=start), one) for name, one in seen.items()
        }
    return made
