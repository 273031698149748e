from datetime import date, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from persona.signals.life_events import life_dates, life_events, tells

AS_OF = date(2026, 7, 1)
NEVER = {"moved_days": None, "child_days": None, "pay_rise_days": None, "retired_days": None}


def monthly(customer_no, party, amount, *, first, last, kind=None, category=None):
    """One booking a month, ``first`` to ``last`` days ago."""
    rows = [(customer_no, AS_OF - timedelta(days=age), amount) for age in range(first, last - 1, -30)]
    frame = pl.DataFrame(rows, schema=["customer_no", "booked_on", "amount_minor"], orient="row")
    texts = {"counterparty": party, "merchant": None, "kind": kind, "category": category}
    return frame.with_columns(pl.lit(value, dtype=pl.String).alias(name) for name, value in texts.items())


def found(rows):
    known = rows.group_by("customer_no").agg(known_since=pl.col("booked_on").min())
    return life_events(life_dates(rows.filter(tells()), known), as_of=AS_OF)


def told(*parts):
    return found(pl.concat(parts))


def one(**seen):
    schema = {"customer_no": pl.Int64} | dict.fromkeys(NEVER, pl.Int64)
    return pl.DataFrame([{"customer_no": 1} | NEVER | seen], schema=schema)


def salary(amount=200_000, *, first=390, last=1, party="works"):
    return monthly(1, party, amount, first=first, last=last, kind="salary")


def rent(party, *, first, last):
    return monthly(1, party, -80_000, first=first, last=last, category="rent")


def test_another_landlord_after_the_one_before_is_a_move():
    assert_frame_equal(told(rent("old", first=390, last=90), rent("new", first=65, last=5)), one(moved_days=65))


@pytest.mark.parametrize(
    "second",
    [rent("garage", first=65, last=5), rent("new", first=270, last=5)],
    ids=["a second rent beside the first", "a move more than half a year ago"],
)
def test_no_move_is_told_of(second):
    first = rent("old", first=390, last=30 if second["counterparty"][0] == "garage" else 300)
    assert told(first, second).is_empty()


def test_a_small_new_benefit_beside_a_salary_is_a_child():
    benefit = monthly(1, "office", 25_500, first=70, last=1, kind="benefit")
    assert_frame_equal(told(salary(), benefit), one(child_days=70))


def test_a_benefit_in_the_place_of_a_salary_is_no_child():
    benefit = monthly(1, "office", 116_000, first=70, last=1, kind="benefit")
    assert told(salary(first=390, last=90), benefit).is_empty()


def test_a_benefit_of_a_customer_who_has_just_come_is_nothing_new():
    benefit = monthly(1, "office", 25_500, first=70, last=1, kind="benefit")
    assert told(salary(first=130), benefit).is_empty()


def test_two_months_of_a_higher_pay_are_a_rise_from_the_first_of_them():
    assert_frame_equal(told(salary(first=390, last=60), salary(220_000, first=45, last=1)), one(pay_rise_days=45))


def test_a_bonus_beside_the_salary_is_no_rise():
    bonus = monthly(1, "works", 120_000, first=61, last=61, kind="salary")
    assert told(salary(), bonus).is_empty()


def test_four_percent_more_is_no_rise():
    assert told(salary(first=390, last=60), salary(208_000, first=45, last=1)).is_empty()


def test_a_pension_in_the_place_of_a_salary_is_a_retirement():
    pension = monthly(1, "pensions", 130_000, first=75, last=1, kind="pension")
    assert_frame_equal(told(salary(first=390, last=90), pension), one(retired_days=75))


def test_a_pension_beside_a_salary_that_goes_on_is_none():
    pension = monthly(1, "pensions", 130_000, first=75, last=1, kind="pension")
    assert told(salary(), pension).is_empty()


def test_order_of_rows_means_nothing():
    rows = pl.concat([salary(first=390, last=60), salary(220_000, first=45, last=1)])
    assert_frame_equal(found(rows.reverse()), found(rows))
