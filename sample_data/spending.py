"""Everyday card purchases of a month: habits, seasons, favourite shops, life events, refunds, reversals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from calendar_days import NEVER, month_of_year, month_start, weekday
from merchants import FIRST_SUBSCRIPTION
from numpy.typing import NDArray
from people import Book, Ints
from trips import Rows, joined
from vocabulary import SPENDINGS, SUBSCRIPTIONS

BLOCK = 50_000
"""Customers drawn at a time, so that memory does not grow with the book."""

_LEAF = {kind.leaf: index for index, kind in enumerate(SPENDINGS)}
_RATES = np.array([kind.rates for kind in SPENDINGS]).T
_SEASONS = np.array([kind.season for kind in SPENDINGS])
_MEDIANS = np.log([kind.median * 1.3 for kind in SPENDINGS])
_SPREADS = np.array([kind.spread for kind in SPENDINGS])
_HOURS = np.array([kind.hour for kind in SPENDINGS])
_SHOPS = np.array([len(kind.merchants) for kind in SPENDINGS])
_FIRST_SHOP = np.cumsum(_SHOPS) - _SHOPS
_WEEKS = {
    "even": (1.0,) * 7,
    "work": (1.2, 1.2, 1.2, 1.2, 1.2, 0.7, 0.4),
    "weekend": (0.7, 0.7, 0.8, 0.9, 1.3, 1.7, 1.0),
}
_WEEK_OF = np.array([list(_WEEKS).index(kind.week) for kind in SPENDINGS])
_SENT_BACK = np.array([kind.leaf in {"fashion", "electronics", "home.furniture"} for kind in SPENDINGS])


@dataclass(frozen=True, slots=True)
class Habits:
    """What stays with a customer: how keen on each category, how active, at which hours, which subscriptions."""

    taste: NDArray[np.float32]
    activity: NDArray[np.float32]
    late: Ints
    """Minutes by which the customer shops later than others."""
    subscribed_from: Ints
    """Customers x subscriptions: the month from which it is paid, NEVER where it is not."""
    subscribed_until: Ints
    pays_on: Ints
    """Customers x subscriptions: day of the month."""
    months: int
    """How many months the data has."""


def habits(book: Book, months: int, rng: np.random.Generator) -> Habits:
    """The habits of all customers; without a car no fuel and no parking, without a card nothing."""
    shape = (book.size, len(SPENDINGS))
    taste = np.exp(rng.normal(-0.18, 0.6, shape)).astype(np.float32)
    taste *= rng.random(shape, dtype=np.float32) > 0.12
    taste[~book.has_car, _LEAF["fuel"]] = 0
    taste[~book.has_car, _LEAF["transport.parking"]] = 0
    subscribes = (
        rng.random((book.size, len(SUBSCRIPTIONS))) < np.array([kind.rates for kind in SUBSCRIPTIONS]).T[book.archetype]
    )
    subscribes &= book.has_card[:, None]
    begins = np.where(rng.random(subscribes.shape) < 0.8, 0, rng.integers(1, max(months, 2), subscribes.shape))
    ends = np.where(rng.random(subscribes.shape) < 0.9, NEVER, rng.integers(months // 2, months + 1, subscribes.shape))
    return Habits(
        taste=taste,
        activity=(rng.gamma(4.0, 0.25, book.size) * book.has_card).astype(np.float32),
        late=rng.integers(-90, 91, book.size),
        subscribed_from=np.where(subscribes, begins, NEVER),
        subscribed_until=ends,
        pays_on=rng.integers(1, 29, subscribes.shape),
        months=months,
    )


def expected(book: Book, known: Habits) -> NDArray[np.float64]:
    """What a customer spends by card in a usual month, minor units, journeys left out."""
    mean = np.exp(_MEDIANS + _SPREADS**2 / 2)
    often = (_RATES[book.archetype] * known.taste * mean).sum(axis=1)
    return np.asarray(often * known.activity * _means(book), dtype=np.float64)


def _means(book: Book) -> NDArray[np.float64]:
    return np.sqrt(book.income / 260_000)


def _changed(book: Book, known: Habits, block: slice, month: int) -> NDArray[np.float64]:
    """The rates of a block in a month: purchases expected for each customer and category."""
    first, last = month_start(month), month_start(month + 1)
    rates = _RATES[book.archetype[block]] * known.taste[block] * known.activity[block, None]
    rates = rates * _SEASONS[:, month_of_year(month)]
    rates[:, _LEAF["children"]] += np.where(book.child[block] < last + 60, 0.9, 0.0) * known.activity[block]
    moved = (book.moves[block] < last) & (book.moves[block] > first - 60)
    for leaf, factor in (("home.furniture", 14.0), ("home.improvement", 7.0), ("electronics", 2.5)):
        rates[moved, _LEAF[leaf]] *= factor
    parent = book.child[block] < last
    for leaf, factor in (("health.pharmacy", 2.5), ("dining", 0.5), ("entertainment", 0.3), ("groceries", 1.4)):
        rates[parent, _LEAF[leaf]] *= factor
    without_work = book.loses_job[block] < first
    rates[without_work] *= np.where(np.arange(len(SPENDINGS)) == _LEAF["groceries"], 0.8, 0.4)
    return np.asarray(rates, dtype=np.float64)


def month_rows(book: Book, known: Habits, month: int, *, seed: int, away: Rows, density: float = 1.0) -> Rows:
    """All card rows of a month in the order of their time: everyday, subscriptions, journeys, refunds, reversals."""
    blocks = [slice(low, min(low + BLOCK, book.size)) for low in range(0, book.size, BLOCK)]
    parts = [
        _everyday(book, known, block, month, np.random.default_rng([seed, 20, month, block.start]), density)
        for block in blocks
    ]
    first, last = month_start(month) * 1_440, month_start(month + 1) * 1_440
    here = (away.minute >= first) & (away.minute < last) & book.has_card[away.person]
    rows = joined([*parts, _subscriptions(known, month), away[here]])
    order = np.lexsort((rows.merchant, rows.amount, rows.person, rows.minute))
    person, minute = rows.person[order], rows.minute[order]
    return rows[order[(minute >= book.joins[person] * 1_440) & (minute < book.dies[person] * 1_440)]]


def _everyday(book: Book, known: Habits, block: slice, month: int, rng: np.random.Generator, density: float) -> Rows:
    rates = _changed(book, known, block, month) * density
    counts = rng.poisson(rates)
    flat = np.repeat(np.arange(counts.size), counts.ravel())
    person, leaf = block.start + flat // len(SPENDINGS), flat % len(SPENDINGS)
    size = len(flat)
    favourite = rng.random(size) < 0.6
    shop = np.where(
        favourite, (person * 40_503 // 64 + leaf * 3) % _SHOPS[leaf], (rng.random(size) * _SHOPS[leaf]).astype(np.int64)
    )
    amount = np.exp(rng.normal(_MEDIANS[leaf], _SPREADS[leaf])) * _means(book)[person]
    hour = rng.normal(_HOURS[leaf] * 60, 130) + known.late[person]
    bought = Rows(
        person=person,
        minute=_days(leaf, month, rng) * 1_440 + np.clip(np.rint(hour), 360, 1_379).astype(np.int64),
        amount=np.maximum(amount, 90).astype(np.int64),
        merchant=_FIRST_SHOP[leaf] + shop,
        type=np.zeros(size, dtype=np.int64),
    )
    return joined([bought, _sent_back(bought, leaf, month, rng), _reversed(bought, rng)])


def _days(leaf: Ints, month: int, rng: np.random.Generator) -> Ints:
    """The day of each purchase, by the week of its category."""
    days = np.arange(month_start(month), month_start(month + 1))
    chance = rng.random(len(leaf))
    drawn = np.empty(len(leaf), dtype=np.int64)
    for index, week in enumerate(_WEEKS.values()):
        weights = np.cumsum(np.array(week)[weekday(days)])
        of_week = _WEEK_OF[leaf] == index
        drawn[of_week] = days[np.searchsorted(weights, chance[of_week] * weights[-1], side="right")]
    return drawn


def _sent_back(bought: Rows, leaf: Ints, month: int, rng: np.random.Generator) -> Rows:
    """Refunds of things that did not fit: within the month, some days after the purchase, all or half of the amount."""
    latest = month_start(month + 1) * 1_440
    which = np.flatnonzero(_SENT_BACK[leaf] & (rng.random(len(leaf)) < 0.06) & (bought.minute < latest - 3 * 1_440))
    back = bought[which]
    later = (
        back.minute
        + (1 + np.floor(rng.random(len(which)) * (latest - 1_440 - back.minute) / 1_440).astype(np.int64)) * 1_440
    )
    share = np.where(rng.random(len(which)) < 0.7, 1, 2)
    return Rows(
        back.person,
        np.minimum(later, latest - 61),
        -(back.amount // share),
        back.merchant,
        np.ones(len(which), dtype=np.int64),
    )


def _reversed(bought: Rows, rng: np.random.Generator) -> Rows:
    """Bookings that the shop takes back some minutes after."""
    again = bought[np.flatnonzero(rng.random(len(bought.person)) < 0.0012)]
    return Rows(again.person, again.minute + 7, -again.amount, again.merchant, np.full(len(again.person), 2))


def _subscriptions(known: Habits, month: int) -> Rows:
    running = (known.subscribed_from <= month) & (month < known.subscribed_until)
    person, which = np.nonzero(running)
    price = np.array([_price(kind.prices, known.months - month) for kind in SUBSCRIPTIONS])
    day = month_start(month) + known.pays_on[person, which] - 1
    return Rows(
        person, day * 1_440 + 375, price[which], FIRST_SUBSCRIPTION + which, np.zeros(len(person), dtype=np.int64)
    )


def _price(prices: tuple[tuple[int, int], ...], months_left: int) -> int:
    """The price when so many months of the data are left; the one of the fewest months that has begun."""
    return next(price for since, price in sorted(prices) if months_left <= since)
