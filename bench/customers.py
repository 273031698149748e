"""What is reckoned of every customer, stage by stage: `python -m bench.customers [--customers 1000000]`.

Made-up customers with 30 purchases each over two years, in thirty categories; whole batches, as the night takes them.
Models are learnt from the first 20,000. Each stage stands beside what `speed.md` allows signals or scores at that size.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import TypeVar

import numpy as np
import polars as pl

from bench.measured import forget_peak, peak_mb
from bench.state import AT_A_TIME, DAY, HISTORY, WORDS, lines
from persona import scores, segments, signals
from persona.clock import AsOf
from persona.tables import CANONICAL

LEARNT_FROM = 20_000
MAY_TAKE_S = {"state, folded anew": 60.0, "signals": 60.0}
"""CPU seconds for a million customers: targets of `speed.md`; all other stages are of the scores."""
SCORES_S = 15.0
AS_OF = AsOf.at_start_of(DAY, "UTC")
YESTERDAY = DAY - timedelta(days=1)
BEHIND = {"chosen, earlier": scores.EARLIER_DAYS, "chosen": 0}
"""How many days before the day the habits of each kind are folded up to."""

Made = TypeVar("Made")
Took = dict[str, tuple[float, float]]
"""CPU seconds of each stage, and the most MB that the process held during one."""


@dataclass(frozen=True, slots=True)
class Models:
    """What was learnt from the first customers."""

    patterns: segments.Patterns | None
    affinity: scores.Affinity
    attrition: scores.Attrition | None
    value: scores.Value | None


def empty(table: str) -> pl.DataFrame:
    """The table without a row, as the store gives it."""
    schema = CANONICAL[table].schema | {"customer_no": pl.Int64}
    return pl.DataFrame(schema=schema)


def timed(took: Took, stage: str, work: Callable[[], Made]) -> Made:
    """What the work makes; its CPU seconds are added to the stage's, its memory is the stage's where it is the most."""
    forget_peak()
    began = time.process_time()
    made = work()
    cpu_s, most_mb = took.get(stage, (0.0, 0.0))
    took[stage] = cpu_s + time.process_time() - began, max(most_mb, peak_mb())
    return made


def batches(customers: int, a_customer: int) -> Iterator[tuple[range, pl.DataFrame]]:
    """The customers of each batch and their purchases."""
    for number, start in enumerate(range(0, customers, AT_A_TIME)):
        size = min(AT_A_TIME, customers - start)
        yield range(1, size + 1), purchases(size, size * a_customer, seed=number)


def purchases(customers: int, count: int, *, seed: int) -> pl.DataFrame:
    """Purchases of customers of whom some buy often and some hardly, each mostly in a few categories of his own."""
    draw = np.random.default_rng(seed)
    who = (customers * draw.random(count) ** 2).astype(np.int64) + 1
    taste = (who + draw.geometric(0.3, count)) % len(WORDS)
    return lines(customers, count, first=HISTORY, last=1, seed=seed).with_columns(
        customer_no=pl.Series(who), category=pl.Series([*WORDS]).gather(taste)
    )


def signals_of(state: signals.State) -> pl.DataFrame:
    """All signals of a batch whose only facts are purchases."""
    none, nothing = empty("events"), _as_lines(lines(1, 0, first=1, last=1, seed=0))
    regular = signals.streams(nothing, as_of=DAY)
    at_shops = signals.at_shops(state.customers, nothing, signals.regular_shops(regular), as_of=DAY)
    habits = signals.habits(state, at_shops, none, as_of=AS_OF)
    book = signals.book(state, *habits)
    redeemed, stated = empty("redemptions"), empty("preferences")
    return signals.signals(
        state, regular, habits, events=none, redeemed=redeemed, stated=stated, as_of=AS_OF, book=book
    )


def _as_lines(rows: pl.DataFrame) -> pl.DataFrame:
    texts = {name: pl.lit(None, dtype=pl.String) for name in ("merchant", "counterparty", "kind", "channel")}
    return signals.lines(rows.with_columns(amount_minor=-pl.col("spent_minor"), **texts))


def measured(customers: int, a_customer: int) -> Took:
    """CPU seconds of each stage over all batches."""
    took: Took = {}
    models: Models | None = None
    for who, bought in batches(customers, a_customer):
        state = timed(took, "state, folded anew", partial(signals.folded, who, bought, as_of=DAY, words=WORDS))
        known = timed(took, "signals", partial(signals_of, state))
        if models is None:
            models = fitted(took, known.head(LEARNT_FROM), bought.filter(pl.col("customer_no") <= LEARNT_FROM))
        scored(took, models, state, known, bought)
    return took


def fitted(took: Took, known: pl.DataFrame, bought: pl.DataFrame) -> Models:
    """The models of the first customers."""
    everyone = known["customer_no"].to_numpy()
    seen = scores.occasions(everyone, bought, as_of=DAY)
    return Models(
        timed(took, "patterns, learnt", lambda: segments.fit_patterns(known, categories=WORDS, before=None)),
        timed(took, "affinity, learnt", lambda: scores.fit_affinity(everyone, bought, as_of=DAY, categories=WORDS)),
        timed(took, "attrition, learnt", lambda: scores.fit_attrition(seen, as_of=DAY)[0]),
        timed(took, "value, learnt", lambda: scores.fit_value(seen, as_of=DAY)[0]),
    )


def scored(took: Took, models: Models, state: signals.State, known: pl.DataFrame, bought: pl.DataFrame) -> None:
    """What each model says of a batch, and the segments."""
    phases = timed(took, "lifecycle", lambda: segments.lifecycle(known.with_columns(tenure_days=pl.lit(900))))
    rules = {f"s{number}": pl.col("purchases_365d") > number for number in range(20)}
    flags = timed(took, "20 segments by rule", lambda: segments.rule_segments(known, rules))
    timed(took, "main segment", lambda: segments.main_segment(flags, {f"s{n}": n for n in range(20)}))
    past = phases.with_columns(segment=pl.lit("s1"))
    timed(took, "migration", lambda: segments.with_before(phases, past, names=["lifecycle"]))
    timed(took, "patterns", lambda: segments.patterns(known, models.patterns, before=None))
    model = models.affinity
    kept = signals.to_frame(state).select(scores.state_columns(model.leaves))
    timed(
        took,
        "affinity",
        lambda: scores.affinity(scores.state_of(kept, leaves=model.leaves), model, as_of=DAY, categories=WORDS),
    )
    anew = timed(took, "habits, folded anew", lambda: folded(known["customer_no"], bought, as_of=DAY))
    before = scores.table_of(folded(known["customer_no"], bought, as_of=YESTERDAY))
    timed(took, "habits, one day more", lambda: one_day_more(before, bought))
    timed(took, "attrition", lambda: scores.attrition(anew["chosen"], anew["chosen, earlier"], models.attrition))
    timed(took, "value", lambda: scores.value(anew["chosen"], models.value))


def folded(customers: pl.Series, bought: pl.DataFrame, *, as_of: date) -> dict[str, scores.Habits]:
    """The habits of a batch, and those of the days before which attrition is told against."""
    seen = scores.occasions(customers.to_numpy(), bought, as_of=as_of)
    return dict(zip(BEHIND, scores.habits_back(seen, *BEHIND.values()), strict=True))


def one_day_more(before: pl.DataFrame, bought: pl.DataFrame) -> pl.DataFrame:
    """The table of habits of the day before, followed by a day: its purchases are looked for among all."""
    made = {}
    for name, behind in BEHIND.items():
        start, end = (day - timedelta(days=behind) for day in (YESTERDAY, DAY))
        new = bought.filter(pl.col("booked_on") == start)
        seen = scores.occasions(before["customer_no"].to_numpy(), new, as_of=end)
        made[name] = scores.continued(scores.kept_habits(before, name, as_of=start), seen)
    return scores.table_of(made)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--bookings", type=int, default=30, help="of each customer")
    given = parser.parse_args()
    took = measured(given.customers, given.bookings)
    print(f"{given.customers:,} customers, {given.customers * given.bookings:,} purchases\n")
    print("| stage | CPU s | customers per CPU s | peak MB | all may take | share |\n|---|---:|---:|---:|---:|---:|")
    for stage, (cpu_s, most_mb) in took.items():
        may = MAY_TAKE_S.get(stage, SCORES_S) * given.customers / 1_000_000
        speed = given.customers / max(cpu_s, 1e-9)
        print(f"| {stage} | {cpu_s:.2f} | {speed:,.0f} | {most_mb:,.0f} | {may:.1f} | {cpu_s / may:.2f} |")


if __name__ == "__main__":
    main()
