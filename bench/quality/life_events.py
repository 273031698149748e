"""Life events found on the sample bank against its truth: `python bench/quality/life_events.py [WORKSPACE]`.

An event is right where the truth has it for a customer of the same household, at most 15 days after (a lost job 31)
and 120 days before the day it showed. Found is counted over events of the truth that were 60 to 180 days old.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl

from persona import foundation, signals
from persona.clock import AsOf
from persona.runs.night import until
from persona.signals.life_events import life_dates, life_events, tells

ROOT = Path(__file__).parents[2]
DAYS = (date(2025, 11, 1), date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1))
EVENTS = {
    "moved_days": "move",
    "child_days": "first_child",
    "pay_rise_days": "pay_rise",
    "retired_days": "retirement",
    "income_stopped_days": "job_loss",
}
EARLY = {"job_loss": 31}
"""Days that an event may show before its day, where it is not 15: who loses his job in a month is not paid in it."""
HEADER = "event          told  right  precision   to be found  found"


def loaded(workspace: Path) -> tuple[pl.DataFrame, pl.DataFrame, dict[date, pl.DataFrame]]:
    """Customers, what is true of their households, and the bookings that were known on each day."""
    with until(workspace, "customers", as_of=None, progress=lambda *_: None) as (night, _):
        rows, policy, zone = night.facts("transactions"), night.policy, night.as_of.zone
        units = night.table("units").select("customer_no", "customer_id", "household_key")
        leases = night.table("holding_facts").select("customer_no", "matures_on_lease").drop_nulls()
        known = {
            day: foundation.bookings(
                rows,
                as_of=AsOf.at_start_of(day, zone),
                categories=policy.categories,
                currency=policy.workspace.currency,
            )
            for day in DAYS
        }
    truth = pl.read_csv(ROOT / "sample_data" / "truth" / "life_events.csv", try_parse_dates=True)
    happened = truth.join(units, on="customer_id").select("household_key", "customer_no", "event", true_on="on")
    show_leases(units, happened, leases)
    return units, happened, known


def events_of(rows: pl.DataFrame, day: date) -> pl.DataFrame:
    """What the rules tell on a day."""
    since = rows.group_by("customer_no").agg(known_since=pl.col("booked_on").min())
    lines = signals.lines(rows)
    gone = signals.stopped(signals.streams(lines, as_of=day), lines, as_of=day)
    told = life_events(life_dates(rows.filter(tells()), since), as_of=day)
    return told.join(signals.income_stopped(gone, as_of=day), on="customer_no", how="full", coalesce=True)


def show_leases(units: pl.DataFrame, happened: pl.DataFrame, leases: pl.DataFrame) -> None:
    """Leases are no rule over bookings: their end is in the contracts."""
    ends = leases.join(units, on="customer_no").join(happened.filter(pl.col("event") == "lease_end"), on="customer_no")
    right = ends.filter((pl.col("matures_on_lease") - pl.col("true_on")).dt.total_days().abs() <= 31).height
    print(HEADER)
    print(f"{'lease_end':12} {leases.height:6,} {right:6,} {right / max(leases.height, 1):10.3f}")


def counted(found: pl.DataFrame, happened: pl.DataFrame, day: date, event: str) -> tuple[int, int, int, int]:
    true = happened.filter(pl.col("event") == event)
    late = (pl.col("on") - pl.col("true_on")).dt.total_days()
    right = (
        found.join(true, on="household_key")
        .filter(late.is_between(-EARLY.get(event, 15), 120))
        .select("customer_no")
        .n_unique()
    )
    age = (pl.lit(day) - pl.col("true_on")).dt.total_days()
    due = true.filter(age.is_between(60, 180))
    return found.height, right, due.height, due.join(found, on="household_key", how="semi").height


def total(rows: Sequence[tuple[int, int, int, int]]) -> tuple[int, ...]:
    return tuple(sum(column) for column in zip(*rows, strict=True))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "bank"
        if not workspace.exists():
            subprocess.run([sys.executable, "-m", "persona", "init", str(workspace), "--quiet"], check=True)
        units, happened, known = loaded(workspace)
    made = {day: events_of(rows, day) for day, rows in known.items()}
    for column, event in EVENTS.items():
        rows = []
        for day, frame in made.items():
            on = pl.lit(day) - pl.duration(days=pl.col(column))
            found = frame.drop_nulls(column).join(units, on="customer_no").with_columns(on=on)
            rows.append(counted(found, happened, day, event))
        all_told, right, due, there = total(rows)
        share = there / max(due, 1)
        print(f"{event:12} {all_told:6,} {right:6,} {right / max(all_told, 1):10.3f} {due:12,} {share:6.3f}")


if __name__ == "__main__":
    main()
