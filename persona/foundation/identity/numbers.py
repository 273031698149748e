"""Persons keep their numbers: what was one person last night is the same person tonight, whatever joined or left."""

from __future__ import annotations

import polars as pl

__all__ = ["changes", "numbered"]


def numbered(members: pl.DataFrame, *, before: pl.DataFrame) -> pl.DataFrame:
    """The number of each record's person.

    A number belongs to the record that it was first given to; where that record is gone, to the lowest one that was
    the same person with it. A person has the lowest number among those of his records: so two that grow together
    keep the older number, the part that is cut off gets back what it had, and no number ever means another person.

    Grain: one row a record, sorted. Reads: ``members`` record_no, first; ``before`` record_no, person_no.
    Makes: ``record_no``, ``person_no``.
    """
    inherited = _inherited(members, before)
    own = members.join(inherited, on="record_no", how="left", maintain_order="left")
    lowest = pl.min_horizontal("record_no", "inherited").min().over("first")
    return own.select("record_no", person_no=lowest).sort("record_no")


def changes(before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Which persons became one, and which came apart, since the last time.

    Grain: one row a kind and pair of persons, sorted. Makes: ``kind`` (merged, split), ``person_no`` (whom the records
    are now), ``other_person_no`` (whom they were), ``records`` (how many).
    """
    was = now.join(before, on="record_no", how="left", suffix="_before").with_columns(
        other_person_no=pl.col("person_no_before").fill_null(pl.col("record_no"))
    )
    known = was.filter(pl.col("record_no").is_in(before["record_no"].implode()))
    moved = known.filter(pl.col("person_no") != pl.col("other_person_no"))
    # Whoever still bears his old number has lost the records that moved; otherwise he has gone into another person.
    still = known.select("person_no").unique()["person_no"].implode()
    kind = pl.when(pl.col("other_person_no").is_in(still)).then(pl.lit("split")).otherwise(pl.lit("merged"))
    told = moved.with_columns(kind=kind).group_by("kind", "person_no", "other_person_no").agg(records=pl.len())
    return told.cast({"records": pl.Int64}).sort("kind", "person_no", "other_person_no")


def _inherited(members: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """The numbers whose first record is gone, each with its heir."""
    here = before.join(members.select("record_no"), on="record_no", how="semi")
    orphaned = here.join(members.select(person_no="record_no"), on="person_no", how="anti")
    heirs = orphaned.group_by("person_no").agg(pl.col("record_no").min())
    return heirs.group_by("record_no").agg(inherited=pl.col("person_no").min())
