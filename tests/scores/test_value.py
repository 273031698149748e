import os
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from persona.scores.habits import habits_of
from persona.scores.occasions import occasions
from persona.scores.value import GammaGamma, Value, fit_spending, fit_value, usual_spending, value

AS_OF = date(2026, 7, 1)
CDNOW = GammaGamma(6.249, 3.745, 15.448)
DATA = os.environ.get("PERSONA_REAL_DATA")


def book(customers=800, *, days=400, seed=3):
    """Purchases of customers with steady rates and usual amounts of their own."""
    rng = np.random.default_rng(seed)
    rate, usual = rng.gamma(2.0, 0.05, customers), rng.gamma(6.0, 300, customers)
    times = rng.poisson(rate * days)
    who = np.repeat(np.arange(customers), times)
    ages = rng.integers(1, days + 1, len(who))
    spent = np.maximum(rng.gamma(4.0, usual[who] / 4), 1).astype(np.int64)
    days_on = [AS_OF - timedelta(days=int(age)) for age in ages]
    return pl.DataFrame({"customer_no": who + 1, "booked_on": days_on, "spent_minor": spent})


@pytest.fixture(scope="module")
def bought():
    return book()


@pytest.fixture(scope="module")
def fitted(bought):
    return fit_value(occasions(range(1, 802), bought, as_of=AS_OF), as_of=AS_OF)


@pytest.mark.skipif(not DATA, reason="PERSONA_REAL_DATA names no folder with real data")
def test_the_published_fit_of_cdnow_is_reproduced():
    file = Path(DATA or "") / "cdnow" / "cdnow_customers_summary_with_transactions.csv"
    repeated = pl.read_csv(file).filter(pl.col("x") > 0)
    model = fit_spending(repeated["x"].cast(pl.Float64).to_numpy(), repeated["zbar"].to_numpy())
    assert (model.p, model.q, model.scale) == pytest.approx((6.249, 3.745, 15.448), abs=0.001)


def test_the_usual_amount_is_the_weighted_mean_of_the_note():
    # Fader and Hardie (2013), eq. 5: two purchases of 22.35 on average.
    expected = (15.448 + 44.70) * 6.249 / (6.249 * 2 + 3.745 - 1)
    assert usual_spending(CDNOW, np.array([2.0]), np.array([22.35]))[0] == pytest.approx(expected)


@given(number=st.integers(1, 1_000), mean=st.floats(0.01, 10_000))
def test_what_is_expected_lies_between_the_customers_own_and_the_books_mean(number, mean):
    book_mean = CDNOW.p * CDNOW.scale / (CDNOW.q - 1)
    told = usual_spending(CDNOW, np.array([float(number)]), np.array([mean]))[0]
    assert min(mean, book_mean) - 1e-6 <= told <= max(mean, book_mean) + 1e-6


def test_spending_is_foreseen_better_than_by_the_quarter_before(fitted):
    _, card = fitted
    assert card.not_trusted_because == ()
    assert card.measured.skill > 0.05
    assert card.measured.foretold_over_happened == pytest.approx(1, abs=0.1)


def test_the_expected_spending_of_a_steady_book_is_what_it_spent(bought, fitted):
    made = value(habits_of(occasions(range(1, 802), bought, as_of=AS_OF)), fitted[0])
    assert made["spend_next_365d_minor"].sum() == pytest.approx(bought["spent_minor"].sum() * 365 / 400, rel=0.1)
    assert made["spend_next_365d_minor"][-1] is None


def test_a_batch_and_another_order_give_the_same(bought, fitted):
    whole = value(habits_of(occasions(range(1, 802), bought, as_of=AS_OF)), fitted[0])
    part = value(habits_of(occasions(range(50, 60), bought.reverse(), as_of=AS_OF)), fitted[0])
    assert_frame_equal(part, whole.filter(pl.col("customer_no").is_between(50, 59)))


def test_a_small_book_has_no_model_and_says_why(bought):
    few = bought.filter(pl.col("customer_no") <= 50)
    seen = occasions(range(1, 51), few, as_of=AS_OF)
    model, card = fit_value(seen, as_of=AS_OF)
    assert (model, card.not_trusted_because) == (None, ("fewer than 100 customers have bought on two days",))
    assert value(habits_of(seen), model)["spend_next_365d_minor"].null_count() == 50


def test_amounts_that_grow_with_frequency_are_told(bought):
    count = pl.len().over("customer_no")
    bound = bought.with_columns(spent_minor=(count * 100 + pl.col("spent_minor") // 100).cast(pl.Int64))
    model, card = fit_value(occasions(range(1, 802), bound, as_of=AS_OF), as_of=AS_OF)
    assert (model, card.used) == (None, "nothing")
    assert card.not_trusted_because[-1].startswith("those who come often also spend more each time")


def test_a_level_of_two_doubles_the_value(bought, fitted):
    model = fitted[0]
    seen = occasions(range(1, 802), bought, as_of=AS_OF)
    single, double = (value(habits_of(seen), Value(model.bgnbd, model.spending, level)) for level in (1.0, 2.0))
    difference = double["spend_next_365d_minor"] - 2 * single["spend_next_365d_minor"]
    assert difference.abs().max() <= 1


def test_a_month_that_is_missing_is_not_foretold_from(bought):
    seen = occasions(range(1, 802), bought, as_of=AS_OF)
    model, card = fit_value(seen, as_of=AS_OF, incomplete="a month is missing")
    assert (model, card.used, card.measured) == (None, "nothing", None)
    assert card.not_trusted_because == ("a month is missing",)
