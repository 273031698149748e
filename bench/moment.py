"""A booking in the moment, for one customer in one process: `python -m bench.moment [WORKSPACE] [--customers 100]`.

The workspace has had a night; without one the sample bank has it. Of each customer a card payment of today is added to
what the night has kept of him: the state alone, the state and his chances to buy in each category, and then everything
that `persona customer show --event` tells, with the booking. CPU milliseconds, after one that warms up.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import numpy as np
import polars as pl

from persona import scores, signals
from persona.runs.explain import night_of
from persona.runs.following import state_of
from persona.runs.household import Household
from persona.runs.moment import household, profile
from persona.runs.plan import Night
from persona.tables import CANONICAL

MAY_MS = 5.0
"""targets of `speed.md`: one customer in the moment, p99."""
PIECES = ("state", "state and affinity", "everything")


def booked(night: Night, customer_no: int, bucket: int) -> pl.DataFrame:
    """A payment of today at noon."""
    at = datetime.combine(night.as_of.day, datetime.min.time()) + timedelta(hours=12)
    row = {"booked_at": at, "amount_minor": -4_200, "currency": night.policy.workspace.currency}
    category = scores.restored(json.loads(night.table("affinity_model").item())).leaves[0]
    told = {"customer_no": customer_no, "bucket": bucket, "category": category, "merchant": "SHOP", "kind": "purchase"}
    keys = {"customer_no": pl.Int64, "bucket": pl.Int8}
    return pl.DataFrame([row | told], schema={**CANONICAL["transactions"].schema, **keys})


def of_leaves(state: signals.State, leaves: tuple[str, ...]) -> scores.State:
    """What affinity reads of the state, without a table between."""
    place = [state.words.index(leaf) for leaf in leaves]
    return scores.State(
        state.customers, leaves, state.faded[:, place], state.seen[:, place], state.visits, state.first, state.last
    )


def timed(home: Household, rows: pl.DataFrame, model: scores.Affinity) -> Iterator[float]:
    """Milliseconds of each piece."""
    customer_no, day = int(rows["customer_no"][0]), home.night.as_of.day + timedelta(days=1)
    known = state_of(home.last_night(), ())
    before, after = known.only(known.customers == customer_no), home.after(rows)
    parts = [pl.col("booked_on").is_between(a, b, closed="left") for a, b in signals.slices(before, to=day)]
    lines = after.lines.filter(pl.any_horizontal(parts) & (pl.col("customer_no") == customer_no))
    began = time.process_time()
    state = signals.advanced(before, lines, to=day)
    yield 1_000 * (time.process_time() - began)
    scores.chances(of_leaves(state, model.leaves), model, as_of=day)
    yield 1_000 * (time.process_time() - began)
    began = time.process_time()
    profile(home.after(rows), customer_no, day=day)
    yield 1_000 * (time.process_time() - began)


def measured(workspace: Path, count: int) -> list[list[float]]:
    with night_of(workspace, None, lambda *_: None, None) as (night, _):
        model = scores.restored(json.loads(night.table("affinity_model").item()))
        people = night.store.crosswalk().select("customer_no", "bucket").sort("customer_no")
        chosen = people.gather_every(max(people.height // (count + 1), 1)).head(count + 1)
        made = []
        for customer_no, bucket in chosen.iter_rows():
            home = household(night, bucket, customer_no)
            made.append(list(timed(home, booked(night, customer_no, bucket), model)))
    return made[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspace", nargs="?", type=Path)
    parser.add_argument("--customers", type=int, default=100)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = given.workspace or Path(folder) / "bank"
        if given.workspace is None:
            for words in (["init", str(workspace)], ["run", "--workspace", str(workspace)]):
                subprocess.run([sys.executable, "-m", "persona", *words, "--quiet"], check=True)
        made = np.array(measured(workspace, given.customers))
    print("| with one booking more | p50 ms | p99 ms | may take | p99 ratio |")
    print("|---|---:|---:|---:|---:|")
    for name, column in zip(PIECES, made.T, strict=True):
        half, most = np.percentile(column, [50, 99])
        print(f"| {name} | {half:.2f} | {most:.2f} | {MAY_MS:.0f} | {most / MAY_MS:.2f} |")


if __name__ == "__main__":
    main()
