"""Choices between bank cards foretold, beside simpler ways: `python bench/quality/price_response.py`.

Reads half of the people of a real conjoint study (Allenby and Ginter, 1995) from the folder that PERSONA_REAL_DATA
names; of each person three random choices are held out, five times over.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from persona.scores.logistic import fit_logistic, logistic, weighed
from persona.scores.price_response import PriceResponse, Weights, acceptance, fit_price_response, weights_of

ORDERED = (
    ("Med_FInt", "Low_FInt"),
    ("Med_VInt",),
    ("Med_Fee", "Low_Fee"),
    ("Med_Rebate", "High_Rebate"),
    ("High_CredLine",),
    ("Long_Grace",),
)
"""Levels from the worst to the best, where all people agree on it."""
HELD_OUT, REPEATS = 3, 5


def choices(folder: Path) -> tuple[pl.DataFrame, list[str]]:
    raw = pl.read_parquet(folder / "price" / "bank_conjoint_half.parquet")
    terms = [name for name in raw.columns if name not in {"id", "choice"}]
    return raw.select(*terms, customer_no=pl.col("id").cast(pl.Int64), is_taken=pl.col("choice") == 1), terms


def parted(rows: pl.DataFrame, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    order = np.random.default_rng(seed).random(rows.height)
    ranked = rows.with_columns(order=pl.Series(order)).with_columns(rank=pl.col("order").rank().over("customer_no"))
    return ranked.filter(pl.col("rank") > HELD_OUT), ranked.filter(pl.col("rank") <= HELD_OUT)


def hits(chance: np.ndarray, rows: pl.DataFrame) -> float:
    return float(((chance > 0.5) == rows["is_taken"].to_numpy()).mean())


def foretold(rows: pl.DataFrame, learnt: pl.DataFrame, model: PriceResponse) -> np.ndarray:
    weights = weights_of(rows["customer_no"].unique().to_numpy(), learnt, model)
    offers = rows.select(model.terms).to_numpy().astype(np.float64)
    own = zip(np.searchsorted(weights.customers, rows["customer_no"].to_numpy()), offers, strict=True)
    return np.array([acceptance(only(weights, at), offer[None])[0, 0] for at, offer in own])


def only(weights: Weights, at: int) -> Weights:
    return Weights(weights.customers[at : at + 1], weights.mean[at : at + 1], weights.spread[at : at + 1])


def alone(model: PriceResponse) -> PriceResponse:
    """No word of the others: as good as no prior."""
    size = len(model.terms)
    return replace(model, mean=(0.0,) * size, spread=tuple(map(tuple, (np.eye(size) * 100.0).tolist())), ordered=())


def main() -> None:
    rows, terms = choices(Path(os.environ["PERSONA_REAL_DATA"]))
    print(f"{rows['customer_no'].n_unique()} people, {rows.height:,} choices, terms: {', '.join(terms)}")
    print("seed      pooled   own alone  hierarchic  with order    log-loss   fit s")
    table = []
    for seed in range(REPEATS):
        learnt, held = parted(rows, seed)
        pooled = fit_logistic(learnt.select(terms).to_numpy().astype(float), learnt["is_taken"].cast(float).to_numpy())
        of_all = weighed(held.select(terms).to_numpy().astype(float), pooled.tolist())
        began = time.process_time()
        model = fit_price_response(learnt, terms=terms, ordered=ORDERED)
        seconds = time.process_time() - began
        if model is None:
            raise SystemExit("too few answers")
        variants = (alone(model), replace(model, ordered=()), model)
        chances = [foretold(held, learnt, one) for one in variants]
        was = held["is_taken"].to_numpy()
        loss = float(-np.log(np.where(was, chances[-1], 1 - chances[-1]).clip(1e-6)).mean())
        table.append([hits(logistic(of_all), held), *(hits(chance, held) for chance in chances), loss])
        print(f"{seed:4}  " + "  ".join(f"{number:10.4f}" for number in table[-1]) + f"  {seconds:6.1f}")
    print("mean  " + "  ".join(f"{number:10.4f}" for number in np.mean(table, axis=0)))


if __name__ == "__main__":
    main()
