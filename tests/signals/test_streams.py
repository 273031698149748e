from datetime import date, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from persona.signals.streams import streams

AS_OF = date(2026, 7, 1)


def monthly(amounts, *, last=10, customer=1, every=30, **more):
    """Payments (> 0) or incomes (< 0), the last so many days ago; kind and other side by name."""
    count = len(amounts)
    return [(customer, last + every * (count - 1 - i), a, more) for i, a in enumerate(amounts)]


def found(rows):
    return streams(rows, as_of=AS_OF)


def test_a_subscription_is_found_with_its_price_and_the_next_day_by_the_calendar(bookings):
    stream = found(bookings(*monthly([999, 999, 999], merchant="TONWERK", category="media"))).row(0, named=True)
    told = {"is_income": False, "merchant": "TONWERK", "is_spending": True, "period_days": 30, "occurrences": 3}
    days = {"last_on": date(2026, 6, 21), "next_on": date(2026, 7, 21), "is_running": True, "amount_minor": 999}
    none = {"risen_minor": None, "risen_on": None, "split": "whole"}
    assert told | days | none == {name: stream[name] for name in told | days | none}


@pytest.mark.parametrize(
    ("amounts", "rise"),
    [
        ([999] * 6 + [1_199], (200, date(2026, 6, 21))),
        ([999] * 6 + [1_199] * 2, (200, date(2026, 5, 22))),
        ([999] * 6 + [1_010], None),
        ([999] * 6 + [899], None),
        ([999, 1_199, 1_199], None),
    ],
)
def test_a_price_has_risen_when_the_last_is_clearly_above_the_six_before(bookings, amounts, rise):
    stream = found(bookings(*monthly(amounts, merchant="TONWERK"))).row(0, named=True)
    assert (stream["risen_minor"], stream["risen_on"]) == (rise or (None, None))


def test_a_missed_beat_counts_half_and_an_ended_stream_no_longer_runs(bookings):
    kept = monthly([999] * 6, merchant="TONWERK")
    missed = found(bookings(*(kept[:2] + kept[3:])))
    assert missed.select("occurrences", "is_running").row(0) == (5, True)
    ended = found(bookings(*monthly([999] * 4, merchant="TONWERK", last=60)))
    assert ended.select("is_running").row(0) == (False,)


@pytest.mark.parametrize(("every", "period"), [(7, 7), (14, 14), (30, 30), (31, 30), (61, 61), (91, 91)])
def test_every_beat_is_known(bookings, every, period):
    assert found(bookings(*monthly([500] * 4, every=every, merchant="M")))["period_days"].to_list() == [period]


@pytest.mark.parametrize("every", [3, 10, 21, 45])
def test_other_gaps_are_no_beat(bookings, every):
    assert found(bookings(*monthly([500] * 5, every=every, merchant="M"))).is_empty()


def test_equal_payments_are_found_among_other_purchases_at_the_same_shop(bookings):
    others = [(1, age, 700 + 137 * i, {"merchant": "SHOP"}) for i, age in enumerate((3, 8, 15, 22, 31, 44, 47, 58, 71))]
    rows = bookings(*monthly([899] * 5, merchant="SHOP", last=12), *others)
    assert found(rows).select("split", "amount_minor", "occurrences").rows() == [("equal", 899, 5)]


def test_weekly_shopping_of_uneven_amounts_is_a_habit_and_not_a_payment(bookings):
    rows = bookings(*monthly([5_000, 6_500, 4_200, 7_100, 5_600, 6_900], every=7, merchant="MARKT"))
    assert found(rows).is_empty()


@pytest.mark.parametrize("more", [{"kind": "cash"}, {"kind": "transfer", "channel": "atm"}, {"kind": "interest"}])
def test_equal_cash_deposits_are_no_stream(bookings, more):
    assert found(bookings(*monthly([-50_000] * 6, **({"spent_minor": 0} | more)))).is_empty()


def test_a_salary_is_an_income_though_its_amount_moves(bookings):
    salary = monthly([-200_000, -201_000, -199_500, -230_000], kind="salary", counterparty="tok_a", spent_minor=0)
    stream = found(bookings(*salary)).row(0, named=True)
    assert (stream["is_income"], stream["amount_minor"], stream["kind"]) == (True, 230_000, "salary")


def test_the_order_of_rows_other_customers_and_the_date_mean_nothing(bookings):
    first = monthly([999] * 6 + [1_199], merchant="TONWERK") + monthly([50, 52, 51], customer=1, merchant="CLUB")
    other = monthly([700] * 5, customer=2, merchant="TONWERK", every=14)
    rows = bookings(*first, *other)
    whole = found(rows)
    assert whole.height == 3
    assert_frame_equal(found(rows.sample(fraction=1, shuffle=True, seed=3)), whole)
    apart = [found(rows.filter(pl.col("customer_no") == number)) for number in (1, 2)]
    assert_frame_equal(pl.concat(apart), whole)
    later = rows.with_columns(pl.col("booked_on") + pl.duration(days=400))
    moved = streams(later, as_of=AS_OF + timedelta(days=400))
    names = ["customer_no", "merchant", "split", "period_days", "occurrences", "amount_minor", "risen_minor"]
    assert_frame_equal(moved.select(names), whole.select(names))


def test_no_bookings_are_no_streams(bookings):
    assert found(bookings()).rows() == []
