"""Affinity on real purchases: Complete Journey, as of 1 September 2017."""

import os
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from persona.scores.affinity import fit_affinity
from persona.scores.backtest import backtest

AS_OF = date(2017, 9, 1)
DATA = os.environ.get("PERSONA_REAL_DATA")


@pytest.mark.slow
@pytest.mark.skipif(not DATA, reason="PERSONA_REAL_DATA names no folder with real data")
def test_real_purchases_are_foreseen_as_well_as_measured_before_and_better_than_by_counting():
    folder = Path(DATA or "") / "complete_journey"
    products = pl.read_parquet(folder / "products.parquet").select("product_id", category="product_category")
    lines = pl.read_parquet(folder / "transactions.parquet").join(products, on="product_id", how="left")
    rows = lines.select(
        "category",
        customer_no="household_id",
        visit="basket_id",
        booked_on=pl.col("transaction_timestamp").dt.date(),
    )
    bought = rows.drop_nulls("category").group_by("customer_no", "category", "visit").agg(pl.col("booked_on").max())
    visits = rows.group_by("customer_no", "visit").agg(pl.col("booked_on").max())
    everyone = visits["customer_no"].unique().to_list()
    words = sorted(bought["category"].unique())
    before = pl.col("booked_on") < AS_OF
    model = fit_affinity(everyone, bought.filter(before), as_of=AS_OF, categories=words, visits=visits.filter(before))
    found = backtest(model, everyone, bought, as_of=AS_OF, visits=visits)
    ours = found["affinity"]
    assert model.why_not_fitted == ""
    assert ours.log_loss == pytest.approx(0.175, abs=0.002)
    assert ours.calibration_error < 0.0035
    assert ours.recall == pytest.approx(0.691, abs=0.002)
    assert ours.recall > found["decayed counting"].recall + 0.01
    assert ours.recall_new > found["popularity"].recall_new + 0.008
