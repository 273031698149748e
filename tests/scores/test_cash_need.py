from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from persona.scores.cash_need import CashNeed, cash_need, fit_cash_need, rehearsals

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


def told_of(bookings, balances):
    return cash_need(bookings, balances, CashNeed(()), as_of=AS_OF)


SPENDING = [(1, age, -500) for age in range(1, 183)]
"""Five hundred a day: thirty thousand in any 60 days."""


def test_who_spends_more_in_sixty_days_than_he_has_falls_short_by_the_difference():
    told = told_of(booked(*SPENDING), balance(10_000))
    assert told["shortfall_60d_minor"].to_list() == [20_000]
    assert told["shortfall_60d_p"][0] > 0.99


def test_a_salary_that_comes_in_time_keeps_the_money_above_nothing():
    salary = [(1, age, 20_000) for age in range(25, 182, 30)]
    told = told_of(booked(*SPENDING, *salary), balance(60_000))
    expected = pl.DataFrame(
        {"customer_no": [1], "shortfall_60d_p": [0.0], "shortfall_60d_minor": [None]},
        schema_overrides={"shortfall_60d_minor": pl.Int64},
    )
    assert_frame_equal(told, expected)


def test_a_card_purchase_that_is_on_no_account_is_paid_with_the_card_bill_only():
    by_card = booked((1, 3, -500_000), is_on_account=False)
    told = told_of(pl.concat([booked(*SPENDING), by_card]), balance(50_000))
    assert told["shortfall_60d_minor"].to_list() == [None]


@pytest.mark.parametrize("rows", [[(1, 3, -10)] * 5, [(1, age, -10) for age in range(1, 40)]])
def test_of_too_few_bookings_or_too_short_a_history_nothing_is_told(rows):
    assert told_of(booked(*rows), balance(100)).is_empty()


def test_a_customer_without_a_known_balance_is_left_out():
    assert told_of(booked(*SPENDING), balance(None)).is_empty()


def test_bookings_of_strangers_and_of_the_day_of_the_run_are_not_read():
    alone = told_of(booked(*SPENDING), balance(40_000))
    more = booked(*SPENDING, (1, 0, -900_000), (7, 5, -900_000))
    assert_frame_equal(told_of(more, balance(40_000)), alone)


@given(st.integers(-50_000, 100_000), st.integers(0, 50_000))
def test_more_money_never_makes_a_shortfall_likelier(own, more):
    poor, rich = (told_of(booked(*SPENDING), balance(minor)) for minor in (own, own + more))
    assert rich["shortfall_60d_p"][0] <= poor["shortfall_60d_p"][0]


def test_a_batch_and_another_order_give_the_same():
    both = booked(*SPENDING, *((2, age, amount) for _, age, amount in SPENDING))
    whole = told_of(both, balance(10_000, 20_000))
    second = balance(10_000, 20_000).tail(1)
    assert_frame_equal(told_of(both.reverse(), second), whole.tail(1))


def test_who_is_below_nothing_already_falls_short_for_certain():
    told = told_of(booked(*SPENDING, (1, 2, 400_000)), balance(-1))
    assert told["shortfall_60d_p"].to_list() == [1.0]


def test_without_a_model_nothing_is_told():
    assert cash_need(booked(*SPENDING), balance(10_000), None, as_of=AS_OF).is_empty()


def test_a_level_moves_the_chance_and_not_the_gap():
    rows, money = booked(*SPENDING, (1, 3, 3_000)), balance(28_000)
    plain, level = told_of(rows, money), cash_need(rows, money, CashNeed((-1.0, 1.0)), as_of=AS_OF)
    odds = [p / (1 - p) for p in (plain["shortfall_60d_p"][0], level["shortfall_60d_p"][0])]
    assert odds[1] / odds[0] == pytest.approx(np.exp(-1), rel=0.01)
    assert level["shortfall_60d_minor"].to_list() == plain["shortfall_60d_minor"].to_list()


def book(customers=400, *, beat=True, seed=3):
    """Bookings of 302 days and the balances of the day of customers with a salary a month and a spending of their own.

    Without a beat everybody's money moves by one large amount that comes or goes by chance: the past tells nothing.
    """
    rng = np.random.default_rng(seed)
    rows, money = [], []
    for number in range(1, customers + 1):
        pay, rate = rng.integers(150_000, 400_000), rng.uniform(0.85, 1.15)
        if beat:
            rows += [(number, age, int(pay)) for age in range(12, 302, 30)]
            rows += [(number, age, -int(pay * rate / 10)) for age in range(1, 302, 3)]
        else:
            rows += [(number, age, int(rng.normal(0, 40_000))) for age in range(1, 302, 15)]
        money.append(int(rng.integers(0, 300_000)))
    return booked(*rows), balance(*money)


@pytest.fixture(scope="module")
def fitted():
    return fit_cash_need(*book(), as_of=AS_OF)


def test_who_spends_more_than_he_earns_is_foreseen_better_than_by_his_balance(fitted):
    model, card = fitted
    assert card.not_trusted_because == ()
    assert card.measured.skill > 0.5
    assert card.measured.foretold_over_happened == pytest.approx(1, abs=0.2)
    assert len(model.coefficients) == 2
    assert model.coefficients[1] > 0
    assert CashNeed.of(card.as_json()["numbers"]) == model


def test_the_card_counts_by_hand_who_still_had_money_and_who_of_them_fell_short():
    fell = [(1, age, -1_000) for age in range(1, 182, 2)]
    kept = [(2, age, -10) for age in range(1, 182, 2)]
    owed = [(3, age, -10) for age in range(1, 182, 2)]
    _, card = fit_cash_need(booked(*fell, *kept, *owed), balance(-20_000, 500, -900), as_of=AS_OF)
    assert (card.customers, card.positives) == (2, 1)
    assert "1 more were below 0 already" in card.says[3]


def test_money_that_moves_by_chance_fails_the_gate_and_nothing_is_told():
    rows, money = book(beat=False)
    model, card = fit_cash_need(rows, money, as_of=AS_OF)
    assert (model, card.used, card.as_json()["numbers"]) == (None, "nothing", {})
    assert "no better than the naive forecast" in card.not_trusted_because[0]


def test_too_few_who_fell_short_leave_the_rehearsals_as_they_are_and_the_card_says_so():
    rows, money = book(30)
    model, card = fit_cash_need(rows, money, as_of=AS_OF)
    assert (model, card.used) == (CashNeed(()), "rehearsals as they are")
    assert (card.customers, card.positives) == (29, 16)
    assert card.not_trusted_because == ("what is foreseen did not happen 13 times, 20 are needed",)


def test_of_an_incomplete_month_nothing_is_told():
    model, card = fit_cash_need(*book(), as_of=AS_OF, incomplete="a 30-day window is half empty")
    assert (model, card.not_trusted_because[0]) == (None, "a 30-day window is half empty")


def test_a_book_without_balances_has_a_card_that_says_why_nothing_is_told():
    model, card = fit_cash_need(booked(*SPENDING), balance(), as_of=AS_OF)
    assert (model, card.customers, card.measured, card.used) == (None, 0, None, "nothing")
    assert card.not_trusted_because == ("of nobody who had money 60 days ago is enough known",)


def test_order_of_rows_a_shift_of_all_days_and_the_days_to_come_change_no_fit(fitted):
    rows, money = book()
    later = AS_OF + timedelta(days=77)
    shifted = pl.concat([rows.reverse(), booked((1, -3, -9_000_000))]).with_columns(
        pl.col("booked_on") + timedelta(days=77)
    )
    assert fit_cash_need(shifted, money.reverse(), as_of=later)[0] == fitted[0]


def test_what_is_rehearsed_of_one_customer_is_what_his_shortfall_is_made_of():
    rows = booked(*SPENDING, *[(1, age, 20_000) for age in range(25, 182, 30)], (1, 20, -9_000))
    for owned in (4_000, 16_000, 60_000):
        made = rehearsals(rows, balance_minor=owned, as_of=AS_OF)
        below = made.filter(pl.col("low_minor") < 0)["low_minor"]
        gap = told_of(rows, balance(owned))["shortfall_60d_minor"][0]
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
