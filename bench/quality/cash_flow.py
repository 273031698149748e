"""Who runs out of money within 60 days, on the sample bank and Berka: `python bench/quality/cash_flow.py [WORKSPACE]`.

Balances are those that the banks wrote beside their bookings, as of each day. Of each day the card that its night would
print, and what came in the 60 days after, also where the card's gate withholds it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from persona.scores.cash_need import HORIZON_DAYS, CashNeed, cash_need, fit_cash_need
from persona.scores.completeness import incompleteness
from persona.scores.gates import auc

BANK_DAYS = (date(2025, 10, 1), date(2026, 1, 10), date(2026, 3, 15), date(2026, 5, 1))
BERKA_DAYS = (date(1993, 12, 1), date(1994, 1, 31))
BANDS = ((0.0, 0.1), (0.1, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 1.01))


def sample_bank(workspace: Path) -> pl.DataFrame:
    files = sorted((workspace / "state" / "facts" / "transactions").glob("*/*.parquet"))
    rows = pl.concat([pl.read_parquet(file) for file in files], how="diagonal_relaxed")
    day = pl.col("booked_at").dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/Berlin").dt.date()
    return rows.drop_nulls(["balance_minor", "customer_no"]).with_columns(booked_on=day).sort("booked_on", "txn_id")


def berka(folder: Path) -> pl.DataFrame:
    text = (folder / "berka" / "trans.asc").read_bytes().rpartition(b"\r\n")[0]
    raw = pl.read_csv(text, separator=";", infer_schema=False)
    sign = pl.when(pl.col("type") == "PRIJEM").then(1).otherwise(-1)
    return raw.select(
        "account_id",
        customer_no=pl.col("account_id").cast(pl.Int64),
        booked_on=pl.col("date").str.to_date("%y%m%d"),
        amount_minor=(pl.col("amount").cast(pl.Float64) * 100).round().cast(pl.Int64) * sign,
        balance_minor=(pl.col("balance").cast(pl.Float64) * 100).round().cast(pl.Int64),
    ).sort("booked_on", maintain_order=True)


def shown(name: str, rows: pl.DataFrame, day: date) -> None:
    known = rows.filter(pl.col("booked_on") < day)
    last = known.group_by("customer_no", "account_id", maintain_order=True).agg(pl.col("balance_minor").last())
    balances = last.group_by("customer_no").agg(pl.col("balance_minor").sum())
    own = rows.with_columns(is_on_account=pl.col("account_id").is_not_null())
    incomplete = incompleteness(known.filter(pl.col("account_id").is_not_null()), as_of=day, of="bookings")
    model, card = fit_cash_need(own, balances, as_of=day, incomplete=incomplete)
    found = card.measured
    figures = f"{found.log_loss:.4f} {found.naive_log_loss:.4f} {found.foretold_over_happened}" if found else ""
    print(
        f"{name:6} {day} card {card.customers:6,} {card.positives:4} {figures:24} {card.used}",
        *card.not_trusted_because,
    )
    came(cash_need(own, balances, model or CashNeed(()), as_of=day), own, balances, day)


def came(told: pl.DataFrame, rows: pl.DataFrame, balances: pl.DataFrame, day: date) -> None:
    """What came of those who still had money."""
    ahead = rows.filter(pl.col("booked_on").is_between(day, day + timedelta(days=HORIZON_DAYS - 1)))
    daily = ahead.group_by("customer_no", "booked_on").agg(pl.col("amount_minor").sum()).sort("booked_on")
    low = daily.with_columns(pl.col("amount_minor").cum_sum().over("customer_no")).group_by("customer_no")
    had = told.join(balances.filter(pl.col("balance_minor") >= 0), on="customer_no")
    both = had.join(low.agg(low=pl.col("amount_minor").min()), on="customer_no", how="left")
    lowest = pl.col("balance_minor") + pl.min_horizontal(pl.col("low").fill_null(0), 0)
    ran_out = both.select((lowest < 0).cast(pl.Float64)).to_series().to_numpy()
    chance, naive = both["shortfall_60d_p"].to_numpy(), -both["balance_minor"].to_numpy().astype(np.float64)
    bands = [(chance >= least) & (chance < most) for least, most in BANDS]
    cells = [f"{ran_out[band].mean():.2f} of {band.sum():<5,}" if band.any() else " " * 13 for band in bands]
    ranks = f"{auc(chance, ran_out):.3f} ({auc(naive, ran_out):.3f})"
    print(f"{'':17} came {len(chance):6,} {int(ran_out.sum()):4} {chance.sum():5.0f} {ranks:18}", *cells)


def main() -> None:
    print("card: customers with money, fell short, log-loss, naive log-loss, foretold over happened, used, against it")
    print("came: customers with money, fell short, foretold, AUC (by balance), fell short of those told", *BANDS)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "bank"
        if not workspace.exists():
            subprocess.run([sys.executable, "-m", "persona", "init", str(workspace), "--quiet"], check=True)
            subprocess.run([sys.executable, "-m", "persona", "load", "-w", str(workspace), "--quiet"], check=True)
        bank = sample_bank(workspace)
    for day in BANK_DAYS:
        shown("bank", bank, day)
    if "PERSONA_REAL_DATA" in os.environ:
        real = berka(Path(os.environ["PERSONA_REAL_DATA"]))
        for day in BERKA_DAYS:
            shown("Berka", real, day)


if __name__ == "__main__":
    main()
