"""Streams on a real bank's bookings: Berka, with the labels of the standing orders hidden."""

import os
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from persona.signals.lines import lines
from persona.signals.streams import streams

DATA = os.environ.get("PERSONA_REAL_DATA")


def payments(folder):
    """Bookings by account, as a source file would map them; the cut last line is left out."""
    text = folder.joinpath("trans.asc").read_bytes().rpartition(b"\r\n")[0]
    raw = pl.read_csv(text, separator=";", infer_schema=False)
    sign = pl.when(pl.col("type") == "PRIJEM").then(1).otherwise(-1)
    amount = (pl.col("amount").cast(pl.Float64) * 100).round().cast(pl.Int64) * sign
    in_cash = pl.col("operation").is_in(["VKLAD", "VYBER", "VYBER KARTOU"])
    return raw.select(
        customer_no=pl.col("account_id").cast(pl.Int64),
        booked_on=pl.col("date").str.to_date("%y%m%d"),
        amount_minor=amount,
        spent_minor=pl.lit(0),
        category=pl.lit(None, dtype=pl.String),
        merchant=pl.lit(None, dtype=pl.String),
        counterparty=pl.col("bank") + "-" + pl.col("account"),
        kind=pl.when(pl.col("k_symbol") == "UROK").then(pl.lit("interest")).when(in_cash).then(pl.lit("cash")),
        channel=pl.lit(None, dtype=pl.String),
    )


@pytest.mark.slow
@pytest.mark.skipif(not DATA, reason="PERSONA_REAL_DATA names no folder with real data")
def test_standing_orders_are_found_without_their_labels_and_equal_cash_deposits_are_not():
    folder = Path(DATA or "") / "berka"
    booked = payments(folder)
    assert booked.height == 49_102
    found = streams(lines(booked), as_of=date(1994, 4, 1))
    pair = ["customer_no", "amount_minor"]
    orders = pl.read_csv(folder / "order.asc", separator=";").select(
        customer_no="account_id", amount_minor=(pl.col("amount") * 100).round().cast(pl.Int64)
    )
    paid = found.filter(~pl.col("is_income") & pl.col("counterparty").is_not_null())
    precision = paid.join(orders, on=pair, how="semi").height / paid.height
    seen = booked.select("customer_no", amount_minor=-pl.col("amount_minor")).join(orders, on=pair, how="semi")
    thrice = seen.group_by(pair).len().filter(pl.col("len") >= 3)
    recall = thrice.join(paid, on=pair, how="semi").height / thrice.height
    assert precision > 0.99
    assert recall > 0.99
    assert found.filter(pl.col("kind") == "cash").is_empty()
