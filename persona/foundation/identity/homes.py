"""Who lives together: the bank's own households, and persons of one name at one address where it names none."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

__all__ = ["homes"]


def homes(
    records: pl.DataFrame, persons: pl.DataFrame, said: pl.DataFrame, *, by: Sequence[str], most: int
) -> pl.DataFrame:
    """The household of each person who shares one.

    The bank's word counts first. Persons whose records share all fields of ``by`` live together: in the household that
    the bank names for one of them, else in one of their own, ``home:`` and the lowest number among them. A name and
    address that more than ``most`` persons share is an institution.

    Grain: one row a person with a household, sorted. Reads: ``records`` record_no and ``by``; ``persons`` record_no,
    person_no; ``said`` record_no, household_id. Makes: person_no, household_id.
    """
    banks = said.drop_nulls().join(persons, on="record_no").group_by("person_no").agg(own=pl.col("household_id").min())
    fields = [name for name in by if name in records.columns]
    if len(fields) < len(by):
        return banks.select("person_no", household_id="own").sort("person_no")
    places = records.drop_nulls(fields).join(persons, on="record_no").select(*fields, "person_no").unique()
    shared = places.filter(pl.len().over(fields).is_between(2, most)).join(banks, on="person_no", how="left")
    grouped = shared.select(
        "person_no",
        named=pl.col("own").min().over(fields),
        lowest=pl.col("person_no").min().over(fields),
    )
    one_each = grouped.group_by("person_no").agg(pl.col("named").min(), pl.col("lowest").min())
    lived = one_each.join(banks, on="person_no", how="full", coalesce=True)
    derived = pl.lit("home:") + pl.col("lowest").cast(pl.String)
    return lived.select("person_no", household_id=pl.coalesce("own", "named", derived)).sort("person_no")
