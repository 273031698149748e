"""The scores of a night as numbers to show and as one file to take away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from persona.errors import PolicyError, WriteError
from persona.runs.plan import Night
from persona.runs.summary import foreign_of, models_of
from persona.tables.profile import as_name

__all__ = ["scored", "written"]


def scored(night: Night) -> dict[str, Any]:
    """The mean of each score: ``categories`` by falling mean, ``offers`` by id, ``models`` what to know of them.

    ``foreign`` are the bookings that count nowhere, because they are not in the workspace's ``currency``.
    """
    made = night.table("scores")
    firsts = {name: dict(made.group_by(name).agg(pl.len()).iter_rows()) for name in ("again_1", "discover_1")}
    categories = [
        {
            "category": word,
            "mean": round(float(made[f"affinity_{as_name(word)}"].mean() or 0), 4),  # type: ignore[arg-type] # a float
            "again": firsts["again_1"].get(word, 0),
            "discover": firsts["discover_1"].get(word, 0),
        }
        for word in night.policy.vocabulary.categories
    ]
    chances, rates = night.table("propensities"), night.table("rates")
    evidence = rates.group_by("offer_id").agg(pl.col("contacted").sum(), pl.col("accepted").sum()).sort("offer_id")
    offers = [
        {**row, "mean": round(float(chances[f"p_{row['offer_id']}"].mean() or 0), 4)}  # type: ignore[arg-type] # a float
        for row in evidence.to_dicts()
    ]
    categories.sort(key=lambda one: (-float(str(one["mean"])), str(one["category"])))
    told = {"foreign": foreign_of(night), "currency": night.policy.workspace.currency, "models": models_of(night)}
    return {"customers": made.height, "categories": categories, "offers": offers, **told}


def written(night: Night, out: Path) -> None:
    """One row a customer: ``customer_id``, every affinity and every propensity; Parquet or CSV by the file's name.

    Raises: PolicyError for another ending; WriteError where the disk refuses.
    """
    ids = night.table("units").select("customer_no", "customer_id")
    frame = ids.join(night.table("scores"), on="customer_no", how="left", maintain_order="left")
    frame = frame.join(night.table("propensities"), on="customer_no", how="left", maintain_order="left")
    rows = frame.sort("customer_id").drop("customer_no")
    try:
        if out.suffix == ".parquet":
            rows.write_parquet(out)
        elif out.suffix == ".csv":
            rows.write_csv(out)
        else:
            raise PolicyError("the file's name must end in .parquet or .csv", where=f"--out {out.name}")
    except OSError as error:
        raise WriteError(error.strerror or "cannot be written", where=str(out)) from error
