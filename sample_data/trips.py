"""Journeys: who goes where and when, and what is paid by card before, on the way and there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from calendar_days import month_of, month_of_year, month_start
from merchants import AGENCY, CRUISES, FIRST_CARRIER, FIRST_PLACE, PER_PLACE
from people import Book, Ints, numbered
from vocabulary import CARRIERS, DESTINATIONS, KINDS, TRAVEL_SEASON

HOTEL, TABLE, CASH, HIRED_CAR = range(PER_PLACE)


@dataclass(frozen=True, slots=True)
class Rows:
    """Card rows as columns: who, minute (local, from the first midnight), amount in minor units, merchant, type."""

    person: Ints
    minute: Ints
    amount: Ints
    merchant: Ints
    type: Ints
    """0 purchase, 1 refund, 2 reversal, 3 cash."""

    def __getitem__(self, which: Ints | np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Rows:
        return Rows(self.person[which], self.minute[which], self.amount[which], self.merchant[which], self.type[which])


def compact(rows: Rows) -> Rows:
    """The same rows in half of the memory, to be kept over all months."""
    return Rows(*(getattr(rows, name).astype(np.int32) for name in Rows.__slots__))


def joined(parts: list[Rows]) -> Rows:
    """The rows of all parts, one after the other, in 64 bits."""
    return Rows(*(np.concatenate([getattr(part, name) for part in parts], dtype=np.int64) for name in Rows.__slots__))


@dataclass(frozen=True, slots=True)
class Trips:
    """Journeys as columns."""

    person: Ints
    start: Ints
    nights: Ints
    place: Ints
    """Position in DESTINATIONS."""


def trips(book: Book, months: int, rng: np.random.Generator) -> Trips:
    """The journeys that start in the data or in the two months after it, whose bookings it holds."""
    rate = numbered("trips", book.archetype) * rng.gamma(2.0, 0.5, book.size) / 12
    persons, starts = [], []
    for month in range(months + 2):
        season = sum(TRAVEL_SEASON[kind][month_of_year(month)] for kind in KINDS) / len(KINDS)
        young_child = (book.child < month_start(month)) & (book.child > month_start(month) - 240)
        who = np.repeat(np.arange(book.size), rng.poisson(rate * season * np.where(young_child, 0.3, 1.0)))
        persons.append(who)
        starts.append(rng.integers(month_start(month), month_start(month + 1), len(who)))
    person, start = np.concatenate(persons), np.concatenate(starts)
    place = _places(book.kind_of_travel[person], month_of(start), rng)
    away = np.array([place.kind == "city" for place in DESTINATIONS])[place]
    nights = np.where(away, rng.integers(2, 5, len(person)), rng.integers(4, 14, len(person)))
    return Trips(person, start, nights, place)


def _places(taste: Ints, month: Ints, rng: np.random.Generator) -> Ints:
    """A destination for each journey: by the season of each kind, four times as often of the kind that one likes."""
    kinds = np.array([KINDS.index(place.kind) for place in DESTINATIONS])
    of_year = np.array([[TRAVEL_SEASON[KINDS[kind]][month_of_year(m)] for kind in kinds] for m in range(12)])
    likes = np.where(np.arange(len(KINDS))[:, None] == kinds[None, :], 4.0, 0.6)
    weights = np.cumsum(of_year[:, None, :] * likes[None, :, :], axis=2)
    row = weights[month % 12, taste]
    drawn: Ints = (row < (rng.random(len(taste)) * row[:, -1])[:, None]).sum(axis=1)
    return drawn


def paid(journeys: Trips, book: Book, rng: np.random.Generator) -> Rows:
    """What the journeys cost by card, in no order yet: passage ahead, nights at their end, meals, cash, a hired car."""
    size = len(journeys.person)
    means = np.sqrt(book.income[journeys.person] / 260_000)
    by = np.array([list(CARRIERS).index(place.by) for place in DESTINATIONS])[journeys.place]
    fare = np.array([13_500, 6_800, 6_200])[by] * means * rng.lognormal(0, 0.4, size)
    lead = np.where(by == list(CARRIERS).index("car"), 0, rng.integers(4, 55, size))
    packaged = rng.random(size) < 0.1
    room = np.array([place.night for place in DESTINATIONS])[journeys.place] * means * rng.lognormal(0, 0.25, size)
    first = FIRST_PLACE + PER_PLACE * journeys.place
    carrier = np.where(
        packaged, np.where(rng.random(size) < 0.8, AGENCY, CRUISES), FIRST_CARRIER + 2 * by + rng.integers(0, 2, size)
    )
    passage = np.where(packaged, fare + room * journeys.nights, fare)
    meals = np.repeat(np.arange(size), rng.poisson(journeys.nights * 0.3))
    cash = np.flatnonzero(rng.random(size) < 0.3)
    cars = np.flatnonzero((rng.random(size) < 0.15) & (by == 0))
    hotel = np.flatnonzero(~packaged)

    def rows(which: Ints, day: Ints, amount: Ints, merchant: Ints, *, hour: int, type_: int = 0) -> Rows:
        minute = day * 1_440 + np.clip(np.rint(rng.normal(hour * 60, 110, len(which))), 360, 1_379).astype(np.int64)
        return Rows(journeys.person[which], minute, amount, merchant, np.full(len(which), type_))

    everyone = np.arange(size)
    return joined(
        [
            rows(everyone, journeys.start - lead, passage.astype(np.int64), carrier, hour=20),
            rows(
                hotel,
                (journeys.start + journeys.nights)[hotel],
                (room * journeys.nights).astype(np.int64)[hotel],
                first[hotel] + HOTEL,
                hour=10,
            ),
            rows(
                meals,
                journeys.start[meals] + rng.integers(0, journeys.nights[meals]),
                np.maximum(rng.lognormal(np.log(3_100), 0.5, len(meals)), 400).astype(np.int64),
                first[meals] + TABLE,
                hour=20,
            ),
            rows(
                cash, journeys.start[cash], rng.integers(1, 6, len(cash)) * 5_000, first[cash] + CASH, hour=12, type_=3
            ),
            rows(cars, journeys.start[cars], rng.integers(9_000, 40_000, len(cars)), first[cars] + HIRED_CAR, hour=11),
        ]
    )
