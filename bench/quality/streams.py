"""Recurring payments of a real bank with their labels hidden: `python bench/quality/streams.py`.

Reads Berka from the folder that PERSONA_REAL_DATA names. What is paid is *right* where the bank holds a standing order
of that account and amount, or labels the bookings as household, insurance or loan; what comes in where it labels a
pension. Salaries have no label: they are counted, with how often one came. *There* are labelled ones booked three times
or more. Equal cash deposits are the trap of a salary rule, and nobody leaves.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import polars as pl

from persona.scores import EARLIER_DAYS, attrition, fit_attrition, habits_of, occasions
from persona.signals.income import income
from persona.signals.lines import lines
from persona.signals.streams import streams

AS_OF = date(1994, 4, 1)
LABELS = {"SIPO": "household", "POJISTNE": "insurance", "UVER": "loan", "DUCHOD": "pension"}
PAIR = ["customer_no", "amount_minor", "is_income"]


def bookings(folder: Path) -> pl.DataFrame:
    """By account, which stands for the customer, with the labels in ``label`` alone; the cut last line is left out."""
    text = (folder / "trans.asc").read_bytes().rpartition(b"\r\n")[0]
    raw = pl.read_csv(text, separator=";", infer_schema=False)
    is_in = pl.col("type") == "PRIJEM"
    amount = (pl.col("amount").cast(pl.Float64) * 100).round().cast(pl.Int64)
    in_cash = pl.col("operation").is_in(["VKLAD", "VYBER", "VYBER KARTOU"])
    none = pl.lit(None, dtype=pl.String)
    return raw.select(
        customer_no=pl.col("account_id").cast(pl.Int64),
        booked_on=pl.col("date").str.to_date("%y%m%d"),
        amount_minor=pl.when(is_in).then(amount).otherwise(-amount),
        spent_minor=pl.when(is_in).then(0).otherwise(amount),
        category=none,
        merchant=none,
        counterparty=pl.col("bank") + "-" + pl.col("account"),
        kind=pl.when(pl.col("k_symbol") == "UROK").then(pl.lit("interest")).when(in_cash).then(pl.lit("cash")),
        channel=none,
        label=pl.col("k_symbol").str.strip_chars().replace_strict(LABELS, default=None),
    )


def truth(folder: Path, booked: pl.DataFrame) -> pl.DataFrame:
    """What is known to be regular, by account, amount and direction, with how often it was booked."""
    orders = pl.read_csv(folder / "order.asc", separator=";").select(
        customer_no=pl.col("account_id"),
        amount_minor=(pl.col("amount") * 100).round().cast(pl.Int64),
        is_income=pl.lit(value=False),
        label=pl.lit("standing order"),
    )
    whole = booked.with_columns(is_income=pl.col("amount_minor") > 0, amount_minor=pl.col("amount_minor").abs())
    named = whole.drop_nulls("label").select(*PAIR, "label")
    times = whole.group_by(PAIR).agg(times=pl.len())
    return pl.concat([orders, named]).unique().join(times, on=PAIR, how="left")


def main() -> None:
    folder = Path(os.environ["PERSONA_REAL_DATA"]) / "berka"
    booked = bookings(folder)
    found = streams(lines(booked.drop("label").with_columns(spent_minor=pl.lit(0))), as_of=AS_OF)
    known = truth(folder, booked)
    right = found.join(known, on=PAIR, how="semi")
    print("found              all  right  precision")
    for name, is_it in (("paid", ~pl.col("is_income")), ("comes in", pl.col("is_income"))):
        some, good = found.filter(is_it).height, right.filter(is_it).height
        salaries = found.filter(is_it).join(known, on=PAIR, how="anti").filter("is_income")
        held = max(some - salaries.height, 1)
        print(f"{name:15} {held:6,} {good:6,} {good / held:10.4f}")
        if salaries.height:
            print(f"{'salaries':15} {salaries.height:6,}         each came {salaries['occurrences'].mean():.1f} times")
    print("\nhidden label     there  found  recall")
    for label in ("standing order", *LABELS.values()):
        there = known.filter((pl.col("label") == label) & (pl.col("times") >= 3))
        seen = there.join(found, on=PAIR, how="semi").height
        print(f"{label:15} {there.height:6,} {seen:6,} {seen / max(there.height, 1):7.4f}")
    paid_in = income(found)
    cash = booked.filter((pl.col("kind") == "cash") & (pl.col("amount_minor") > 0))["customer_no"].n_unique()
    trapped = found.filter(pl.col("kind") == "cash").height
    print(f"\nIncomes: {paid_in.height:,} accounts; {cash:,} pay in cash, {trapped} of it is taken for regular.")
    spent = booked.filter(pl.col("spent_minor") > 0)
    seen = occasions(spent["customer_no"].unique().to_list(), spent, as_of=AS_OF)
    alarms = int(
        attrition(habits_of(seen), habits_of(seen.earlier(EARLIER_DAYS)), fit_attrition(seen, as_of=AS_OF)[0])[
            "is_at_risk"
        ].sum()
    )
    print(f"Of {len(seen.customers):,} who all stay {alarms:,} are said to drift away.")


if __name__ == "__main__":
    main()
