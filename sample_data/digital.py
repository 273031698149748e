"""What customers do in the app and on the web, and the points they collect and redeem."""

from __future__ import annotations

import numpy as np
import polars as pl
from calendar_days import NEVER, month_start
from numpy.typing import NDArray
from people import KIND, Book, Flags, Ints, numbered
from vocabulary import KINDS

MONTHS = 6
"""The digital system keeps half a year."""

SUBJECTS = ("mortgage", "lease", "loan", "savings", "deposit", "travel", "card", "insurance", "rewards", "budget")
TYPES = ("login", "page_view", "search", "calculator")
_INTEREST = np.array(
    # mortgage lease loan savings deposit travel card insurance rewards budget
    [
        (2, 1, 2, 4, 2, 14, 6, 5, 8, 2),
        (4, 2, 5, 6, 2, 3, 4, 5, 6, 6),
        (2, 4, 7, 3, 1, 2, 4, 3, 5, 3),
        (0, 0, 2, 4, 0, 4, 5, 1, 6, 8),
        (0, 0, 0, 6, 8, 2, 3, 3, 3, 2),
        (6, 2, 2, 6, 1, 5, 5, 3, 7, 4),
        (1, 0, 0, 12, 12, 1, 2, 2, 3, 3),
        (2, 6, 12, 3, 2, 2, 6, 4, 3, 2),
    ],
    dtype=np.float64,
)


def lookers(book: Book, owes_mortgage: Flags, seed: int) -> Ints:
    """Those who have been looking for a home in the last two weeks."""
    wants = np.isin(book.archetype, [KIND["family"], KIND["young_professional"], KIND["traveller"], KIND["commuter"]])
    rng = np.random.default_rng([seed, 60])
    return np.flatnonzero(wants & ~owes_mortgage & book.has_app & (book.age < 50) & (rng.random(book.size) < 0.05))


def month_events(book: Book, looking: Ints, month: int, *, is_last: bool, seed: int) -> pl.DataFrame:
    """A month's events in the order of their time.

    Makes: ``person``, ``minute`` (local), ``type`` (word), ``subject`` (word; null for logins), ``seconds``, ``app``.
    """
    rng = np.random.default_rng([seed, 61, month])
    first, last = month_start(month), month_start(month + 1)
    active = book.has_app * rng.gamma(3.0, 1 / 3, book.size)
    logins = np.repeat(np.arange(book.size), rng.poisson(numbered("logins", book.archetype) * active))
    views = np.repeat(np.arange(book.size), rng.poisson(1.0 * active))
    leases = np.flatnonzero((book.lease_ends < last + 100) & (book.lease_ends > first - 10) & book.has_app)
    leases = np.repeat(leases, rng.poisson(0.9, len(leases)))
    budget = np.repeat(np.flatnonzero(book.loses_job < last), 1)
    parts = [
        _events(logins, "login", None, first, last, rng),
        _viewed(book, views, first, last, rng),
        _events(leases, "calculator", np.full(len(leases), SUBJECTS.index("lease")), first, last, rng),
        _events(budget, "page_view", np.full(len(budget), SUBJECTS.index("budget")), first, last, rng),
    ]
    if is_last:
        often = np.repeat(looking, rng.integers(3, 6, len(looking)))
        mortgage = SUBJECTS.index("mortgage")
        parts.append(_events(often, "page_view", np.full(len(often), mortgage), last - 13, last, rng))
        parts.append(_events(looking, "calculator", np.full(len(looking), mortgage), last - 10, last, rng))
    every = pl.concat(parts).sort("minute", "person", "type", "subject", "seconds")
    person, minute = every["person"].to_numpy(), every["minute"].to_numpy()
    return every.filter(pl.Series((minute >= book.joins[person] * 1_440) & (minute < book.dies[person] * 1_440)))


def _viewed(book: Book, views: Ints, first: int, last: int, rng: np.random.Generator) -> pl.DataFrame:
    weights = np.cumsum(_INTEREST, axis=1)[book.archetype[views]]
    subject = (weights <= (rng.random(len(views)) * weights[:, -1])[:, None]).sum(axis=1)
    return _events(views, "page_view", subject, first, last, rng)


def _events(
    person: Ints, type_: str, subject: Ints | None, first: int, last: int, rng: np.random.Generator
) -> pl.DataFrame:
    size = len(person)
    hour = np.clip(rng.normal(19 * 60, 170, size) + (person % 5 - 2) * 60, 330, 1_430).astype(np.int64)
    words = pl.Series("subject", np.array(SUBJECTS)[subject] if subject is not None else [None] * size, dtype=pl.String)
    return pl.DataFrame(
        {
            "person": person,
            "minute": rng.integers(first, last, size) * 1_440 + hour,
            "subject": words,
            "seconds": rng.integers(8, 400, size),
            "app": rng.random(size) < 0.7,
        }
    ).with_columns(type=pl.lit(type_))


def redeemed(book: Book, points: Ints, first: int, last: int, rng: np.random.Generator) -> pl.DataFrame:
    """Redemptions of the days from first to before last by those who have points enough.

    Makes: ``person``, ``day``, ``points``, ``value_minor``, ``kind``, ``destination`` (null where it is no travel).
    """
    who = np.flatnonzero((points >= 1_500) & (rng.random(book.size) < _eagerness(book)))
    spent = np.maximum((points[who] * rng.uniform(0.5, 1.0, len(who))).astype(np.int64) // 500 * 500, 500)
    likes = {
        "traveller": "travel",
        "family": "gift_card",
        "retiree": "charity",
        "saver": "cashback",
        "student": "cashback",
    }
    favourite = np.array([likes.get(name, "cashback") for name in KIND])[book.archetype[who]]
    other = np.array(["travel", "cashback", "gift_card", "charity"])[rng.integers(0, 4, len(who))]
    kind = np.where(rng.random(len(who)) < 0.7, favourite, other)
    return pl.DataFrame(
        {
            "person": who,
            "day": rng.integers(first, last, len(who)),
            "points": spent,
            "value_minor": spent // 2,
            "kind": kind,
            "destination": np.array(KINDS)[book.kind_of_travel[who]],
        }
    ).with_columns(destination=pl.when(pl.col("kind") == "travel").then("destination"))


def _eagerness(book: Book) -> NDArray[np.float64]:
    """The chance of redeeming in a month with points enough; a third of the customers never do."""
    return np.where(np.arange(book.size) % 3 == 0, 0.0, 0.16)


def arrears(book: Book, owes: Flags, days: int, seed: int) -> Ints:
    """Days in arrears when the data ends: those without work, and a few others."""
    rng = np.random.default_rng([seed, 62])
    without_work = (book.loses_job < NEVER) & owes
    late = np.where(without_work, np.maximum(days - book.loses_job - 60, 5), 0)
    return np.where((late == 0) & owes & (rng.random(book.size) < 0.08), rng.integers(3, 50, book.size), late)
