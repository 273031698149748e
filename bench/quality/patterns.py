"""Spending patterns of the sample bank, week by week: `python bench/quality/patterns.py [WORKSPACE]`.

Prints each pattern with the kinds of customers in it, and how many labels change from week to week: warm with
hysteresis, warm without, and refitted from nothing.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from persona.clock import AsOf
from persona.foundation import bookings
from persona.policy.policy import Policy
from persona.runs.night import until
from persona.segments.pattern_choice import agreement
from persona.segments.patterns import Patterns, fit_patterns, patterns
from persona.tables.profile import as_name
from persona.tables.words import leaves

ROOT = Path(__file__).parents[2]
WEEKS = 8


def loaded(workspace: Path) -> tuple[pl.DataFrame, pl.DataFrame, tuple[str, ...], date]:
    """Customers with the truth of them, purchases, categories and the day of the run."""
    with until(workspace, "customers", as_of=None, progress=lambda *_: None) as (night, _):
        policy: Policy = night.policy
        rows = night.facts("transactions")
        made = bookings(
            rows,
            as_of=AsOf.at_start_of(night.as_of.day, night.as_of.zone),
            categories=policy.categories,
            currency=policy.workspace.currency,
        )
        units = night.table("units").select("customer_no", "customer_id").sort("customer_no")
        day, words = night.as_of.day, policy.vocabulary.categories
    truth = pl.read_csv(ROOT / "sample_data" / "truth" / "customers.csv").select("customer_id", "archetype")
    people = units.join(truth, on="customer_id", how="left", maintain_order="left")
    return people, made.filter(pl.col("spent_minor") > 0), words, day


def counted(people: pl.DataFrame, bought: pl.DataFrame, words: tuple[str, ...], as_of: date) -> pl.DataFrame:
    """Purchases of each customer and leaf in the year before a day."""
    year = bought.filter(pl.col("booked_on").is_between(as_of - timedelta(days=365), as_of - timedelta(days=1)))
    sums = year.group_by("customer_no").agg(
        (pl.col("category") == word).sum().cast(pl.Int64).alias(f"purchases_365d_{as_name(word)}") for word in words
    )
    return people.select("customer_no").join(sums, on="customer_no", how="left").fill_null(0).sort("customer_no")


def shown(people: pl.DataFrame, model: Patterns, labels: pl.DataFrame) -> None:
    both = labels.join(people, on="customer_no").drop_nulls("pattern")
    kinds = both["archetype"].rank("dense").to_numpy().astype(int) - 1
    place = {word: at for at, word in enumerate(model.ids)}
    told = both["pattern"].replace_strict(place, return_dtype=pl.Int64).to_numpy()
    print(f"{len(model.ids)} patterns, agreement {model.agreement:.2f}, with truth {agreement(told, kinds):.2f}")
    for word, name in zip(model.ids, model.names, strict=True):
        here = both.filter(pl.col("pattern") == word)
        most = here.group_by("archetype").len().sort("len", "archetype", descending=[True, False]).head(3)
        who = ", ".join(f"{archetype} {100 * count // max(here.height, 1)} %" for archetype, count in most.iter_rows())
        print(f"  {word:4} {here.height:5,}  {name:45} {who}")


def changed(before: pl.DataFrame, now: pl.DataFrame) -> float:
    both = before.select("customer_no", then="pattern").join(now, on="customer_no").drop_nulls(["then", "pattern"])
    return 100 * float(np.mean((both["then"] != both["pattern"]).to_numpy()))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "bank"
        if not workspace.exists():
            subprocess.run([sys.executable, "-m", "persona", "init", str(workspace), "--quiet"], check=True)
        people, bought, words, day = loaded(workspace)
    words = leaves(words)
    model, labels, cold_labels = None, None, None
    print("week        changed %   without hysteresis   cold refit")
    for week in range(WEEKS, -1, -1):
        as_of = day - timedelta(days=7 * week)
        known = counted(people, bought, words, as_of)
        model = fit_patterns(known, categories=words, before=model)
        alone = fit_patterns(known, categories=words, before=None)
        made, bare, cold = (
            patterns(known, one, before=held) for one, held in ((model, labels), (model, None), (alone, None))
        )
        if labels is not None and cold_labels is not None:
            told = (changed(labels, one) for one in (made, bare))
            print(f"{as_of}  {next(told):9.2f} {next(told):20.2f} {changed(cold_labels, cold):12.2f}")
        labels, cold_labels = made, cold
    if model is not None and labels is not None:
        shown(people, model, labels)


if __name__ == "__main__":
    main()
