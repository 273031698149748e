"""Affinity beside popularity and decayed counting on real purchases: `python bench/quality/affinity.py [AS_OF ...]`.

Reads Complete Journey from the folder that PERSONA_REAL_DATA names; every as-of is fitted on what was known then and
measured on the 30 days after it.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from persona.scores import backtest, fit_affinity

DEFAULT = ("2017-07-01", "2017-08-01", "2017-09-01")


def purchases() -> tuple[pl.DataFrame, pl.DataFrame]:
    folder = Path(os.environ["PERSONA_REAL_DATA"]) / "complete_journey"
    products = pl.read_parquet(folder / "products.parquet").select("product_id", category="product_category")
    lines = (
        pl.read_parquet(folder / "transactions.parquet")
        .join(products, on="product_id", how="left")
        .select(
            "category",
            customer_no="household_id",
            visit="basket_id",
            booked_on=pl.col("transaction_timestamp").dt.date(),
        )
    )
    bought = lines.drop_nulls("category").group_by("customer_no", "category", "visit").agg(pl.col("booked_on").max())
    return bought, lines.group_by("customer_no", "visit").agg(pl.col("booked_on").max())


def main() -> None:
    bought, visits = purchases()
    everyone = visits["customer_no"].unique().to_list()
    words = sorted(bought["category"].unique())
    print("as of      ranking            customers log-loss    ECE   p/y recall@5    new  fit s")
    for text in sys.argv[1:] or DEFAULT:
        as_of = date.fromisoformat(text)
        before, closed = pl.col("booked_on") < as_of, pl.col("booked_on") < as_of + timedelta(days=30)
        began = time.process_time()
        known = visits.filter(before)
        model = fit_affinity(everyone, bought.filter(before), as_of=as_of, categories=words, visits=known)
        seconds = time.process_time() - began
        for name, q in backtest(model, everyone, bought.filter(closed), as_of=as_of, visits=visits).items():
            # The two naive rankings are no probabilities: only what they put first can be measured.
            rates, fit = " " * 21, ""
            if name == "affinity":
                rates = f"{q.log_loss:8.4f} {q.calibration_error:6.4f} {q.predicted_over_true:5.2f}"
                fit = f"{seconds:6.1f}"
            print(f"{text:10} {name:18} {q.customers:9,} {rates} {q.recall:8.4f} {q.recall_new:6.4f} {fit}")


if __name__ == "__main__":
    main()
