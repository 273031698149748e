"""Propensity against the truth of a larger sample bank: `python bench/quality/propensity.py [CUSTOMERS [SEED]]`.

A bank is made, one night of it is run up to the propensities, and each customer's propensity is held against the rate
at which his kind of customer truly takes the offer up when told of it by e-mail (`truth/effects.csv`), beside the
shrunken rates that stand in where there are few answers. Log-loss is the expected one, over all customers; the least
is that of the truth itself. Contacts went to those whom an offer suits: the level of the whole book is harder to tell
than that of those who are told, which the model's card measures.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from persona import scores
from persona.runs.night import until

ROOT = Path(__file__).parents[2]
BOUND = 1e-6
HEADER = "offer                  log-loss: model  rates  truth   correlation: model  rates   mean: model  rates  truth"
ROW = "{:22} {:15.4f} {:6.4f} {:6.4f} {:20.2f} {:6.2f} {:13.4f} {:6.4f} {:6.4f}"


def made(folder: Path, customers: int, seed: int) -> Path:
    """A workspace with the extracts of a bank of so many customers."""
    script, bank, workspace = ROOT / "sample_data" / "make.py", folder / "made", folder / "bank"
    size = ("--customers", str(customers), "--months", "18", "--seed", str(seed), "--out", str(bank))
    subprocess.run([sys.executable, str(script), *size], check=True, stdout=subprocess.DEVNULL)
    init = ("-m", "persona", "init", str(workspace), "--quiet")
    subprocess.run([sys.executable, *init], check=True, cwd=ROOT)
    shutil.rmtree(workspace / "extracts")
    shutil.move(bank / "extracts", workspace / "extracts")
    return workspace


def loss(said: np.ndarray, true: np.ndarray) -> float:
    """The expected log-loss of probabilities where things happen at their true rates."""
    p = np.clip(said, BOUND, 1 - BOUND)
    return float(-(true * np.log(p) + (1 - true) * np.log1p(-p)).mean())


def main() -> None:
    """The table."""
    customers, seed = (int(text) for text in (*sys.argv[1:], *("10000", "11")[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder:
        workspace = made(Path(folder), customers, seed)
        with until(workspace, "propensities", as_of=None, progress=lambda *_: None) as (night, _):
            card = json.loads(night.table("propensity_model").item())
            odds = night.table("rates").select("offer_id", "affinity_log_odds").drop_nulls().unique()
            phases = night.table("segments").select("customer_no", "lifecycle")
            known = night.table("scores").join(phases, on="customer_no", how="left")
            priors = [
                scores.Prior(o.offer, o.group, float(o.propensity.prior), o.propensity.strength, o.propensity.affinity)
                for o in night.policy.offers
            ]
            usual = scores.propensities(known, priors, night.table("rates"), usual=dict(odds.iter_rows()))
            found = night.table("propensities").sort("customer_no")
            units = night.table("units").select("customer_no", "customer_id").sort("customer_no")
        truth = Path(folder) / "made" / "truth"
        kinds = units.join(pl.read_csv(truth / "customers.csv"), on="customer_id", how="left", maintain_order="left")
        effects = pl.read_csv(truth / "effects.csv").with_columns(p=pl.col("rate_base") + pl.col("lift"))
    show(card, found, usual.sort("customer_no"), kinds["archetype"], effects)


def show(card: dict, found: pl.DataFrame, usual: pl.DataFrame, kinds: pl.Series, effects: pl.DataFrame) -> None:
    """A row an offer, and the means over all offers."""
    print(f"{card['positives']:,} acceptances; used: {card['used']}; skill a month ahead {card['skill']}")
    print(HEADER)
    rows = []
    for offer in sorted(set(effects["offer_id"]) & {name[2:] for name in found.columns}):
        of_kind = dict(effects.filter(pl.col("offer_id") == offer).select("archetype", "p").iter_rows())
        true = np.maximum(np.array([of_kind[kind] for kind in kinds]), 0.0)
        both = [frame[f"p_{offer}"].to_numpy() for frame in (found, usual)]
        row = [
            *(loss(said, true) for said in (*both, true)),
            *(float(np.corrcoef(said, true)[0, 1]) for said in both),
            *(float(said.mean()) for said in (*both, true)),
        ]
        rows.append(row)
        print(ROW.format(offer, *row))
    print(ROW.format("mean", *np.mean(rows, axis=0)))


if __name__ == "__main__":
    main()
