"""Affinity beside what else ranks categories, on real purchases: `python bench/quality/affinity.py`.

Reads Complete Journey and the purchasing cards of Birmingham from the folder that PERSONA_REAL_DATA names; every as-of
is fitted on what was known then and measured on the 30 days after it.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from persona.scores import Affinity, backtest, fit_affinity, folded
from persona.scores.affinity_features import TAKEN_UP_DAYS, book_numbers, features
from persona.scores.affinity_state import Flags, Floats, State, day_number
from persona.scores.logistic import fit_logistic, logistic, weighed
from persona.scores.quality import Quality, quality, recall

Told = tuple[pl.DataFrame, pl.DataFrame]
"""Purchases by category, and purchase occasions."""

JOURNEY = (date(2017, 6, 1), date(2017, 7, 1), date(2017, 8, 1), date(2017, 9, 1))
CARDS = (date(2017, 4, 1), date(2017, 4, 16), date(2017, 5, 1))
PLAIN = 5
"""Terms of the plain formula: all but what is taken up of late."""


def complete_journey(data: Path) -> Told:
    folder = data / "complete_journey"
    products = pl.read_parquet(folder / "products.parquet").select("product_id", category="product_category")
    lines = (
        pl.read_parquet(folder / "transactions.parquet")
        .join(products, on="product_id", how="left")
        .select(
            "category",
            customer_no="household_id",
            visit="basket_id",
            booked_on=pl.col("transaction_timestamp").dt.date(),
        )
    )
    bought = lines.drop_nulls("category").group_by("customer_no", "category", "visit").agg(pl.col("booked_on").max())
    return bought, lines.group_by("customer_no", "visit").agg(pl.col("booked_on").max())


def birmingham(data: Path) -> Told:
    months = []
    for path in sorted((data / "birmingham_pcard").glob("*.csv")):
        text = path.read_bytes().decode("cp1252", errors="replace")
        rows = pl.read_csv(io.BytesIO(text.encode()), separator=";", infer_schema=False)
        rows = rows.rename({name: name.strip() for name in rows.columns})
        months.append(rows.select("CARD NUMBER", "TRANS DATE", "TRANS CAC DESC 1"))
    lines = (
        pl.concat(months)
        .drop_nulls()
        .select(
            category=pl.col("TRANS CAC DESC 1").str.strip_chars(),
            customer_no=pl.col("CARD NUMBER").rank("dense").cast(pl.Int64),
            booked_on=pl.col("TRANS DATE").str.to_date("%d/%m/%y"),
        )
    )
    lines = lines.with_columns(visit=pl.struct("customer_no", "booked_on").rank("dense"))
    return lines.unique(), lines.select("customer_no", "visit", "booked_on").unique()


def rankings(model: Affinity, state: State, bought: pl.DataFrame, as_of: date) -> Iterator[tuple[str, Floats]]:
    """What else could rank the categories of each customer."""
    place = {leaf: number for number, leaf in enumerate(state.leaves)}
    counts = np.zeros(state.seen.shape)
    who = np.searchsorted(state.customers, bought["customer_no"].to_numpy())
    np.add.at(counts, (who, bought["category"].replace_strict(place, return_dtype=pl.Int64).to_numpy()), 1.0)
    popularity = state.seen.mean(axis=0)
    yield "personal counting", counts + 1e-6 * popularity
    seen = state.seen.astype(np.float64)
    together = seen.T @ seen
    size = np.sqrt(np.maximum(np.diag(together), 1.0))
    alike = together / size / size[:, None]
    np.fill_diagonal(alike, 0.0)
    yield "item-item (cosine)", seen @ alike
    yield "EASE", features(state, model.numbers, day=day_number(as_of))[..., 4]


def plain(told: Told, as_of: date, words: list[str]) -> Quality:
    """The formula as it is: the first five terms, two sets of coefficients, no word of the book's levels."""
    bought, visits = told
    everyone = visits["customer_no"].unique().to_list()

    def at(day: date) -> State:
        return folded(everyone, bought.filter(_before(day)), leaves=words, visits=visits.filter(_before(day)))

    def look(day: date) -> tuple[Floats, Flags, Flags]:
        state, number = at(day), day_number(day)
        numbers = book_numbers(state, at(day - timedelta(days=TAKEN_UP_DAYS)), day=number)
        later = bought.filter(~_before(day) & _before(day + timedelta(days=30)))
        here = state.is_active(number)
        terms = features(state, numbers, day=number)[here, :, :PLAIN]
        return terms, state.seen[here], folded(everyone, later, leaves=words).seen[here]

    terms, seen, happened = look(as_of)
    chance, looks = np.zeros(seen.shape), [look(as_of - timedelta(days=back)) for back in (30, 60)]
    for side in (True, False):
        known = np.concatenate([one[had == side] for one, had, _ in looks])
        labels = np.concatenate([came[had == side] for _, had, came in looks]).astype(np.float64)
        chance[seen == side] = logistic(weighed(terms[seen == side], fit_logistic(known, labels).tolist()))
    return quality(chance, happened, seen)


def _before(day: date) -> pl.Expr:
    return pl.col("booked_on") < day


def shown(name: str, told: Told, as_of: date) -> None:
    bought, visits = told
    everyone, words = visits["customer_no"].unique().to_list(), sorted(bought["category"].unique())
    before, closed = _before(as_of), _before(as_of + timedelta(days=30))
    began = time.process_time()
    known = visits.filter(before)
    model = fit_affinity(everyone, bought.filter(before), as_of=as_of, categories=words, visits=known)
    seconds = time.process_time() - began
    print(f"\n{name}, as of {as_of}, {len(words)} categories; fit {seconds:.1f} CPU s {model.why_not_fitted}")
    print("ranking             customers log-loss    ECE   p/y recall@5    new")
    measured = backtest(model, everyone, bought.filter(closed), as_of=as_of, visits=visits)
    for title, q in {"affinity": measured["affinity"], "plain formula": plain(told, as_of, words), **measured}.items():
        # Naive rankings are no probabilities: only what they put first can be measured.
        rates = " " * 21
        if title in ("affinity", "plain formula"):
            rates = f"{q.log_loss:8.4f} {q.calibration_error:6.4f} {q.predicted_over_true:5.2f}"
        print(f"{title:18} {q.customers:10,} {rates} {q.recall:8.4f} {q.recall_new:6.4f}")
    state = folded(everyone, bought.filter(before), leaves=model.leaves, visits=known)
    after = folded(everyone, bought.filter(closed & ~before), leaves=model.leaves).seen
    active = state.is_active(day_number(as_of))
    for title, score in rankings(model, state, bought.filter(before), as_of):
        ours, happened, seen = score[active], after[active], state.seen[active]
        new = recall(np.where(seen, -np.inf, ours), happened & ~seen)
        print(f"{title:18} {active.sum():10,} {' ' * 21} {recall(ours, happened):8.4f} {new:6.4f}")


def main() -> None:
    data = Path(os.environ["PERSONA_REAL_DATA"])
    told = complete_journey(data)
    for as_of in JOURNEY:
        shown("Complete Journey", told, as_of)
    told = birmingham(data)
    for as_of in CARDS:
        shown("Purchasing cards", told, as_of)


if __name__ == "__main__":
    main()
