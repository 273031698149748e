"""What the customers hold: current and savings accounts, deposits that mature, loans, mortgages, leases, cards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from calendar_days import NEVER
from people import KIND, Book, Flags, Ints, Reals, numbered

FIRST_OF = {"current": 1, "savings": 2, "deposit": 3, "loan": 4, "mortgage": 5, "lease": 6, "card": 7, "external": 9}
"""First digit of the ten of an account's number, by product; mortgages elsewhere have numbers with 9."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts that bookings are made on, current accounts first, then savings, by position."""

    number: Ints
    owner: Ints
    """Position of the customer."""
    opened: Ints
    """Day number."""
    opening_minor: Ints
    """Balance when the data starts."""
    current_of: Ints
    """For each customer the position of his current account."""
    savings_of: Ints
    """For each customer the position of his savings account, -1 where he has none."""


def accounts(book: Book, saves: Flags, rng: np.random.Generator) -> Accounts:
    """One current account a customer or couple, and the savings accounts."""
    everyone = np.arange(book.size)
    holds = ~book.is_joint | (book.head == everyone)
    owners = np.flatnonzero(holds)
    position = np.cumsum(holds) - 1
    savers = np.flatnonzero(saves)
    savings_of = np.full(book.size, -1)
    savings_of[savers] = len(owners) + np.arange(len(savers))
    wealth = np.where(book.archetype == KIND["saver"], 9.0, np.where(book.age > 60, 5.0, 2.0))
    current = book.income * rng.uniform(0.4, 2.2, book.size)
    savings = book.income * wealth * rng.lognormal(0, 0.7, book.size)
    was_there = np.concatenate([book.joins[owners], book.joins[savers]]) <= 0
    struggling = book.is_vulnerable & (book.loses_job < NEVER)
    return Accounts(
        number=np.concatenate([1_000_000_001 + owners * 7, 2_000_000_001 + savers * 7]),
        owner=np.concatenate([owners, savers]),
        opened=book.joins[np.concatenate([owners, savers])],
        opening_minor=np.concatenate([np.where(struggling, current * 0.3, current)[owners], savings[savers]]).astype(
            np.int64
        )
        * was_there,
        current_of=np.where(holds, position, position[book.head]),
        savings_of=savings_of,
    )


def contracts(book: Book, days: int, rng: np.random.Generator) -> pl.DataFrame:
    """Deposits, loans, mortgages (here and elsewhere) and leases.

    Makes: ``number`` (account number), ``person`` (position), ``product``, ``opened``, ``matures`` (days),
    ``balance_minor``, ``rate`` (per cent), ``payment_minor``, ``external``.
    """
    parts = (
        _deposits(book, days, rng),
        _loans(book, days, rng),
        _mortgages(book, days, rng),
        _leases(book, rng),
    )
    every = pl.concat(parts).sort("number")
    return every.filter(pl.Series(book.joins[every["person"].to_numpy()] <= 0))


def _contract(product: str, persons: Ints, **columns: Ints | Reals | bool) -> pl.DataFrame:
    external = bool(columns.pop("external", False))
    first = FIRST_OF["external" if external else product]
    return pl.DataFrame(
        {
            "number": first * 1_000_000_000 + 1 + persons * 7 + (3 if product == "mortgage" else 0),
            "person": persons,
            "product": np.full(len(persons), product),
            **columns,
            "external": np.full(len(persons), external),
        }
    )


def _deposits(book: Book, days: int, rng: np.random.Generator) -> pl.DataFrame:
    persons = np.flatnonzero(rng.random(book.size) < numbered("deposit", book.archetype))
    size = len(persons)
    term = rng.choice([180, 365, 730], size, p=(0.25, 0.55, 0.2))
    soon = rng.random(size) < 0.3
    matures = days + np.where(soon, rng.integers(2, 32, size), rng.integers(32, 700, size))
    amount = np.exp(rng.normal(np.log(1_500_000), 0.7, size))
    return _contract(
        "deposit",
        persons,
        opened=np.minimum(matures - term, days - 40),
        matures=matures,
        balance_minor=(amount // 100_000).astype(np.int64) * 100_000 + 100_000,
        rate=np.round(rng.choice([1.75, 2.1, 2.4, 2.85], size), 2),
        payment_minor=np.zeros(size, dtype=np.int64),
    )


def _loans(book: Book, days: int, rng: np.random.Generator) -> pl.DataFrame:
    persons = np.flatnonzero(rng.random(book.size) < numbered("loan", book.archetype))
    size = len(persons)
    left = rng.integers(2, 60, size)
    payment = (book.income[persons] * rng.uniform(0.06, 0.14, size)).astype(np.int64) // 500 * 500
    return _contract(
        "loan",
        persons,
        opened=days - rng.integers(200, 1_500, size),
        matures=days + left * 30,
        balance_minor=-payment * left * 94 // 100,
        rate=np.round(rng.uniform(4.2, 9.4, size), 2),
        payment_minor=payment,
    )


def _mortgages(book: Book, days: int, rng: np.random.Generator) -> pl.DataFrame:
    chance = rng.random(book.size)
    elsewhere = chance < numbered("external_mortgage", book.archetype)
    here = ~elsewhere & (chance < numbered("external_mortgage", book.archetype) * 1.4)
    return pl.concat(
        [_mortgage(book, np.flatnonzero(flags), days, rng, external=flags is elsewhere) for flags in (elsewhere, here)]
    )


def _mortgage(book: Book, persons: Ints, days: int, rng: np.random.Generator, *, external: bool) -> pl.DataFrame:
    size = len(persons)
    payment = (book.income[persons] * rng.uniform(0.25, 0.38, size)).astype(np.int64) // 1_000 * 1_000
    return _contract(
        "mortgage",
        persons,
        opened=days - rng.integers(900, 3_600, size),
        matures=days + np.where(rng.random(size) < 0.2, rng.integers(20, 240, size), rng.integers(240, 3_000, size)),
        balance_minor=-payment * rng.integers(120, 260, size),
        rate=np.round(rng.uniform(1.1, 4.3, size), 2),
        payment_minor=payment,
        external=external,
    )


def _leases(book: Book, rng: np.random.Generator) -> pl.DataFrame:
    persons = np.flatnonzero(book.lease_ends < NEVER)
    size = len(persons)
    payment = (book.income[persons] * rng.uniform(0.07, 0.12, size)).astype(np.int64) // 500 * 500
    return _contract(
        "lease",
        persons,
        opened=book.lease_ends[persons] - 36 * 30,
        matures=book.lease_ends[persons],
        balance_minor=np.zeros(size, dtype=np.int64),
        rate=np.round(rng.uniform(3.5, 6.0, size), 2),
        payment_minor=payment,
    )


def holders(book: Book, held: Accounts) -> pl.DataFrame:
    """Who may use which account: ``account``, ``person`` (position), ``role`` I (owner) or M (joint), ``opened``."""
    partners = np.flatnonzero(book.is_joint & (book.head != np.arange(book.size)))
    owned = np.arange(len(held.number))
    return pl.DataFrame(
        {
            "account": np.concatenate([held.number[owned], held.number[held.current_of[partners]]]),
            "person": np.concatenate([held.owner, partners]),
            "role": np.concatenate([np.full(len(owned), "I"), np.full(len(partners), "M")]),
            "opened": np.concatenate([held.opened, held.opened[held.current_of[partners]]]),
        }
    ).sort("account", "role")
