"""Who buys again, when, and for how much, beside naive forecasts on real purchases: `python bench/quality/renewal.py`.

Reads CDNOW, Complete Journey and Berka from the folder that PERSONA_REAL_DATA names. Every model is learnt on what was
known before the days that it is measured on.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

from persona.scores.attrition import EARLIER_DAYS, attrition, fit_attrition
from persona.scores.bgnbd import Histories, expected_purchases, fit_bgnbd, log_likelihood
from persona.scores.cards import ModelCard
from persona.scores.habits import habits_of
from persona.scores.next_purchase import fit_next_purchase
from persona.scores.occasions import occasions
from persona.scores.value import fit_value


def cdnow(folder: Path) -> pl.DataFrame:
    lines = (folder / "cdnow" / "CDNOW_master.txt").read_text().splitlines()[1:]
    rows = [(int(one[0]), one[1], round(float(one[3]) * 100)) for one in map(str.split, lines)]
    frame = pl.DataFrame(rows, schema=["customer_no", "booked_on", "spent_minor"], orient="row")
    return frame.with_columns(pl.col("booked_on").str.to_date("%Y%m%d"))


def complete_journey(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "complete_journey" / "transactions.parquet").select(
        customer_no="household_id",
        booked_on=pl.col("transaction_timestamp").dt.date(),
        spent_minor=(pl.col("sales_value") * 100).round().cast(pl.Int64),
    )


def berka(folder: Path) -> pl.DataFrame:
    """Money out by account, which stands for the customer; the last line is cut short."""
    text = (folder / "berka" / "trans.asc").read_bytes().rpartition(b"\r\n")[0]
    raw = pl.read_csv(text, separator=";", infer_schema=False).filter(pl.col("type") != "PRIJEM")
    return raw.select(
        customer_no=pl.col("account_id").cast(pl.Int64),
        booked_on=pl.col("date").str.to_date("%y%m%d"),
        spent_minor=(pl.col("amount").cast(pl.Float64) * 100).round().cast(pl.Int64),
    )


BOOKS: tuple[tuple[str, Callable[[Path], pl.DataFrame], date], ...] = (
    ("CDNOW", cdnow, date(1998, 7, 1)),
    ("Complete Journey", complete_journey, date(2017, 9, 1)),
    ("Berka", berka, date(1994, 4, 1)),
)


def digits(folder: Path) -> None:
    """The fits of the published sample of CDNOW, beside what was published."""
    table = pl.read_csv(folder / "cdnow" / "cdnow_customers_summary.csv")
    seen = Histories(*(table[name].cast(pl.Float64).to_numpy() for name in ("frequency", "recency", "T")))
    model = fit_bgnbd(seen)
    ours = (*(round(one, 3) for one in (model.r, model.alpha, model.a, model.b)), round(log_likelihood(model, seen), 1))
    expected = expected_purchases(model, seen, horizon=39.0).sum()
    print("CDNOW, the published sample     r      alpha  a      b      log-likelihood  bought in 39 weeks")
    print("published                       0.243  4.414  0.793  2.426         -9582.4               1,653")
    print(
        f"ours                            {ours[0]}  {ours[1]}  {ours[2]}  {ours[3]} {ours[4]:>15} {expected:>19,.0f}\n"
    )


def row(book: str, card: ModelCard, seconds: float, more: str) -> None:
    found = card.measured
    ours, naive = (getattr(found, "log_loss", None), getattr(found, "naive_log_loss", None)) if found else (None, None)
    if found and ours is None:
        ours, naive = getattr(found, "error", None), getattr(found, "naive_error", None)
    told = f"{ours:8.4f} {naive:8.4f} {found.skill:6.3f} {found.foretold_over_happened:6.2f}" if found else " " * 31
    print(f"{book:17} {card.model:15} {card.customers:9,} {told} {seconds:6.1f}  {more}")


def main() -> None:
    folder = Path(os.environ["PERSONA_REAL_DATA"])
    digits(folder)
    print("book              model           customers   ours    naive  skill    p/y   fit s")
    for book, read, as_of in BOOKS:
        bought = read(folder).filter(pl.col("spent_minor") > 0)
        seen = occasions(bought["customer_no"].unique().to_list(), bought, as_of=as_of)
        began = time.process_time()
        model, card = fit_attrition(seen, as_of=as_of)
        alarms = int(attrition(habits_of(seen), habits_of(seen.earlier(EARLIER_DAYS)), model)["is_at_risk"].sum())
        row(book, card, time.process_time() - began, f"at risk: {alarms:,}; {card.used}")
        began = time.process_time()
        _, card = fit_next_purchase(seen, as_of=as_of, what="any")
        row(book, card, time.process_time() - began, card.says[1])
        began = time.process_time()
        _, card = fit_value(seen, as_of=as_of)
        row(book, card, time.process_time() - began, "; ".join(card.not_trusted_because))


if __name__ == "__main__":
    main()
