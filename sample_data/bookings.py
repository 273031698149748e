"""The core system's bookings of a month: regular flows and what happens by chance, with the balance after each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from calendar_days import month_of_year, month_start
from flows import CODE, FIRST, OFFICE, Flows
from names import CLIENTS
from numpy.typing import NDArray
from people import KIND, Book, Ints
from products import Accounts


@dataclass(frozen=True, slots=True)
class Bookings:
    """Bookings as columns, by account, day and amount."""

    account: Ints
    day: Ints
    amount: Ints
    balance: Ints
    """After the booking, minor units."""
    code: Ints
    counterparty: Ints
    peer: Ints
    """A number that tells private counterparties apart."""


def month_bookings(
    book: Book, held: Accounts, regular: Flows, month: int, *, settled: NDArray[np.int64], opening: Ints, seed: int
) -> tuple[Bookings, Ints]:
    """The month's bookings and each account's balance at its end.

    ``settled`` is what each customer spent by card in the month before, ``opening`` each account's balance.
    """
    rng = np.random.default_rng([seed, 30, month])
    parts = [_regular(regular, month), *_by_chance(book, held, rng), _settlements(held, settled)]
    if month_of_year(month) % 3 == 2:
        parts.append(_one_each(held, "STMT", "Kontoabschluss", 0, day=30))
    if month_of_year(month) == 11:
        parts.append(_one_each(held, "FCOL", "Kontofuehrung", -4_740, day=30))
        parts.append(_interest(held, opening))
    account, day, amount, code, other, peer = (np.concatenate(column) for column in zip(*parts, strict=True))
    length = month_start(month + 1) - month_start(month)
    day = np.minimum(day, length) - 1 + month_start(month)
    order = np.lexsort((peer, other, amount, code, day, account))
    order = order[day[order] >= held.opened[account[order]]]
    account, amount = account[order], amount[order]
    balance, closing = _balances(account, amount, opening)
    return Bookings(account, day[order], amount, balance, code[order], other[order], peer[order]), closing


Columns = tuple[Ints, Ints, Ints, Ints, Ints, Ints]


def _columns(
    account: Ints, day: Ints | int, amount: Ints | int, code: Ints | int, other: Ints | int, peer: Ints | int = 0
) -> Columns:
    spread = [
        np.broadcast_to(np.asarray(c, dtype=np.int64), account.shape) for c in (account, day, amount, code, other, peer)
    ]
    return (spread[0], spread[1], spread[2], spread[3], spread[4], spread[5])


def _regular(regular: Flows, month: int) -> Columns:
    at = regular.of(month)
    return _columns(
        regular.account[at], regular.day[at], regular.amount[at], regular.code[at], regular.counterparty[at]
    )


def _by_chance(book: Book, held: Accounts, rng: np.random.Generator) -> list[Columns]:
    """Cash, transfers between people, and what small businesses earn."""
    everyone = np.arange(book.size)

    def some(rate: NDArray[np.float64] | float) -> tuple[Ints, Ints]:
        who = np.repeat(everyone, rng.poisson(rate, book.size))
        return who, rng.integers(1, 29, len(who))

    who, day = some(np.where(book.age > 55, 0.55, 0.2))
    cash = _columns(
        held.current_of[who], day, rng.integers(1, 9, len(who)) * -5_000, CODE["CASH"], OFFICE["Geldautomat"]
    )
    who, day = some(0.16)
    sent = rng.lognormal(np.log(5_500), 0.8, len(who)).astype(np.int64) // 100 * 100 + 500
    signs = np.where(rng.random(len(who)) < 0.45, 1, -1)
    peers = (who * 13 + rng.integers(0, 4, len(who))) % 9_973
    between = _columns(held.current_of[who], day, sent * signs, CODE["OTHR"], OFFICE["Ueberweisung Privat"], peers)
    who, day = some(np.where(book.archetype == KIND["small_business"], 3.0, 0.0))
    earned = (book.income[who] * rng.lognormal(-0.8, 0.5, len(who))).astype(np.int64)
    trade = _columns(
        held.current_of[who], day, earned, CODE["TRAD"], FIRST["client"] + rng.integers(0, len(CLIENTS), len(who))
    )
    return [cash, between, trade]


def _settlements(held: Accounts, settled: NDArray[np.int64]) -> Columns:
    who = np.flatnonzero(settled)
    return _columns(held.current_of[who], 3, -settled[who], CODE["CCRD"], OFFICE["Kartenabrechnung"], who)


def _one_each(held: Accounts, code: str, name: str, amount: int, *, day: int) -> Columns:
    accounts = np.unique(held.current_of)
    return _columns(accounts, day, amount, CODE[code], OFFICE[name])


def _interest(held: Accounts, opening: Ints) -> Columns:
    savings = np.unique(held.savings_of[held.savings_of >= 0])
    return _columns(savings, 31, np.maximum(opening[savings], 0) * 125 // 10_000, CODE["INTE"], OFFICE["Zinsen"])


def _balances(account: Ints, amount: Ints, opening: Ints) -> tuple[Ints, Ints]:
    """The balance after each booking of rows sorted by account, and at the end."""
    running = np.cumsum(amount)
    starts = np.flatnonzero(np.diff(account, prepend=-1))
    before = np.repeat(running[starts] - amount[starts], np.diff(starts, append=len(account)))
    closing = opening.copy()
    np.add.at(closing, account, amount)
    return running - before + opening[account], closing
