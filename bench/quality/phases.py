"""How many lifecycle phases change in a week, held against odds and told anew: `python bench/quality/phases.py`.

Made-up customers who buy as ever, and Complete Journey from the folder that PERSONA_REAL_DATA names. Beside it what
each phase foretells: the share that bought in the next 30 days.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from persona import signals
from persona.segments.lifecycle import PHASES, lifecycle
from persona.signals.cadence import cadence
from persona.signals.trend import trend

WEEKS = 16
AHEAD = timedelta(days=30)
FIRST, DAYS = date(2025, 1, 1), 540


def as_ever(people: int) -> pl.DataFrame:
    """Purchases of customers each of whom buys at a rate of his own that never changes."""
    draw = np.random.default_rng(1)
    counts = draw.poisson(DAYS * np.exp(draw.normal(-1.2, 1, people)))
    booked_on = np.datetime64(FIRST) + draw.integers(0, DAYS, counts.sum())
    return pl.DataFrame({"customer_no": np.repeat(np.arange(people), counts), "booked_on": booked_on})


def complete_journey(folder: Path) -> pl.DataFrame:
    return (
        pl.read_parquet(folder / "complete_journey" / "transactions.parquet")
        .group_by("household_id", "basket_id")
        .agg(booked_on=pl.col("transaction_timestamp").dt.date().min())
        .select("booked_on", customer_no=pl.col("household_id").cast(pl.Int64))
    )


def known(bought: pl.DataFrame, customers: Sequence[int], as_of: date) -> pl.DataFrame:
    """What phases are told by, of the purchases before a day."""
    before = bought.filter(pl.col("booked_on") < as_of)
    days = before.unique().sort("customer_no", "booked_on")
    gap = (pl.col("booked_on").diff().dt.total_days()).over("customer_no")
    usual = float(days.select(gap.mean()).item())
    state = signals.folded(customers, before, as_of=as_of, words=["all"])
    first = pl.Series(np.where(state.first < state.day, state.day - state.first, -1))
    counts = pl.DataFrame({"customer_no": state.customers, "purchases_90d": state.purchases[:, 1]}).with_columns(
        first_purchase_days=pl.when(first >= 0).then(first), tenure_days=pl.lit(None, dtype=pl.Int64)
    )
    return counts.join(trend(state), on="customer_no").join(cadence(state, book_gap_days=usual), on="customer_no")


def shown(name: str, bought: pl.DataFrame) -> None:
    bought = bought.with_columns(category=pl.lit("all"), spent_minor=pl.lit(100), hour=None, place=None)
    customers = bought["customer_no"].unique().sort().to_list()
    last: date = bought.select(pl.col("booked_on").max().dt.offset_by("1d")).item()
    labels: dict[str, pl.DataFrame | None] = {"held": None, "anew": None}
    moved: dict[str, list[float]] = {how: [] for how in labels}
    came: dict[tuple[str, str], list[bool]] = {}
    for week in range(WEEKS, -1, -1):
        as_of = last - timedelta(days=7 * week)
        told = known(bought, customers, as_of)
        soon = bought.filter(pl.col("booked_on").is_between(as_of, as_of + AHEAD, closed="left"))["customer_no"]
        for how, before in labels.items():
            now = lifecycle(told, before if how == "held" else None)
            if before is not None:
                other = (now["lifecycle"] != before["lifecycle"]).to_numpy()
                moved[how].append(100 * float(other.mean()))
            if as_of + AHEAD <= last:
                bought_soon = now.with_columns(is_in=pl.col("customer_no").is_in(soon.implode()))
                for phase, is_in in bought_soon.select("lifecycle", "is_in").iter_rows():
                    came.setdefault((how, phase), []).append(is_in)
            labels[how] = now
    print(f"\n{name}: {len(customers):,} customers, {WEEKS} weeks")
    for how in labels:
        print(
            f"  {how}: {np.mean(moved[how]):5.2f} % change in a week; bought in the next 30 days: {_shares(came, how)}"
        )


def _shares(came: Mapping[tuple[str, str], Sequence[bool]], how: str) -> str:
    there = [(phase, came[how, phase]) for phase in PHASES if (how, phase) in came]
    return ", ".join(f"{phase} {np.mean(one):.2f}" for phase, one in there)


def main() -> None:
    shown("Who buys as ever", as_ever(2_000))
    shown("Complete Journey", complete_journey(Path(os.environ["PERSONA_REAL_DATA"])))


if __name__ == "__main__":
    main()
