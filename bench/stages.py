"""Each stage beside its limit and a naive peer, in one run: `python -m bench.stages [--customers 10000] [--rounds 5]`.

Ours and the peer take turns (A B A B), so that what else the machine does falls on both; CPU seconds, medians.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from bench import peers
from bench.sample import Size, extracts, workspace
from persona import scores, signals
from persona.decisions import memberships
from persona.messages.filters import formats
from persona.messages.render import rendered
from persona.messages.slots import TYPES
from persona.offers import verdicts
from persona.runs.deciding import refusals_of, room_of, worded
from persona.runs.lines import bought, lines_of
from persona.runs.night import until
from persona.runs.nightly import profile_of
from persona.runs.plan import Night
from persona.sources import found, read
from persona.store import Store, contract_of

STATE_READS = ("customer_no", "booked_on", "category", "spent_minor", "hour", "place")
TEXTS = 20_000
"""Messages that are written in one turn."""


@dataclass(frozen=True, slots=True)
class Duel:
    """One stage, what it is at best, and what it would be without thought; each done once when called."""

    stage: str
    rows: int
    ours: Callable[[], object]
    limit: Callable[[], object]
    peer: Callable[[], object]
    said: str
    """What the limit and the peer are."""


def load_duel(night: Night, store: Store) -> Duel:
    """The largest extract of card purchases, read, checked and stored."""
    source = next(one for one in night.policy.sources if one.source == "cards_transactions")
    delivery = max(found(source, night.policy.root), key=lambda one: one.size)
    contract = contract_of(source)
    more = {"references": {}, "categories": night.policy.categories, "currency": night.policy.workspace.currency}

    def ours() -> object:
        return store.load(read(delivery, source, contract=contract, **more), delivery, source, sha256="0" * 64)

    return Duel(
        "load",
        peers.lines_counted(delivery.path),
        ours,
        lambda: peers.lines_counted(delivery.path),
        lambda: peers.csv_read(delivery.path, source.format.delimiter),
        "unpack and count lines; DuckDB read_csv, texts only, unchecked",
    )


def state_duel(night: Night) -> Duel:
    """The state of every customer, brought up to date by one day."""
    day, words = night.as_of.day, night.policy.vocabulary.categories
    lines, units = lines_of(night), night.table("units")["customer_no"].to_numpy()
    yesterday = day - timedelta(days=1)
    history = lines.rows().filter(pl.col("booked_on") < day).collect()
    before = signals.folded(units, history.filter(pl.col("booked_on") < yesterday), as_of=yesterday, words=words)
    days = signals.slices(before, to=day)

    def ours() -> object:
        rows = [
            lines.rows(since=a, until=b).filter(pl.col("booked_on").is_between(a, b, closed="left")) for a, b in days
        ]
        new = pl.concat([part.select(STATE_READS).collect() for part in rows])
        return signals.to_frame(signals.advanced(before, new, to=day))

    return Duel(
        "state, one day more",
        len(units),
        ours,
        lambda: (
            history.filter(pl.col("booked_on") >= yesterday).group_by("customer_no").agg(pl.col("spent_minor").sum())
        ),
        lambda: signals.folded(units, history, as_of=day, words=words),
        "the day's rows summed by customer; all folded anew",
    )


def signals_duel(night: Night) -> Duel:
    """State, regular payments and every signal of every customer, from all their bookings."""
    words, workspace_ = night.policy.vocabulary.categories, night.policy.workspace
    units, day = night.table("units")["customer_no"].to_numpy(), night.as_of.day
    lines = lines_of(night).rows().filter(pl.col("booked_on") < day).collect()
    events = night.facts("events")
    gap_days, hours, weekdays = night.table("book").row(0)
    more = {
        "events": events,
        "redeemed": night.facts("redemptions"),
        "stated": night.facts("preferences"),
        "as_of": night.as_of,
        "book": signals.Book(gap_days, tuple(hours), tuple(weekdays)),
        "subjects": workspace_.subjects,
        "topics": workspace_.topics,
    }

    def ours() -> object:
        state, regular = signals.folded(units, lines, as_of=day, words=words), signals.streams(lines, as_of=day)
        at_shops = signals.at_shops(units, lines, signals.regular_shops(regular), as_of=day)
        return signals.signals(state, regular, signals.habits(state, at_shops, events, as_of=night.as_of), **more)

    return Duel(
        "signals",
        lines.height,
        ours,
        lambda: peers.one_aggregate(lines),
        lambda: peers.grouped(lines.with_columns(weekday=pl.col("booked_on").dt.weekday()), night.as_of),
        "one hash aggregate; a Polars group_by a question",
    )


def scores_duel(night: Night) -> Duel:
    """The affinity of every customer to every category."""
    model = scores.restored(json.loads(night.table("affinity_model").item()))
    words, table = night.policy.vocabulary.categories, night.table("state")
    purchases = bought(night)

    def ours() -> object:
        state = scores.state_of(table, leaves=model.leaves)
        return scores.affinity(state, model, as_of=night.as_of.day, categories=words)

    return Duel(
        "affinity",
        table.height,
        ours,
        lambda: peers.one_logistic((table.height, len(model.leaves))),
        lambda: peers.decayed(purchases, night.as_of),
        "one logistic in numpy; decayed counts by Polars",
    )


def verdicts_duel(night: Night) -> Duel:
    """Why each action may not be told to each customer."""
    here, profile = room_of(night), profile_of(night)
    units = profile.select("customer_no").join(night.table("units"), on="customer_no", how="left")
    members = memberships(units, night.policy.experiments.holdouts, night.store.arms())
    return Duel(
        "verdicts",
        profile.height,
        lambda: verdicts(refusals_of(night, here, profile, members, None), here.actions),
        lambda: peers.one_select(profile, here.criteria),
        lambda: peers.crossed(profile, here.criteria, here.actions),
        "each condition once; customers x actions by cross join",
    )


def texts_duel(night: Night) -> Duel:
    """The longest HTML of the bank's e-mails."""
    emails = [one for place, one in worded(night.policy).items() if place[0] == "email" and one.locale == "en"]
    wording = max(emails, key=lambda one: len(one.texts["html"].slots))
    text = wording.texts["html"]
    number = pl.int_range(TEXTS)
    value = {
        pl.String: pl.format("value {}", number),
        pl.Int64: number * 137 + 1_000_000,
        pl.Date: pl.repeat(night.as_of.day, TEXTS),
    }
    shown = pl.select(value[TYPES[slot.type]].alias(name) for name, slot in text.slots.items())
    words = formats(wording.locale, night.policy.workspace.currency)
    ready = rendered(text, shown, words=words, is_html=True)
    return Duel(
        "texts",
        TEXTS,
        lambda: rendered(text, shown, words=words, is_html=True),
        lambda: peers.written(ready),
        lambda: peers.by_jinja(text, shown, words, is_html=True),
        "their bytes put together; sandboxed Jinja a row",
    )


def duels(night: Night) -> Iterator[Duel]:
    """All of them, one after the other; what is loaded for the first goes into a store of its own."""
    with TemporaryDirectory() as folder, Store.open(Path(folder), night.policy.workspace) as store:
        yield load_duel(night, store)
    yield state_duel(night)
    yield signals_duel(night)
    yield scores_duel(night)
    yield verdicts_duel(night)
    yield texts_duel(night)


def cpu_s(work: Callable[[], object]) -> float:
    """CPU seconds of a piece of work, over all threads."""
    began = time.process_time()
    work()
    return time.process_time() - began


def fought(duel: Duel, rounds: int) -> str:
    """The line of a duel: medians of rounds in which ours, the limit and the peer take turns."""
    turns = [[cpu_s(work) for work in (duel.ours, duel.limit, duel.peer)] for _ in range(rounds)]
    ours, limit, peer = (statistics.median(times) for times in zip(*turns, strict=True))
    speed = duel.rows / max(ours, 1e-9)
    times = f"{ours:.3f} | {limit:.3f} | {peer:.3f} | {ours / max(limit, 1e-9):.1f} | {ours / max(peer, 1e-9):.2f}"
    return f"| {duel.stage} | {duel.rows:,} | {speed:,.0f} | {times} | {duel.said} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--months", type=int, default=13)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    size = Size(given.customers, given.months)
    extracts(size)
    root = workspace(size, "stages")
    head = "stage | rows | rows per CPU s | ours s | limit s | peer s | ours / limit | ours / peer | limit; peer"
    print(f"| {head} |\n|---|---:|---:|---:|---:|---:|---:|---:|---|", flush=True)
    with until(root, "decisions", as_of=None, progress=lambda *_: None) as (night, _):
        for duel in duels(night):
            print(fought(duel, given.rounds), flush=True)


if __name__ == "__main__":
    main()
