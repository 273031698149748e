"""The step that tells how each customer leans: on which channel he reads, how he travels, what he does with points."""

from __future__ import annotations

import polars as pl

from persona import signals
from persona.runs.lines import lines_of, within
from persona.runs.plan import Night, Pieces, batches
from persona.runs.profiling import objectors, of_others
from persona.tables.wide import wide, withheld

__all__ = ["leanings"]


def leanings(night: Night) -> Pieces:
    """How each customer leans; null in every column of those who have objected to profiling."""
    objected = pl.concat([objectors(night, buckets) for buckets in batches(night)])
    usual = signals.usual_answers(of_others(night.facts("outcomes"), objected), as_of=night.as_of)
    lines = lines_of(night)
    asked = [*signals.PASSAGES, *signals.STAYS]
    for buckets in batches(night):
        rows = within(night, lines, buckets, days=signals.JOURNEY_DAYS)
        paid = rows.filter((pl.col("spent_minor") > 0) & pl.col("category").is_in(asked))
        bought = paid.select("customer_no", "booked_on", "category").collect(engine="in-memory")
        units, travelled = night.table("units", buckets), signals.journeys(bought, as_of=night.as_of.day)
        # What one of a household is paid is told of the others: nothing of who objects is.
        others, theirs = (of_others(rows, objected) for rows in (units, night.table("streams", buckets)))
        parts = (
            signals.best_channel(night.facts("outcomes", buckets), usual, as_of=night.as_of),
            travelled,
            signals.party(theirs, others).join(travelled, on="customer_no", how="semi", maintain_order="left"),
            signals.rewards(night.table("signals", buckets)),
        )
        made = wide(units, *parts, contract=night.policy.vocabulary.leanings)
        yield {"leanings": withheld(made, objected)}
