"""The sample bank: ``python sample_data/make.py --customers 2000 --months 18 --seed 7 --out sample_data``.

Writes ``extracts/`` (what a night reads) and ``truth/`` (what really holds; persona never reads it).
The same options give the same bytes on the same machine, whatever its zone or locale.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import campaigns
import core_system
import digital
import faults
import numpy as np
import other_systems
import permissions
import polars as pl
from bookings import Bookings, month_bookings
from calendar_days import NEVER, day, month_start
from dialects import write_control, write_csv, write_json_lines
from effects import EFFECTS, PRICES
from flows import Flows, flows
from people import Book, Flags, Ints, book, customer_rows
from products import Accounts, accounts, contracts, holders
from spending import Habits, expected, habits, month_rows
from trips import Rows, compact, paid, trips
from vocabulary import ARCHETYPES, NAMES_OF_ARCHETYPES


@dataclass(frozen=True, slots=True)
class Size:
    """How much is made."""

    customers: int
    months: int
    seed: int
    density: float
    extra_days: int


@dataclass(frozen=True, slots=True)
class Bank:
    """What stands before the first month."""

    size: Size
    days: int
    book: Book
    known: Habits
    away: Rows
    held: Accounts
    contracts: pl.DataFrame
    regular: Flows
    arrears: Ints
    looking: Ints
    consents: pl.DataFrame

    def chance(self, *tags: int) -> np.random.Generator:
        """Random numbers of their own for each use."""
        return np.random.default_rng([self.size.seed, *tags])


@dataclass(slots=True)
class State:
    """What a month leaves for the next."""

    balances: Ints
    settled: Ints
    points: Ints
    later: pl.DataFrame | None = None
    """Outcomes that come after the end of the month in which the contact was made."""


def bank(size: Size) -> Bank:
    """The customers, their habits and contracts."""
    days = month_start(size.months)
    chance = [np.random.default_rng([size.seed, tag]) for tag in range(8)]
    who = book(size.customers, days, chance[0])
    owed = contracts(who, days, chance[1])
    saves = chance[2].random(who.size) < np.array([kind.savings for kind in ARCHETYPES])[who.archetype]
    held = accounts(who, saves, chance[3])
    known = habits(who, size.months, chance[4])
    owes = _holds(owed, "loan", who.size) | _holds(owed, "lease", who.size)
    return Bank(
        size=size,
        days=days,
        book=who,
        known=known,
        away=compact(paid(trips(who, size.months, chance[5]), who, chance[6])),
        held=held,
        contracts=owed,
        regular=flows(who, held, owed, expected(who, known), chance[7]),
        arrears=digital.arrears(who, owes, days, size.seed),
        looking=digital.lookers(who, _holds(owed, "mortgage", who.size), size.seed),
        consents=permissions.consents(who, days, size.seed),
    )


def _holds(owed: pl.DataFrame, product: str, size: int) -> Flags:
    flags = np.zeros(size, dtype=np.bool_)
    flags[owed.filter(pl.col("product") == product)["person"].to_numpy()] = True
    return flags


def made(size: Size, out: Path) -> Iterator[str]:
    """Write everything; yields a line after each step."""
    extracts, truth = out / "extracts", out / "truth"
    for folder in (extracts, truth):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    noted = faults.Ledger()
    all_of_it = bank(size)
    state = State(
        balances=all_of_it.held.opening_minor,
        settled=np.rint(expected(all_of_it.book, all_of_it.known)).astype(np.int64) * (all_of_it.book.joins <= 0),
        points=all_of_it.chance(63).integers(0, 2_500, size.customers)
        * all_of_it.book.has_card
        * (all_of_it.book.joins <= 0),
    )
    for month in range(size.months):
        rows = _month(all_of_it, state, month, extracts, noted)
        if month >= size.months - 2:
            _snapshots(all_of_it, state, month_start(month + 1), extracts, noted, is_last=month == size.months - 1)
        yield f"{_delivered(month)}: {rows:,} transactions"
    _relations(all_of_it, extracts)
    _extra_days(all_of_it, state, extracts)
    _redelivered(all_of_it.size, extracts, noted)
    _truth(all_of_it, noted, truth)
    yield f"truth and {noted.frame()['rows'].sum()} faults"


def _delivered(month: int) -> date:
    return day(month_start(month + 1) - 1)


def _month(made_of: Bank, state: State, month: int, extracts: Path, noted: faults.Ledger) -> int:
    """A month's increments of every system; moves the state on. Returns how many transactions there are."""
    seed, on, from_end = made_of.size.seed, _delivered(month), made_of.size.months - 1 - month
    bought = month_rows(made_of.book, made_of.known, month, seed=seed, away=made_of.away, density=made_of.size.density)
    name = f"cards_transactions_{on}.csv.gz"
    write_csv(extracts / name, faults.cards(other_systems.card_rows(bought, f"{on:%y%m}"), name, from_end, noted))
    booked, closing = month_bookings(
        made_of.book, made_of.held, made_of.regular, month, settled=state.settled, opening=state.balances, seed=seed
    )
    _core_file(made_of, booked, month, on, extracts, noted)
    total = np.bincount(bought.person, weights=bought.amount, minlength=made_of.book.size)
    state.balances, state.settled = closing, np.rint(total).astype(np.int64)
    state.points = state.points + np.maximum(state.settled, 0) // 100
    _redemptions(made_of, state, month, on, extracts)
    if from_end < digital.MONTHS:
        name = f"digital_events_{on}.jsonl.gz"
        events = digital.month_events(made_of.book, made_of.looking, month, is_last=from_end == 0, seed=seed)
        rows = other_systems.event_rows(events, f"{on:%y%m}")
        write_json_lines(extracts / name, rows, tail=faults.broken_event(name, from_end, noted))
    if from_end < campaigns.MONTHS:
        _contacts(made_of, state, month, on, extracts)
    return len(bought.person) + len(booked.account)


def _core_file(made_of: Bank, booked: Bookings, month: int, on: date, extracts: Path, noted: faults.Ledger) -> None:
    from_end = made_of.size.months - 1 - month
    rows = core_system.booking_rows(booked, made_of.held, month)
    _write_core(faults.bookings(rows, f"core_bookings_{on}.csv.gz", from_end, noted), on, extracts)


def _write_core(rows: pl.DataFrame, on: date, extracts: Path) -> None:
    """Bookings and the control file beside them."""
    extract = extracts / f"core_bookings_{on}.csv.gz"
    write_csv(extract, rows, delimiter=";", encoding="cp1252")
    total = int(rows["BETRAG"].str.replace(",", "").cast(pl.Int64).sum())
    shown = f"{'-' if total < 0 else ''}{abs(total) // 100}.{abs(total) % 100:02d}"
    write_control(extracts / f"core_bookings_{on}.ctl", extract, rows=rows.height, total=shown)


def _redemptions(made_of: Bank, state: State, month: int, on: date, extracts: Path) -> None:
    first, last = month_start(month), month_start(month + 1)
    rows = digital.redeemed(made_of.book, state.points, first, last, made_of.chance(64, month))
    np.subtract.at(state.points, rows["person"].to_numpy(), rows["points"].to_numpy())
    write_csv(extracts / f"loyalty_redemptions_{on}.csv", other_systems.redemption_rows(rows, f"{on:%y%m}"))


def _contacts(made_of: Bank, state: State, month: int, on: date, extracts: Path) -> None:
    """The outcomes of a month: of its own contacts and of those of the months before."""
    seed, is_last = made_of.size.seed, month == made_of.size.months - 1
    allowed = permissions.allowed(made_of.consents, made_of.book, month_start(month))
    told = campaigns.contacts(made_of.book, allowed, month, is_last=is_last, seed=seed)
    made_now = campaigns.outcomes(made_of.book, told, seed=seed, month=month)
    rows = made_now if state.later is None else pl.concat([made_now, state.later])
    ended = pl.col("minute") < month_start(month + 1) * 1_440
    state.later = rows.filter(~ended)
    in_order = rows.filter(ended).sort("minute", "person", "event")
    write_csv(extracts / f"crm_outcomes_{on}.csv", other_systems.outcome_rows(in_order))


def _snapshots(made_of: Bank, state: State, on: int, extracts: Path, noted: faults.Ledger, *, is_last: bool) -> None:
    """The tables as of the end of the day before ``on``."""
    named = day(on - 1)
    who, held = made_of.book, made_of.held
    late = np.maximum(made_of.arrears - (made_of.days - on), 0)
    people = core_system.customers(customer_rows(who, state.points, late, made_of.chance(65)), on)
    name = f"core_customers_{named}.csv"
    if is_last:
        people = faults.customers(people, name, noted)
    files = {
        name: people,
        f"core_accounts_{named}.csv": core_system.accounts(held, made_of.contracts, on),
        f"core_holders_{named}.csv": core_system.account_holders(holders(who, held), made_of.contracts, on),
        f"core_holdings_{named}.csv": core_system.holdings(
            held, made_of.contracts, state.balances, who.income, late, on
        ),
    }
    for file, frame in files.items():
        write_csv(extracts / file, frame, delimiter=";", encoding="cp1252")
    write_csv(extracts / f"cards_contracts_{named}.csv", other_systems.card_contracts(who, state.settled))
    stopped = permissions.suppressions(who, made_of.arrears, _staff(made_of, state), made_of.days, made_of.size.seed)
    write_csv(extracts / f"crm_suppressions_{named}.csv", other_systems.suppression_rows(stopped, on))


def _staff(made_of: Bank, state: State) -> Flags:
    flags: Flags = customer_rows(made_of.book, state.points, made_of.arrears, made_of.chance(65))["staff"].to_numpy()
    return flags


def _relations(made_of: Bank, extracts: Path) -> None:
    """Consents as two increments, preferences as one."""
    split = month_start(made_of.size.months - 1)
    for low, high in ((-NEVER, split), (split, made_of.days)):
        log = made_of.consents.filter(pl.col("day").is_between(low, high, closed="left"))
        write_csv(extracts / f"crm_consents_{day(high - 1)}.csv", other_systems.consent_rows(log))
    stated = permissions.preferences(made_of.book, made_of.days, made_of.size.seed)
    write_csv(extracts / f"crm_preferences_{day(made_of.days - 1)}.csv", other_systems.preference_rows(stated))


def _extra_days(made_of: Bank, state: State, extracts: Path) -> None:
    """Card and core increments of single days after the last month, for the night after."""
    if not made_of.size.extra_days:
        return
    month, seed = made_of.size.months, made_of.size.seed
    bought = month_rows(made_of.book, made_of.known, month, seed=seed, away=made_of.away, density=made_of.size.density)
    booked, _ = month_bookings(
        made_of.book, made_of.held, made_of.regular, month, settled=state.settled, opening=state.balances, seed=seed
    )
    cards = other_systems.card_rows(bought, f"{day(made_of.days):%y%m}")
    core = core_system.booking_rows(booked, made_of.held, month)
    for number in range(made_of.days, made_of.days + made_of.size.extra_days):
        on = day(number)
        write_csv(
            extracts / f"cards_transactions_{on}.csv.gz", cards.filter(pl.Series(bought.minute // 1_440 == number))
        )
        _write_core(core.filter(pl.Series(booked.day == number)), on, extracts)


def _redelivered(size: Size, extracts: Path, noted: faults.Ledger) -> None:
    """A file that comes a second time under another name."""
    month = size.months - 5
    if month < 0:
        return
    again = extracts / f"cards_transactions_{day(month_start(month + 1) + 1)}.csv.gz"
    shutil.copyfile(extracts / f"cards_transactions_{_delivered(month)}.csv.gz", again)
    noted.note(again.name, "whole file delivered before under another name", 1, "nothing is loaded twice")


def _truth(made_of: Bank, noted: faults.Ledger, truth: Path) -> None:
    who = made_of.book
    person = pl.Series("customer_id", np.arange(1, who.size + 1)).cast(pl.String).str.zfill(7)
    looking = np.zeros(who.size, dtype=np.bool_)
    looking[made_of.looking] = True
    customers = pl.DataFrame(
        {
            "customer_id": "K" + person,
            "archetype": pl.Series("archetype", NAMES_OF_ARCHETYPES).gather(who.archetype),
            "likes": pl.Series("likes", ["coast", "city", "mountain"]).gather(who.kind_of_travel),
            "looks_for_a_mortgage": looking,
            "held_out": campaigns.held_out(who, made_of.size.seed),
        }
    )
    write_csv(truth / "customers.csv", customers)
    write_csv(truth / "life_events.csv", _life_events(who, customers["customer_id"], made_of.days))
    rows = [
        (effect.offer, effect.group, name, base / 1_000, lift / 1_000)
        for effect in EFFECTS
        for name, base, lift in zip(NAMES_OF_ARCHETYPES, effect.base, effect.lift, strict=True)
    ]
    write_csv(
        truth / "effects.csv",
        pl.DataFrame(rows, ["offer_id", "group_id", "archetype", "rate_base", "lift"], orient="row"),
    )
    prices = [
        (one.offer, kind, one.points[0], one.points[-1], odds)
        for one in PRICES
        for kind, odds in zip(NAMES_OF_ARCHETYPES, one.odds, strict=True)
    ]
    names = ["offer_id", "archetype", "worst", "best", "odds_ratio"]
    write_csv(truth / "prices.csv", pl.DataFrame(prices, names, orient="row", strict=False))
    write_csv(truth / "faults.csv", noted.frame())


def _life_events(who: Book, ids: pl.Series, days: int) -> pl.DataFrame:
    names = {
        "move": "moves",
        "first_child": "child",
        "pay_rise": "rise",
        "retirement": "retires",
        "job_loss": "loses_job",
        "lease_end": "lease_ends",
    }
    parts = []
    for name, attribute in names.items():
        when = getattr(who, attribute)
        at = np.flatnonzero(when < (NEVER if name == "lease_end" else days))
        dates = [day(number) for number in when[at]]
        parts.append(
            pl.DataFrame({"customer_id": ids.gather(at), "on": pl.Series(dates, dtype=pl.Date)}).with_columns(
                event=pl.lit(name)
            )
        )
    return pl.concat(parts).select("customer_id", "event", "on").sort("customer_id", "event")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=2_000)
    parser.add_argument("--months", type=int, default=18)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--density", type=float, default=1.0, help="factor on everyday card purchases")
    parser.add_argument(
        "--extra-days", type=int, default=0, help="single days after the last month, for the next night"
    )
    parser.add_argument("--out", type=Path, required=True, help="extracts/ and truth/ are replaced in this folder")
    given = parser.parse_args()
    began = time.perf_counter()
    for line in made(Size(given.customers, given.months, given.seed, given.density, given.extra_days), given.out):
        print(f"{time.perf_counter() - began:7.1f} s  {line}", flush=True)


if __name__ == "__main__":
    main()
