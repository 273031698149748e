"""Who is in which arm of which experiment: what stands here wins over the hash, so that nobody is reshuffled."""

from __future__ import annotations

import polars as pl

from persona.store.catalog import Catalog

__all__ = ["SCHEMA", "arms", "enrolled_in_arms"]

SCHEMA = pl.Schema({"unit": pl.String, "experiment": pl.String, "arm": pl.String, "since": pl.Date, "salt": pl.String})


def arms(catalog: Catalog) -> pl.DataFrame:
    """Every unit's arm, by experiment and unit."""
    return catalog.frame("SELECT unit, experiment, arm, since, salt FROM arms ORDER BY experiment, unit")


def enrolled_in_arms(catalog: Catalog, rows: pl.DataFrame) -> int:
    """How many units were enrolled now. Inside a transaction.

    One that has an arm of the experiment keeps it, but for one that was treated and comes into a holdout that was
    widened: it is in it from its new day on.
    """
    key = ["unit", "experiment"]
    wanted = rows.select(SCHEMA.names()).cast(SCHEMA).sort(SCHEMA.names()).unique(key, keep="first")
    there = arms(catalog)
    treated = there.filter(pl.col("arm") == "treated").select(*key, "salt")
    moved = wanted.filter(pl.col("arm") == "holdout").join(treated, on=[*key, "salt"], how="semi")
    for unit, experiment in moved.select(key).iter_rows():
        catalog.run("DELETE FROM arms WHERE unit = ? AND experiment = ?", [unit, experiment])
    fresh = pl.concat([wanted.join(there, on=key, how="anti"), moved]).sort(key)
    catalog.insert("arms", fresh)
    return fresh.height
