from datetime import date, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from persona.clock import AsOf
from persona.foundation.bookings import bookings, foreign_rows, purchase_rows
from persona.policy.rules import Categories
from persona.tables import CANONICAL

at = datetime.fromisoformat
AS_OF = AsOf.parsed("2026-07-01", "Europe/Berlin")
COLUMNS = {"customer_no": pl.Int64} | {c.name: c.dtype for c in CANONICAL["transactions"].columns}
CATEGORIES = Categories.model_validate({"categories": {"dining": {}, "salary": {"is_spend": False}}})


def booked(*given):
    blank = dict.fromkeys(COLUMNS) | {"customer_no": 1, "booked_at": at("2026-06-01T10:00"), "currency": "EUR"}
    return pl.DataFrame([blank | {"txn_id": f"t{i}"} | row for i, row in enumerate(given)], schema=COLUMNS)


def made(*given):
    return bookings(booked(*given), as_of=AS_OF, categories=CATEGORIES, currency="EUR")


@pytest.mark.parametrize(
    ("row", "spent"),
    [
        ({"kind": "purchase", "amount_minor": -1250}, 1250),
        ({"kind": "refund", "amount_minor": 400}, -400),
        ({"merchant": "CAFE", "amount_minor": -300}, 300),
        ({"merchant": "CAFE", "amount_minor": 300}, -300),
        ({"kind": "standing_order", "category": "dining", "amount_minor": -80}, 80),
        ({"kind": "standing_order", "category": "dining", "amount_minor": 80}, 0),
        ({"kind": "standing_order", "category": "dining", "amount_minor": 80, "is_reversal": True}, -80),
        ({"kind": "purchase", "category": "salary", "amount_minor": -80}, 0),
        ({"kind": "transfer", "merchant": "A SHOP", "amount_minor": -80}, 0),
        ({"amount_minor": -80}, 0),
    ],
)
def test_purchases_and_refunds_are_spending_and_other_money_is_not(row, spent):
    assert made(row)["spent_minor"].to_list() == [spent]


@pytest.mark.parametrize(
    ("booked_at", "booked_on", "hour", "weekday"),
    [
        (at("2026-06-01T22:30"), date(2026, 6, 2), 0, 2),
        (at("2026-06-01T22:00"), date(2026, 6, 2), None, 2),
        (at("2026-06-01T00:00"), date(2026, 6, 1), None, 1),
        (at("2026-01-31T22:30"), date(2026, 1, 31), 23, 6),
    ],
)
def test_days_and_hours_are_local_and_midnight_is_no_time_of_day(booked_at, booked_on, hour, weekday):
    row = made({"kind": "purchase", "amount_minor": -1, "booked_at": booked_at})
    assert row.select("booked_on", "hour", "weekday").rows() == [(booked_on, hour, weekday)]


@pytest.mark.parametrize("frame", [pl.DataFrame, pl.DataFrame.lazy])
def test_what_happens_at_as_of_or_later_or_to_nobody_or_in_another_currency_is_left_out(frame):
    rows = booked(
        {"amount_minor": -1, "booked_at": at("2026-06-30T21:59:59")},
        {"amount_minor": -2, "booked_at": at("2026-06-30T22:00")},
        {"amount_minor": -3, "customer_no": None},
        {"amount_minor": -4, "currency": "USD"},
    )
    known = bookings(frame(rows), as_of=AS_OF, categories=None, currency="EUR").lazy().collect()
    assert known.select("txn_id", "booked_on").rows() == [("t0", date(2026, 6, 30))]


@pytest.mark.parametrize("frame", [pl.DataFrame, pl.DataFrame.lazy])
def test_bookings_of_other_currencies_are_counted_by_delivery_but_for_days_to_come(frame):
    rows = booked(
        {"currency": "USD"},
        {"currency": "USD", "customer_no": None},
        {"currency": "USD", "booked_at": at("2026-06-30T22:00")},
        {"currency": "EUR"},
        {"currency": "CHF"},
    ).with_columns(delivery_no=pl.Series([1, 1, 1, 1, 2]))
    expected = pl.DataFrame({"delivery_no": [1, 2], "currency": ["USD", "CHF"], "rows": [2, 1]})
    assert_frame_equal(foreign_rows(frame(rows), as_of=AS_OF, currency="EUR").lazy().collect(), expected)


@pytest.mark.parametrize("frame", [pl.DataFrame, pl.DataFrame.lazy])
def test_what_looks_like_a_purchase_is_counted_whichever_way_its_money_goes(frame):
    rows = booked(
        {"kind": "purchase", "amount_minor": -5},
        {"kind": "purchase", "amount_minor": 5},
        {"category": "dining", "amount_minor": -5, "currency": "USD"},
        {"kind": "refund", "amount_minor": 5},
        {"kind": "purchase", "amount_minor": 5, "is_reversal": True},
        {"category": "salary", "amount_minor": 5},
    ).with_columns(delivery_no=7)
    counted = purchase_rows(frame(rows), categories=CATEGORIES, currency="EUR").lazy().collect()
    assert counted.rows(named=True) == [{"delivery_no": 7, "rows": 3, "spent": 2, "counted": 1}]
