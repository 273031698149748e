"""Who banks here: households, customers, what they earn, and what happens in their lives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from calendar_days import NEVER
from names import DRAMA_RANGES, FIRST_NAMES, LAST_NAMES, REGIONS, STREETS
from numpy.typing import NDArray
from vocabulary import ARCHETYPES, NAMES_OF_ARCHETYPES, START

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]

KIND = {name: index for index, name in enumerate(NAMES_OF_ARCHETYPES)}


@dataclass(frozen=True, slots=True)
class Book:
    """The customers as columns of equal length, in the order of their numbers."""

    archetype: Ints
    head: Ints
    """Position of the head of the household: the customer's own where he is it."""
    household: Ints
    age: Reals
    """Years at the start of the data."""
    is_woman: Flags
    income: Ints
    """Net income a month, minor units, when the data starts."""
    has_car: Flags
    has_card: Flags
    has_app: Flags
    is_joint: Flags
    """Shares the current account of the household's head, or shares it with a partner."""
    is_german: Flags
    moves: Ints
    """Day of the event, NEVER where it does not come; the same for the six below."""
    child: Ints
    rise: Ints
    retires: Ints
    loses_job: Ints
    lease_ends: Ints
    dies: Ints
    children: Ints
    """How many when the data starts."""
    joins: Ints
    """Day on which the customer came; at most 0 for those who were there before the data starts."""
    kind_of_travel: Ints
    is_vulnerable: Flags

    @property
    def size(self) -> int:
        """How many customers there are."""
        return len(self.archetype)


def numbered(attribute: str, archetype: Ints) -> Reals:
    """An archetype's figure for each customer."""
    return np.asarray(np.array([getattr(kind, attribute) for kind in ARCHETYPES], dtype=np.float64)[archetype])


def book(customers: int, days: int, rng: np.random.Generator) -> Book:
    """The customers, partners beside heads of households, in a mixed order."""
    heads = max(1, round(customers * 0.75))
    archetype, head = _households(heads, customers - heads, rng)
    order = rng.permutation(customers)
    place = np.empty(customers, dtype=np.int64)
    place[order] = np.arange(customers)
    archetype, head = archetype[order], place[head[order]]
    partnered = np.zeros(customers, dtype=bool)
    is_partner = head != np.arange(customers)
    partnered[head[is_partner]] = True
    joint_head = partnered & (rng.random(customers) < 0.65)
    age = _ages(archetype, head, rng)
    income = _incomes(archetype, rng)
    events = _life_events(archetype, age, days, is_partner, rng)
    loses = events["loses_job"] < NEVER
    woman = rng.random(customers) < 0.5
    joins = _joins(archetype, partnered | is_partner, days, rng)
    events["lease_ends"] = np.where(joins > 0, NEVER, events["lease_ends"])
    return Book(
        archetype=archetype,
        head=head,
        household=head,
        age=age,
        is_woman=np.where(is_partner & (rng.random(customers) < 0.95), ~woman[head], woman),
        income=income,
        has_car=rng.random(customers) < numbered("car", archetype),
        has_card=rng.random(customers) < 0.93,
        has_app=rng.random(customers) < np.where(age < 62, 0.75, 0.25),
        is_joint=joint_head[head],
        is_german=(rng.random(customers) < 0.78)[head],
        children=np.where(archetype == KIND["family"], rng.integers(1, 4, customers), 0)[head],
        joins=joins,
        kind_of_travel=rng.choice(3, customers, p=(0.45, 0.33, 0.22))[head],
        is_vulnerable=(rng.random(customers) < np.where(loses, 0.7, 0.012))
        | ((age > 80) & (rng.random(customers) < 0.25)),
        **events,
    )


def _households(heads: int, partners: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    shares = np.array([kind.share for kind in ARCHETYPES])
    archetype = rng.choice(len(ARCHETYPES), heads, p=shares / shares.sum())
    wish = np.log(numbered("couple", archetype)) + rng.gumbel(size=heads)
    partnered = np.sort(np.argsort(-wish, kind="stable")[:partners])
    of_partner = archetype[partnered].copy()
    own = rng.random(partners) < 0.25
    works = np.isin(of_partner, [KIND["small_business"], KIND["traveller"], KIND["saver"], KIND["commuter"]])
    of_partner[own & works] = KIND["commuter"]
    of_partner[of_partner == KIND["small_business"]] = KIND["commuter"]
    return np.concatenate([archetype, of_partner]), np.concatenate([np.arange(heads), partnered])


def _ages(archetype: Ints, head: Ints, rng: np.random.Generator) -> Reals:
    low = np.array([kind.ages[0] for kind in ARCHETYPES])[archetype]
    high = np.array([kind.ages[1] for kind in ARCHETYPES])[archetype]
    own = low + (high - low) * rng.beta(1.6, 1.8, len(archetype))
    near = np.clip(own[head] + rng.normal(0, 3, len(archetype)), 18, 92)
    return np.asarray(np.where(archetype == archetype[head], near, own))


def _joins(archetype: Ints, is_couple: Flags, days: int, rng: np.random.Generator) -> Ints:
    """Most have been there for years; some of the young came while the data runs."""
    size = len(archetype)
    young = np.isin(archetype, [KIND["student"], KIND["young_professional"], KIND["commuter"]]) & ~is_couple
    comes = young & (rng.random(size) < 0.08)
    return np.where(comes, rng.integers(days * 3 // 5, days - 12, size), -rng.integers(200, 7_000, size))


def _incomes(archetype: Ints, rng: np.random.Generator) -> Ints:
    drawn = numbered("income", archetype) * np.exp(rng.normal(0, 0.28, len(archetype)))
    return (np.maximum(drawn, 55_000) // 1_000).astype(np.int64) * 1_000


def _life_events(
    archetype: Ints, age: Reals, days: int, is_partner: Flags, rng: np.random.Generator
) -> dict[str, Ints]:
    """The day of each event; none in the first month, and no rise for those who retire or lose their work."""
    size = len(archetype)

    def drawn(share: NDArray[np.float64], first: int, last: int) -> Ints:
        when = rng.integers(min(first, last - 1), last, size)
        return np.where(rng.random(size) < share, when, NEVER)

    works = ~np.isin(archetype, [KIND["student"], KIND["retiree"], KIND["small_business"]])
    young = (
        np.isin(archetype, [KIND["young_professional"], KIND["traveller"], KIND["commuter"]]) & (age > 24) & (age < 40)
    )
    retires = drawn(np.where(works & (age > 62), 0.6, 0.0), 60, days)
    loses = drawn(np.where(works & (retires == NEVER), 0.04, 0.0), days // 2, days - 45)
    rise = drawn(np.where(works & (retires == NEVER) & (loses == NEVER), 0.14, 0.0), 90, days)
    return {
        "moves": drawn(np.where(is_partner, 0.0, 0.06), 45, days),
        "child": drawn(np.where(young & ~is_partner, 0.12, 0.0), 60, days),
        "rise": rise,
        "retires": retires,
        "loses_job": loses,
        "dies": drawn(np.where(age > 68, 0.025, 0.0), days - 200, days - 2),
        "lease_ends": drawn(numbered("lease", archetype), days - 120, days + 300),
    }


def customer_rows(book: Book, points: Ints, arrears: Ints, rng: np.random.Generator) -> pl.DataFrame:
    """One row a customer as the bank knows him, with names and addresses that are nobody's.

    Makes: ``number`` (from 1), names, contact data, ``born_on`` and what else the core system holds; ``moves`` tells
    when the address became the one shown.
    """
    size = book.size
    number = np.arange(1, size + 1)
    region = rng.integers(0, len(REGIONS), size)[book.head]
    abroad = rng.random(size)[book.head]
    income = book.income
    first = np.where(
        book.is_woman,
        np.array(FIRST_NAMES["f"])[rng.integers(0, len(FIRST_NAMES["f"]), size)],
        np.array(FIRST_NAMES["m"])[rng.integers(0, len(FIRST_NAMES["m"]), size)],
    )
    last = np.array(LAST_NAMES)[rng.integers(0, len(LAST_NAMES), size)[book.head]]
    of_age = -((book.age - 17.5) * 365).astype(np.int64) - 30
    return pl.DataFrame(
        {
            "number": number,
            "household": book.household + 1,
            "first_name": first,
            "last_name": last,
            "is_woman": book.is_woman,
            "born": np.datetime64(START, "D") - (book.age * 365.25).astype(np.int64),
            "since": np.datetime64(START, "D") + np.maximum(book.joins, of_age),
            "street": np.array(STREETS)[rng.integers(0, len(STREETS), size)[book.head]],
            "house": rng.integers(1, 120, size)[book.head],
            "region": np.array([code for code, _, _ in REGIONS])[region],
            "city": np.array([city for _, city, _ in REGIONS])[region],
            "postcode": np.array([postcode for _, _, postcode in REGIONS])[region],
            "country": np.select([abroad < 0.012, abroad < 0.02, abroad < 0.027], ["AT", "PT", "ES"], "DE"),
            "language": np.where(book.is_german, "D", "E"),
            "grade": np.array(list("ABCDE"))[_grades(book, arrears, rng)],
            "band": np.searchsorted([120_000, 200_000, 300_000, 450_000], income, side="right") + 1,
            "vulnerable": book.is_vulnerable,
            "staff": rng.random(size) < 0.006,
            "has_app": book.has_app,
            "has_email": rng.random(size) < np.where(book.age < 70, 0.96, 0.7),
            "has_phone": rng.random(size) < 0.93,
            "points": points,
            "arrears_days": arrears,
            "range": number % len(DRAMA_RANGES),
            "children": book.children + (book.child < NEVER),
            "moves": book.moves[book.head],
        }
    )


def _grades(book: Book, arrears: Ints, rng: np.random.Generator) -> Ints:
    standing = (
        rng.normal(1.3, 0.9, book.size) + (book.loses_job < NEVER) * 1.5 + (arrears > 0) * 2.0 - (book.age > 45) * 0.3
    )
    return np.asarray(np.clip(np.rint(standing), 0, 4), dtype=np.int64)
