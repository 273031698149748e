from datetime import datetime

import numpy as np
import polars as pl
import pytest

from persona.clock import AsOf
from persona.signals.folding import folded
from persona.signals.shops import at_shops, regular_shops
from persona.signals.timing import habits, timing

AS_OF = AsOf.parsed("2026-07-01", "Europe/Berlin")
EVENTS = {"customer_no": pl.Int64, "at": pl.Datetime("us")}
NOON_BOOK = tuple(100 if hour == 12 else 0 for hour in range(24))


def of(hours, *, book=NOON_BOOK):
    known = np.bincount([hour for hour in hours if hour is not None], minlength=24)
    made = timing(np.array([1]), (known[None], np.array([[0, len(hours)] + [0] * 5])), hours=book, weekdays=(1,) * 7)
    return made.row(0)[1:]


@pytest.mark.parametrize(
    ("hours", "best"),
    [
        ([20, 20], (None, None)),
        ([20, 21, 20], (12, 2)),
        ([20] * 9 + [21] * 3, (20, 2)),
        ([23] * 12 + [1] * 12, (0, 2)),
        ([None] * 5, (None, 2)),
    ],
)
def test_few_moments_lean_on_the_book_many_stand_alone_and_midnight_joins_the_evening(hours, best):
    assert of(hours) == best


def test_of_equal_hours_the_earliest_is_best():
    assert of([17, 1, 9], book=(1,) * 24) == (1, 2)


def acts(rows, events, *shops):
    """Hours and weekdays of customer 1, where they are not 0; his purchases at some shops are left out."""
    state = folded([1], rows, as_of=AS_OF.day, words=[])
    regular = at_shops([1], rows, pl.Series(shops, dtype=pl.Int64), as_of=AS_OF.day)
    hours, weekdays = habits(state, regular, events, as_of=AS_OF)
    return dict(enumerate(hours[0])), dict(enumerate(weekdays[0], start=1))


def some(counts):
    return {slot: int(count) for slot, count in counts.items() if count}


def test_what_counts_are_purchases_and_events_of_a_year_in_local_time(bookings):
    at = datetime.fromisoformat
    rows = bookings((1, 1, 500, {"hour": 9}), (1, 1, 0, {"hour": 3}), (1, 366, 500, {"hour": 9}))
    events = pl.DataFrame(
        {"customer_no": [1, 1, None], "at": [at("2026-06-30T21:30"), at("2026-06-30T22:30"), at("2026-06-01")]},
        schema=EVENTS,
    )
    hours, weekdays = acts(rows, events)
    assert (some(hours), some(weekdays)) == ({9: 1, 23: 1}, {2: 2})


def test_what_is_paid_regularly_is_no_habit_of_the_customers(bookings):
    club, cafe = {"hour": 6, "merchant": "CLUB"}, {"hour": 9, "merchant": "CAFE"}
    rows = bookings((1, 1, 500, club), (1, 1, 500, cafe))
    paid = pl.DataFrame({"shop": rows["shop"][0], "is_income": [False]})
    assert some(acts(rows, pl.DataFrame(schema=EVENTS), *regular_shops(paid))[0]) == {9: 1}
