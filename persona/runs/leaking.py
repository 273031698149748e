"""Addresses that both sides of a holdout share."""

from __future__ import annotations

import polars as pl

from persona.decisions import leaks, memberships
from persona.runs.plan import Night

__all__ = ["leaked"]


def leaked(night: Night) -> pl.DataFrame:
    """What leaks from who is told to who is held out, as ``decisions.leaks`` says it; of all records of a person."""
    holdouts = night.policy.experiments.holdouts
    if not holdouts:
        return leaks(night.table("units").clear(), pl.DataFrame(), ())
    rows = night.store.scan("customers", as_of=night.as_of.day).select("customer_no", "email", "phone")
    people = rows.drop_nulls("customer_no").unique().collect(engine="in-memory")
    members = memberships(night.table("units"), holdouts, night.store.arms())
    return leaks(members, people, holdouts)
