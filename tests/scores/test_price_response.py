import json
import os
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from persona.scores.price_response import (
    Price,
    PriceResponse,
    Weights,
    _rising,
    acceptance,
    best_prices,
    fit_price_response,
    weights_of,
)

DATA = os.environ.get("PERSONA_REAL_DATA")
TERMS = ("low_rate", "lowest_rate", "gift")
ORDERED = (("low_rate", "lowest_rate"),)


def answered(customers=200, answers=12, *, seed=6):
    """Answers of customers of whom half love gifts and half do not care, and all like low rates."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(1, customers + 1), answers)
    offers = rng.integers(-1, 2, (len(who), 3))
    gift = np.where(who % 2 == 0, 3.0, 0.0)
    odds = 1.0 * offers[:, 0] + 2.0 * offers[:, 1] + gift * offers[:, 2]
    taken = rng.random(len(who)) < 1 / (1 + np.exp(-odds))
    columns = {term: offers[:, at] for at, term in enumerate(TERMS)}
    return pl.DataFrame({"customer_no": who, "is_taken": taken} | columns)


@pytest.fixture(scope="module")
def choices():
    return answered()


@pytest.fixture(scope="module")
def model(choices):
    return fit_price_response(choices, terms=TERMS, ordered=ORDERED)


def one(mean, spread=0.0):
    size = len(mean)
    return Weights(np.array([1]), np.array([mean]), np.array([np.eye(size) * spread]))


def test_the_mean_of_the_book_and_how_far_its_customers_lie_apart_are_found(model):
    assert model.mean == pytest.approx((1.0, 2.0, 1.5), abs=0.35)
    variances = [model.spread[at][at] for at in range(3)]
    assert variances[2] > 4 * max(variances[:2])


def test_each_customer_is_told_by_his_own_answers(choices, model):
    weights = weights_of(range(1, 201), choices, model)
    gift = weights.mean[:, 2]
    assert gift[1::2].mean() - gift[::2].mean() > 1


def test_who_never_answered_has_the_weights_of_the_book(choices, model):
    weights = weights_of([5, 999], choices, model)
    assert weights.mean[1].tolist() == list(model.mean)
    assert weights.spread[1].tolist() == [list(row) for row in model.spread]


def test_a_batch_and_another_order_of_answers_give_the_same(choices, model):
    whole = weights_of(range(1, 201), choices, model)
    part = weights_of(range(30, 40), choices.reverse(), model)
    assert np.abs(part.mean - whole.mean[29:39]).max() < 1e-9
    assert fit_price_response(choices.reverse(), terms=TERMS, ordered=ORDERED) == model


@pytest.mark.parametrize(
    ("levels", "expected"),
    [((1.0, 2.0), (1, 2)), ((2.0, 1.0), (1.5, 1.5)), ((-1.0, 2.0), (0, 2)), ((3.0, -1.0, 1.0), (1, 1, 1))],
)
def test_a_better_level_never_weighs_less(levels, expected):
    assert _rising(np.array([levels]))[0].tolist() == pytest.approx(expected)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=6))
def test_levels_rise_from_nothing_and_what_rises_stays(levels):
    made = _rising(np.array([levels]))[0]
    assert made[0] >= 0
    assert (np.diff(made) >= -1e-12).all()
    assert _rising(made[None])[0].tolist() == pytest.approx(made.tolist())


def test_doubt_draws_a_probability_to_a_half():
    sure, unsure = (acceptance(one([2.0], spread), np.array([[1.0]]))[0, 0] for spread in (0.0, 8 / np.pi * 3))
    assert sure == pytest.approx(1 / (1 + np.exp(-2)), abs=1e-6)
    assert unsure == pytest.approx(1 / (1 + np.exp(-1)), abs=1e-6)


def test_the_price_worth_most_is_told_and_one_below_the_floor_never():
    # Taken with 1/2 for 100, with .88 for 80, with .98 for 10: 50, 70 and 10 are expected.
    model = PriceResponse(("cut",), (), (0.0,), ((1.0,),), ("cut",), 100)
    ladder = [Price("full", {}, 100), Price("cut", {"cut": 1.0}, 80), Price("deep", {"cut": 2.0}, 10)]
    weights = one([2.0])
    expected = pl.DataFrame(
        {
            "customer_no": [1],
            "price": ["cut"],
            "price_p": [0.880797],
            "expected_minor": [70],
            "price_p_low": [0.880797],
            "is_tried": [True],
        }
    )
    assert_frame_equal(best_prices(weights, model, ladder, floor_minor=10), expected)
    assert best_prices(weights, model, ladder, floor_minor=90)["price"].to_list() == ["full"]
    assert best_prices(weights, model, ladder, floor_minor=101)["price"].to_list() == [None]


def test_a_price_that_was_never_tried_is_said_to_be_a_guess():
    model = PriceResponse(("cut",), (), (0.0,), ((1.0,),), (), 100)
    ladder = [Price("full", {}, 100), Price("cut", {"cut": 1.0}, 99)]
    assert best_prices(one([2.0]), model, ladder, floor_minor=0)["is_tried"].to_list() == [False]


@pytest.mark.parametrize("few", [answered(49), answered(60).with_columns(is_taken=pl.lit(True))])
def test_too_few_customers_or_equal_answers_teach_nothing(few):
    assert fit_price_response(few, terms=TERMS) is None


def test_a_model_comes_back_from_plain_numbers(model):
    assert PriceResponse.of(json.loads(json.dumps(asdict(model)))) == model


def test_a_term_that_no_answer_held_is_not_tried(choices):
    without = choices.with_columns(gift=pl.lit(0))
    assert fit_price_response(without, terms=TERMS).tried == ("low_rate", "lowest_rate")


@pytest.mark.slow
@pytest.mark.skipif(not DATA, reason="PERSONA_REAL_DATA names no folder with real data")
def test_real_choices_between_bank_cards_are_foretold_better_than_by_one_set_of_weights():
    raw = pl.read_parquet(Path(DATA or "") / "price" / "bank_conjoint_half.parquet")
    terms = [name for name in raw.columns if name not in {"id", "choice"}]
    rows = raw.select(*terms, customer_no=pl.col("id").cast(pl.Int64), is_taken=pl.col("choice") == 1)
    order = pl.Series(np.random.default_rng(0).random(rows.height))
    held = rows.with_columns(order=order).with_columns(rank=pl.col("order").rank().over("customer_no"))
    learnt, test = held.filter(pl.col("rank") > 3), held.filter(pl.col("rank") <= 3)
    ordered = (("Med_FInt", "Low_FInt"), ("Med_Fee", "Low_Fee"), ("Med_Rebate", "High_Rebate"))
    model = fit_price_response(learnt, terms=terms, ordered=ordered)
    told = []
    for one_model in (model, replace(model, spread=tuple(map(tuple, (np.eye(len(terms)) * 1e-9).tolist())))):
        weights = weights_of(test["customer_no"].unique().to_list(), learnt, one_model)
        at = np.searchsorted(weights.customers, test["customer_no"].to_numpy())
        odds = np.einsum("nd,nd->n", weights.mean[at], test.select(terms).to_numpy().astype(float))
        told.append(float(((odds > 0) == test["is_taken"].to_numpy()).mean()))
    assert told[0] >= 0.765
    assert told[0] > told[1] + 0.02
