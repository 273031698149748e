"""The step that tells how each customer leans: on which channel he reads, how he travels, what he does with points."""

from __future__ import annotations

import polars as pl

from persona import signals
from persona.runs.lines import lines_of, within
from persona.runs.plan import Night, Pieces, batches
from persona.runs.profiling import objectors, of_others
from persona.tables.wide import wide

__all__ = ["leanings"]


def leanings(night: Night) -> Pieces:
    """How each customer leans."""
    objected = pl.concat([objectors(night, buckets) for buckets in batches(night)])
    usual = signals.usual_answers(of_others(night.facts("outcomes"), objected), as_of=night.as_of)
    lines = lines_of(night)
    asked = [*signals.PASSAGES, *signals.STAYS]
    for buckets in batches(night):
        rows = within(night, lines, buckets, days=signals.JOURNEY_DAYS)
        paid = rows.filter((pl.col("spent_minor") > 0) & pl.col("category").is_in(asked))
        bought = paid.select("customer_no", "booked_on", "category").collect(engine="in-memory")
        parts = (
            signals.best_channel(night.facts("outcomes", buckets), usual, as_of=night.as_of),
            signals.journeys(bought, as_of=night.as_of.day),
            signals.rewards(night.table("signals", buckets)),
        )
        units = night.table("units", buckets).select("customer_no")
        yield {"leanings": wide(units, *parts, contract=night.policy.vocabulary.leanings)}
