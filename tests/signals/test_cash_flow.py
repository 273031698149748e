from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from persona.signals.cash_flow import cash_flow, rehearsals

AS_OF = date(2026, 7, 1)


def booked(*rows, is_on_account=True):
    """Bookings from (customer, days ago, amount)."""
    made = [(customer_no, is_on_account, AS_OF - timedelta(days=age), amount) for customer_no, age, amount in rows]
    schema = {"customer_no": pl.Int64, "is_on_account": pl.Boolean, "booked_on": pl.Date, "amount_minor": pl.Int64}
    return pl.DataFrame(made, schema=schema, orient="row")


def balance(*minor):
    return pl.DataFrame(
        {"customer_no": range(1, len(minor) + 1), "balance_minor": minor}, schema_overrides={"balance_minor": pl.Int64}
    )


SPENDING = [(1, age, -500) for age in range(1, 183)]
"""Five hundred a day: thirty thousand in any 60 days."""


def test_who_spends_more_in_sixty_days_than_he_has_falls_short_by_the_difference():
    told = cash_flow(booked(*SPENDING), balance(10_000), as_of=AS_OF)
    assert told["shortfall_60d_minor"].to_list() == [20_000]
    assert told["shortfall_60d_p"][0] > 0.99


def test_a_salary_that_comes_in_time_keeps_the_money_above_nothing():
    salary = [(1, age, 20_000) for age in range(25, 182, 30)]
    told = cash_flow(booked(*SPENDING, *salary), balance(60_000), as_of=AS_OF)
    expected = pl.DataFrame(
        {"customer_no": [1], "shortfall_60d_p": [0.0], "shortfall_60d_minor": [None]},
        schema_overrides={"shortfall_60d_minor": pl.Int64},
    )
    assert_frame_equal(told, expected)


def test_a_card_purchase_that_is_on_no_account_is_paid_with_the_card_bill_only():
    by_card = booked((1, 3, -500_000), is_on_account=False)
    told = cash_flow(pl.concat([booked(*SPENDING), by_card]), balance(50_000), as_of=AS_OF)
    assert told["shortfall_60d_minor"].to_list() == [None]


@pytest.mark.parametrize("rows", [[(1, 3, -10)] * 5, [(1, age, -10) for age in range(1, 40)]])
def test_of_too_few_bookings_or_too_short_a_history_nothing_is_told(rows):
    assert cash_flow(booked(*rows), balance(100), as_of=AS_OF).is_empty()


def test_a_customer_without_a_known_balance_is_left_out():
    assert cash_flow(booked(*SPENDING), balance(None), as_of=AS_OF).is_empty()


def test_bookings_of_strangers_and_of_the_day_of_the_run_are_not_read():
    alone = cash_flow(booked(*SPENDING), balance(40_000), as_of=AS_OF)
    more = booked(*SPENDING, (1, 0, -900_000), (7, 5, -900_000))
    assert_frame_equal(cash_flow(more, balance(40_000), as_of=AS_OF), alone)


@given(st.integers(-50_000, 100_000), st.integers(0, 50_000))
def test_more_money_never_makes_a_shortfall_likelier(own, more):
    poor, rich = (cash_flow(booked(*SPENDING), balance(minor), as_of=AS_OF) for minor in (own, own + more))
    assert rich["shortfall_60d_p"][0] <= poor["shortfall_60d_p"][0]


def test_a_batch_and_another_order_give_the_same():
    both = booked(*SPENDING, *((2, age, amount) for _, age, amount in SPENDING))
    whole = cash_flow(both, balance(10_000, 20_000), as_of=AS_OF)
    second = balance(10_000, 20_000).tail(1)
    assert_frame_equal(cash_flow(both.reverse(), second, as_of=AS_OF), whole.tail(1))


def test_what_is_rehearsed_of_one_customer_is_what_his_shortfall_is_made_of():
    rows = booked(*SPENDING, *[(1, age, 20_000) for age in range(25, 182, 30)], (1, 20, -9_000))
    for owned in (4_000, 16_000, 60_000):
        made = rehearsals(rows, balance_minor=owned, as_of=AS_OF)
        below = made.filter(pl.col("low_minor") < 0)["low_minor"]
        gap = cash_flow(rows, balance(owned), as_of=AS_OF)["shortfall_60d_minor"][0]
        assert gap == (-int(below.sum()) // below.len() if below.len() else None)
        assert made.height == 5


def test_a_rehearsal_is_lowest_on_the_day_of_the_payment_that_makes_it_so():
    rent = [(1, age, -30_000) for age in range(10, 182, 30)]
    pay = [(1, age, 31_000) for age in range(5, 182, 30)]
    made = rehearsals(booked(*rent, *pay), balance_minor=10_000, as_of=AS_OF)
    assert set(made["low_minor"]) == {-20_000}
    assert {(AS_OF - on).days for on in made["lowest_on"]} <= {age for _, age, _ in rent}


def test_days_before_his_first_booking_rehearse_nothing():
    assert rehearsals(booked(*SPENDING[:70]), balance_minor=0, as_of=AS_OF).height == 2
