"""Customers whom no signal was thought of for: each has a defined result."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from persona.clock import AsOf
from persona.foundation.bookings import booked
from persona.signals import Book, at_shops, folded, habits, signals, streams
from persona.tables import CANONICAL

AS_OF = AsOf.parsed("2026-07-01", "Europe/Berlin")
WORDS = ("dining", "fuel")
EMPTY = {
    name: pl.DataFrame(schema={"customer_no": pl.Int64} | {c.name: c.dtype for c in CANONICAL[name].columns})
    for name in ("events", "redemptions", "preferences")
}
COLUMNS = {"customer_no": pl.Int64, "bucket": pl.Int8} | {c.name: c.dtype for c in CANONICAL["transactions"].columns}


def told(lines, words=WORDS):
    """All signals of customer 1."""
    state = folded([1], lines, as_of=AS_OF.day, words=words)
    made = signals(
        state,
        streams(lines, as_of=AS_OF.day),
        habits(state, at_shops([1], lines, pl.Series(dtype=pl.Int64), as_of=AS_OF.day), EMPTY["events"], as_of=AS_OF),
        events=EMPTY["events"],
        redeemed=EMPTY["redemptions"],
        stated=EMPTY["preferences"],
        as_of=AS_OF,
        book=Book(7.0, (1,) * 24, (1,) * 7),
    )
    return made.row(0, named=True)


def test_a_customer_with_a_hundred_thousand_purchases_is_counted_to_the_last(bookings):
    one = bookings((1, 1, 1_000, {"category": "dining", "hour": 12}))
    days = pl.DataFrame({"back": [n % 400 for n in range(100_000)]})
    many = one.drop("booked_on").join(days, how="cross")
    lines = many.with_columns(booked_on=pl.lit(AS_OF.day) - pl.duration(days=1 + pl.col("back"))).drop("back")
    row = told(lines)
    # 250 a day on each of 400 days.
    assert (row["purchases_365d"], row["spend_30d_dining_minor"]) == (365 * 250, 30 * 250 * 1_000)
    assert (row["cadence_days"], row["best_hour"], row["silence_days"]) == (pytest.approx(1.03, abs=0.01), 12, 1)


def test_who_only_sends_things_back_has_spent_less_than_nothing_and_never_bought(bookings):
    row = told(bookings((1, 3, -700, {"category": "dining"}), (1, 40, -300)))
    assert (row["spend_30d_minor"], row["spend_90d_minor"], row["spend_30d_dining_minor"]) == (-700, -1_000, -700)
    assert row["spend_decayed_minor"] < -700
    unknown = ("recency_days", "first_purchase_days", "spend_trend", "cadence_days", "overdue", "best_hour")
    assert {row[name] for name in unknown} == {None}
    assert row["purchases_365d"] == 0


def test_with_one_category_it_holds_all_that_is_spent(bookings):
    row = told(bookings((1, 3, 700, {"category": "dining"})), words=("dining",))
    assert row["spend_30d_dining_minor"] == row["spend_30d_minor"] == 700


def test_a_category_that_is_in_the_rules_no_more_counts_in_the_totals_alone(bookings):
    rows = bookings((1, 3, 700, {"category": "dining"}), (1, 3, 50, {"category": "fuel"}))
    row = told(rows, words=("dining",))
    assert (row["spend_30d_minor"], row["spend_30d_dining_minor"]) == (750, 700)
    assert "spend_30d_fuel_minor" not in row


def test_a_missing_month_is_a_silence_and_nothing_is_made_up_for_it(bookings):
    rows = bookings(*((1, age, 100) for age in range(1, 366, 2) if not 31 <= age <= 60))
    row = told(rows)
    assert (row["purchases_30d"], row["purchases_90d"], row["silence_days"]) == (15, 30, 32)


def test_an_account_that_changes_its_currency_is_known_from_the_change_on():
    given = [(date(2026, 5, 1), "DEM", -5_000), (date(2026, 6, 1), "EUR", -2_500)]
    rows = pl.DataFrame(
        [
            dict.fromkeys(COLUMNS)
            | {"customer_no": 1, "booked_at": datetime.combine(on, time(10)), "currency": currency}
            | {"amount_minor": amount, "kind": "purchase", "txn_id": currency}
            for on, currency, amount in given
        ],
        schema=COLUMNS,
    )
    known = booked(rows, zone=AS_OF.zone, categories=None, currency="EUR")
    assert known.select("booked_on", "spent_minor").rows() == [(date(2026, 6, 1), 2_500)]


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2025, 10, 26), 25), (date(2026, 6, 1), 24)])
def test_where_clocks_jump_each_booking_stays_on_its_local_day(day, hours):
    start = datetime.combine(day, datetime.min.time(), ZoneInfo(AS_OF.zone)).astimezone(ZoneInfo("UTC"))
    instants = [start.replace(tzinfo=None) + timedelta(hours=number) for number in range(-2, 28)]
    rows = pl.DataFrame(
        [
            dict.fromkeys(COLUMNS)
            | {"customer_no": 1, "booked_at": instant, "currency": "EUR", "amount_minor": -1, "kind": "purchase"}
            | {"txn_id": str(instant)}
            for instant in instants
        ],
        schema=COLUMNS,
    )
    known = booked(rows, zone=AS_OF.zone, categories=None, currency="EUR")
    assert known.filter(pl.col("booked_on") == day).height == hours
    assert known.height == len(instants)


def test_what_a_clock_that_is_ahead_has_booked_waits_for_its_day(bookings):
    rows = bookings((1, -3, 999), (1, 1, 100))
    assert told(rows)["purchases_30d"] == 1
    later = folded([1], rows, as_of=AS_OF.day + timedelta(days=4), words=WORDS)
    assert later.purchases[0, 0] == 2
