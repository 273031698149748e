"""What comes and goes by itself: salaries, pensions, rents, standing orders, and how life events change them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from calendar_days import NEVER, month_of, month_of_year
from names import CLIENTS, EMPLOYERS, INSURERS, LANDLORDS, LENDERS, NURSERIES, PHONES, UTILITIES
from numpy.typing import NDArray
from people import KIND, Book, Flags, Ints
from products import Accounts

OFFICES = (
    "Rentenversicherung Mitte",
    "Familienkasse Nord",
    "Arbeitsagentur Lindenau",
    "Finanzamt Lindenau",
    "Eigenes Sparkonto",
    "Eigenes Girokonto",
    "Harbour Leasing",
    "Kreditabteilung",
    "Kartenabrechnung",
    "Geldautomat",
    "Kontofuehrung",
    "Zinsen",
    "Ueberweisung Privat",
    "Eltern",
    "Kontoabschluss",
    "Depot Weitblick",
)
COUNTERPARTIES = (*EMPLOYERS, *LANDLORDS, *UTILITIES, *PHONES, *INSURERS, *LENDERS, *NURSERIES, *CLIENTS, *OFFICES)
FIRST = {
    name: COUNTERPARTIES.index(group[0])
    for name, group in {
        "employer": EMPLOYERS,
        "landlord": LANDLORDS,
        "utility": UTILITIES,
        "phone": PHONES,
        "insurer": INSURERS,
        "lender": LENDERS,
        "nursery": NURSERIES,
        "client": CLIENTS,
    }.items()
}
OFFICE = {name: COUNTERPARTIES.index(name) for name in OFFICES}

CODES = (
    "SALA",
    "BONU",
    "PENS",
    "BENE",
    "SSBE",
    "RENT",
    "HLRP",
    "ELEC",
    "PHON",
    "INSU",
    "CHLD",
    "LOAR",
    "LEAS",
    "SAVG",
    "TAXS",
    "CCRD",
    "CASH",
    "OTHR",
    "FCOL",
    "INTE",
    "SUPP",
    "TRAD",
    "STMT",
    "INVS",
)
"""Purpose codes of the core system, most of them as in ISO 20022's external code list."""
CODE = {code: index for index, code in enumerate(CODES)}


@dataclass(frozen=True, slots=True)
class Flows:
    """Regular bookings as columns."""

    account: Ints
    """Position in Accounts."""
    day: Ints
    """Day of the month."""
    amount: Ints
    code: Ints
    counterparty: Ints
    since: Ints
    """First month."""
    until: Ints
    """First month without."""
    every: Ints
    """Months between two."""
    phase: Ints

    def of(self, month: int) -> Ints:
        """The positions of the flows that fall into a month."""
        running = (self.since <= month) & (month < self.until)
        return np.flatnonzero(running & ((month_of_year(month) - self.phase) % self.every == 0))


class _Gathering:
    """Collects flows piece by piece."""

    def __init__(self) -> None:
        self.parts: list[tuple[Ints, ...]] = []

    def add(
        self,
        account: Ints,
        amount: Ints,
        code: str,
        counterparty: Ints | int,
        *,
        day: Ints | int,
        since: Ints | int = -1,
        until: Ints | int = NEVER,
        every: int = 1,
        phase: Ints | int = 0,
    ) -> None:
        columns = (account, day, amount, CODE[code], counterparty, since, until, every, phase)
        self.parts.append(tuple(np.broadcast_to(np.asarray(c, dtype=np.int32), account.shape) for c in columns))

    def flows(self) -> Flows:
        return Flows(*(np.concatenate(columns) for columns in zip(*self.parts, strict=True)))


def flows(
    book: Book, held: Accounts, contracts: pl.DataFrame, spends: NDArray[np.float64], rng: np.random.Generator
) -> Flows:
    """Every regular booking of every account; ``spends`` is what each customer spends by card in a usual month."""
    gathering = _Gathering()
    _incomes(gathering, book, held, rng)
    home = _homes(gathering, book, held, contracts, rng)
    bills = _bills(gathering, book, held, rng)
    owed = _repayments(gathering, book, held, contracts)
    left = book.income - home - bills - owed - spends
    _savings(gathering, book, held, left, rng)
    return gathering.flows()


def _incomes(gathering: _Gathering, book: Book, held: Accounts, rng: np.random.Generator) -> None:
    account, everyone = held.current_of, np.arange(book.size)
    employer = FIRST["employer"] + rng.integers(0, len(EMPLOYERS), book.size)
    day = np.where(rng.random(book.size) < 0.7, rng.integers(26, 29, book.size), rng.integers(1, 4, book.size))
    retired, trades = book.archetype == KIND["retiree"], book.archetype == KIND["small_business"]
    studies = book.archetype == KIND["student"]
    works = ~retired & ~trades & ~(studies & (everyone % 2 == 0))
    stops = np.minimum(month_of(np.minimum(book.retires, 10_000)), month_of(np.minimum(book.loses_job, 10_000)))
    rises = np.minimum(month_of(np.minimum(book.rise, 10_000)), stops)
    pay = np.where(studies, book.income // 2, book.income)
    raised = pay * rng.integers(108, 131, book.size) // 100

    def add(who: Flags, amount: Ints, code: str, counterparty: Ints | int, **when: Ints | int) -> None:
        at = np.flatnonzero(who)
        chosen = {name: value[at] if isinstance(value, np.ndarray) else value for name, value in when.items()}
        other = counterparty[at] if isinstance(counterparty, np.ndarray) else counterparty
        gathering.add(account[at], amount[at], code, other, **chosen)  # type: ignore[arg-type]  # day is always among them

    add(works, pay, "SALA", employer, day=day, until=rises)
    add(works & (rises < stops), raised, "SALA", employer, day=day, since=rises, until=stops)
    add(works & (everyone % 3 == 0), pay * 6 // 10, "BONU", employer, day=day, until=stops, every=12, phase=10)
    add(studies, book.income // 2, "SUPP", OFFICE["Eltern"], day=2)
    add(retired, book.income, "PENS", OFFICE["Rentenversicherung Mitte"], day=28)
    add(book.retires < NEVER, book.income * 62 // 100, "PENS", OFFICE["Rentenversicherung Mitte"], day=28, since=stops)
    add(
        book.loses_job < NEVER,
        book.income * 58 // 100,
        "BENE",
        OFFICE["Arbeitsagentur Lindenau"],
        day=27,
        since=stops + 1,
    )
    heads = book.head == everyone
    add(heads & (book.children > 0), book.children * 25_500, "SSBE", OFFICE["Familienkasse Nord"], day=9)
    born = month_of(np.minimum(book.child, 10_000)) + 2
    add(book.child < NEVER, np.full(book.size, 25_500), "SSBE", OFFICE["Familienkasse Nord"], day=9, since=born)
    add(trades, -(book.income * 30 // 100), "TAXS", OFFICE["Finanzamt Lindenau"], day=10, every=3, phase=2)


def _homes(
    gathering: _Gathering, book: Book, held: Accounts, contracts: pl.DataFrame, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Rents of those who owe no mortgage, heads of households only, higher after a move; returns what each pays."""
    owes = contracts.filter(pl.col("product") == "mortgage")["person"].to_numpy()
    owner = np.zeros(book.size, dtype=bool)
    owner[book.head[owes]] = True
    heads = (book.head == np.arange(book.size)) & ~owner
    rent = (book.income * rng.uniform(0.26, 0.40, book.size)).astype(np.int64) // 500 * 500
    landlord = FIRST["landlord"] + rng.integers(0, len(LANDLORDS), book.size)
    moved = month_of(np.minimum(book.moves, 10_000)) + 1
    at = np.flatnonzero(heads)
    gathering.add(held.current_of[at], -rent[at], "RENT", landlord[at], day=1, until=moved[at])
    at = np.flatnonzero(heads & (book.moves < NEVER))
    other = FIRST["landlord"] + (landlord[at] - FIRST["landlord"] + 3) % len(LANDLORDS)
    gathering.add(held.current_of[at], -(rent[at] * 118 // 100), "RENT", other, day=1, since=moved[at])
    return np.where(heads, rent, 0).astype(np.float64)


def _bills(gathering: _Gathering, book: Book, held: Accounts, rng: np.random.Generator) -> NDArray[np.float64]:
    heads = (book.head == np.arange(book.size)) & (book.archetype != KIND["student"])
    at = np.flatnonzero(heads)
    power = rng.integers(90, 320, book.size) * 100
    gathering.add(
        held.current_of[at],
        -power[at],
        "ELEC",
        FIRST["utility"] + at % len(UTILITIES),
        day=3 + at % 5,
        every=3,
        phase=at % 3,
    )
    everyone = np.arange(book.size)
    phone = rng.choice([999, 1_499, 1_999, 2_999, 3_999], book.size)
    at = np.flatnonzero(everyone % 10 < 4)
    gathering.add(held.current_of[at], -phone[at], "PHON", FIRST["phone"] + at % len(PHONES), day=5 + at % 20)
    cover = rng.integers(60, 320, book.size) * 100
    at = np.flatnonzero(book.has_car | (everyone % 4 == 0))
    gathering.add(
        held.current_of[at], -cover[at], "INSU", FIRST["insurer"] + at % len(INSURERS), day=2, every=3, phase=at % 3
    )
    young = heads & (book.children > 0) & (everyone % 5 < 2)
    at = np.flatnonzero(young)
    fee = rng.integers(120, 420, book.size) * 100
    gathering.add(held.current_of[at], -fee[at], "CHLD", FIRST["nursery"] + at % len(NURSERIES), day=5)
    at = np.flatnonzero(book.child < NEVER)
    starts = month_of(book.child[at]) + 10
    gathering.add(held.current_of[at], -fee[at], "CHLD", FIRST["nursery"] + at % len(NURSERIES), day=5, since=starts)
    return np.asarray(np.where(heads, power / 3, 0) + phone + cover / 3 + np.where(young, fee, 0))


def _repayments(gathering: _Gathering, book: Book, held: Accounts, contracts: pl.DataFrame) -> NDArray[np.float64]:
    """Loans and leases here, mortgages here and elsewhere; those in arrears miss the last months."""
    total = np.zeros(book.size)
    codes = {"loan": "LOAR", "mortgage": "HLRP", "lease": "LEAS"}
    for product, code in codes.items():
        rows = contracts.filter(pl.col("product") == product)
        person, payment = rows["person"].to_numpy(), rows["payment_minor"].to_numpy()
        away = rows["external"].to_numpy()
        house = OFFICE["Harbour Leasing"] if product == "lease" else OFFICE["Kreditabteilung"]
        other = np.where(away, FIRST["lender"] + person % len(LENDERS), house)
        since = month_of(np.maximum(rows["opened"].to_numpy(), 0))
        until = month_of(np.minimum(rows["matures"].to_numpy(), 10_000)) + 1
        behind = (book.loses_job[person] < NEVER) & (product == "loan")
        until = np.where(behind, month_of(np.minimum(book.loses_job[person], 10_000)) + 3, until)
        gathering.add(held.current_of[person], -payment, code, other, day=1, since=since, until=until)
        np.add.at(total, person, payment)
    return total


def _savings(
    gathering: _Gathering, book: Book, held: Accounts, left: NDArray[np.float64], rng: np.random.Generator
) -> None:
    """A standing order to savings of part of what is left, and its other side."""
    share = np.where(book.archetype == KIND["saver"], 0.85, 0.6) * rng.uniform(0.7, 1.1, book.size)
    amount = np.maximum(left * share, 0).astype(np.int64) // 2_500 * 2_500
    until = month_of(np.minimum(np.minimum(book.loses_job, book.retires), 10_000)) + 1
    orders = (held.savings_of >= 0) & (rng.random(book.size) < 0.6)
    away = np.flatnonzero(~orders & (left > 30_000))
    invested = (left[away] * 0.85).astype(np.int64) // 2_500 * 2_500
    gathering.add(held.current_of[away], -invested, "INVS", OFFICE["Depot Weitblick"], day=6, until=until[away])
    at = np.flatnonzero(orders & (amount >= 2_500))
    for account, sign, other in (
        (held.current_of, -1, "Eigenes Sparkonto"),
        (held.savings_of, 1, "Eigenes Girokonto"),
    ):
        gathering.add(account[at], sign * amount[at], "SAVG", OFFICE[other], day=4, until=until[at])
