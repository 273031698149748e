from datetime import datetime

import numpy as np
import polars as pl
import pytest

from persona.clock import AsOf
from persona.signals.timing import moments, timing

AS_OF = AsOf.parsed("2026-07-01", "Europe/Berlin")
EVENTS = {"customer_no": pl.Int64, "at": pl.Datetime("us")}
STREAMS = pl.DataFrame({"customer_no": [1, 1], "merchant": ["CLUB", None], "is_income": [False, False]})
NOON_BOOK = tuple(100 if hour == 12 else 0 for hour in range(24))


def of(hours, *, book=NOON_BOOK):
    acts = pl.DataFrame({"customer_no": [1] * len(hours), "hour": hours, "weekday": [2] * len(hours)})
    made = timing(np.array([1]), acts, hours=book, weekdays=(1,) * 7)
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


@pytest.mark.parametrize("frame", [pl.DataFrame, pl.DataFrame.lazy])
def test_moments_are_purchases_and_events_of_a_year_in_local_time(frame, bookings):
    at = datetime.fromisoformat
    rows = bookings((1, 1, 500, {"hour": 9}), (1, 1, 0, {"hour": 3}), (1, 366, 500, {"hour": 9}))
    events = pl.DataFrame(
        {"customer_no": [1, 1, None], "at": [at("2026-06-30T21:30"), at("2026-06-30T22:30"), at("2026-06-01")]},
        schema=EVENTS,
    )
    made = moments(frame(rows), frame(events), frame(STREAMS.clear()), as_of=AS_OF).lazy().collect()
    assert made.rows() == [(1, 9, 2), (1, 23, 2)]


def test_what_is_paid_regularly_is_no_moment_of_the_customers(bookings):
    rows = bookings((1, 1, 500, {"hour": 6, "merchant": "CLUB"}), (1, 1, 500, {"hour": 9, "merchant": "CAFE"}))
    events = pl.DataFrame(schema=EVENTS)
    assert moments(rows, events, STREAMS, as_of=AS_OF)["hour"].to_list() == [9]
