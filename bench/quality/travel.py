"""How well travel and rewards are told on the sample bank: `python bench/quality/travel.py [WORKSPACE]`.

Of the party *right* is who has children in the core system's own column; of the kind of place who likes it in the
truth; of the lead whose next ones are within two weeks of it. Of the cadence the journeys are told that it foretold
180 days before, beside those that came. A season has no truth: it is counted.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from persona import signals
from persona.runs.lines import lines_of
from persona.runs.night import until
from persona.runs.plan import Night

ROOT = Path(__file__).parents[2]
KINDS = ("coast", "mountain", "city")
BACK = 180


def known(night: Night) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What the night tells of each customer beside what is true, and what he paid for journeys."""
    truth = pl.read_csv(ROOT / "sample_data" / "truth" / "customers.csv").select("customer_id", "likes")
    parts = ("leanings", "signals", "attributes")
    told = night.table("units").select("customer_no", "customer_id", "household_key").join(truth, on="customer_id")
    for name in parts:
        frame = night.table(name)
        told = told.join(
            frame.drop([c for c in frame.columns if c in told.columns and c != "customer_no"]), on="customer_no"
        )
    asked = [*signals.PASSAGES, *signals.STAYS]
    paid = lines_of(night).rows().filter((pl.col("spent_minor") > 0) & pl.col("category").is_in(asked))
    return told, paid.select("customer_no", "booked_on", "category").collect()


def shown(what: str, told: int, right: int, of: int, found: int) -> None:
    print(f"{what:22} {told:6,} {right:6,} {right / max(told, 1):10.3f} {of:8,} {found / max(of, 1):7.3f}")


def party(told: pl.DataFrame) -> None:
    """Of travellers: whether they have children, by the bank's own count of them."""
    here = told.with_columns(has=(pl.col("children").fill_null(0) > 0).any().over("household_key"))
    here = here.filter(pl.col("journeys_365d") > 0)
    said = pl.col("journey_party") == "family"
    counts = here.select(said.sum(), right=(said & pl.col("has")).sum(), of=pl.col("has").sum()).row(0)
    shown("party: family", *counts, counts[1])


def places(told: pl.DataFrame) -> None:
    """The kind of place most booked or redeemed for, beside what the truth says is liked."""
    for word in KINDS:
        said, is_so = pl.col("destination_kind") == word, pl.col("likes") == word
        travels = pl.col("destination_kind").is_not_null()
        counts = told.select(said.sum(), right=(said & is_so).sum(), of=(is_so & travels).sum()).row(0)
        shown(f"likes: {word}", counts[0], counts[1], counts[2], counts[1])


def habits(paid: pl.DataFrame, day: date) -> None:
    """What was told 180 days ago of those who had travelled three times, beside what they did since."""
    start = day - timedelta(days=BACK)
    then = signals.journeys(paid, as_of=start)
    since = paid.filter(pl.col("booked_on").is_between(start, day, closed="left"))
    now = signals.journeys(since, as_of=day).select("customer_no", came="journeys_365d", now="journey_lead_days")
    both = then.join(now, on="customer_no", how="left")
    leads = both.drop_nulls(["journey_lead_days", "now"])
    near = leads.filter((pl.col("now") - pl.col("journey_lead_days")).abs() <= 14).height
    shown("lead", leads.height, near, leads.height, near)
    often = both.drop_nulls("journey_gap_days").with_columns(pl.col("came").fill_null(0))
    foretold = often.select((BACK / pl.col("journey_gap_days")).sum()).item()
    print(f"\ncadence: of {often.height:,} customers {foretold:,.0f} journeys were foretold in {BACK} days,", end=" ")
    print(f"{often['came'].sum():,} came; season told of {then['journey_season'].count():,}.")


def rewards(told: pl.DataFrame) -> None:
    """How many use their points for what they have stated."""
    said = told["redeems_as_stated"].drop_nulls()
    print(f"rewards: of {len(said):,} who stated one and redeemed, {int(said.sum()):,} redeem for what they stated.")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "bank"
        if not workspace.exists():
            subprocess.run([sys.executable, "-m", "persona", "init", str(workspace), "--quiet"], check=True)
        with until(workspace, "leanings", as_of=None, progress=lambda *_: None) as (night, _):
            told, paid = known(night)
            print("what                     told  right  precision    there  recall")
            party(told)
            places(told)
            habits(paid, night.as_of.day)
            rewards(told)


if __name__ == "__main__":
    main()
