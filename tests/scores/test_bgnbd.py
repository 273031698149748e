import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import check_grad

from persona.scores.bgnbd import (
    BgNbd,
    Histories,
    _likelihood,
    alive,
    buys_again,
    expected_purchases,
    fit_bgnbd,
    log_likelihood,
)

DATA = os.environ.get("PERSONA_REAL_DATA")
CDNOW = BgNbd(0.243, 4.414, 0.793, 2.426)


def one(repeats, recency, age):
    return Histories(*(np.array([float(value)]) for value in (repeats, recency, age)))


@pytest.mark.skipif(not DATA, reason="PERSONA_REAL_DATA names no folder with real data")
def test_the_published_fit_of_cdnow_is_reproduced():
    table = pl.read_csv(Path(DATA or "") / "cdnow" / "cdnow_customers_summary.csv")
    seen = Histories(*(table[name].cast(pl.Float64).to_numpy() for name in ("frequency", "recency", "T")))
    model = fit_bgnbd(seen)
    assert (model.r, model.alpha, model.a, model.b) == pytest.approx((0.243, 4.414, 0.793, 2.426), abs=0.001)
    assert log_likelihood(model, seen) == pytest.approx(-9582.4, abs=0.05)
    assert expected_purchases(model, seen, horizon=39.0).sum() == pytest.approx(1_653, abs=1)


def test_a_customer_of_the_paper_is_expected_to_buy_as_often_as_it_says():
    # Fader, Hardie and Lee (2005), section 4: x = 2, t_x = 30.43, T = 38.86 buys 1.226 times in the next 39 weeks.
    assert expected_purchases(CDNOW, one(2, 30.43, 38.86), horizon=39.0)[0] == pytest.approx(1.226, abs=0.001)


def test_the_slopes_are_those_of_the_likelihood():
    seen = Histories(np.array([0.0, 2.0, 9.0]), np.array([0.0, 30.0, 12.0]), np.array([39.0, 38.0, 20.0]))
    error = check_grad(
        lambda q: _likelihood(seen, *q)[0].sum(), lambda q: _likelihood(seen, *q)[1].sum(axis=1), [0.3, 4.0, 0.8, 2.5]
    )
    assert error < 1e-4


def test_who_bought_once_has_not_left_as_far_as_the_model_knows():
    assert alive(CDNOW, one(0, 0, 100))[0] == 1


def test_a_silence_of_ten_thousand_days_after_many_purchases_is_the_end_without_an_overflow():
    assert alive(CDNOW, one(900, 100, 10_000))[0] < 1e-300


def test_order_of_customers_changes_no_digit():
    rng = np.random.default_rng(3)
    age = rng.integers(50, 400, 300).astype(float)
    repeats = rng.poisson(2, 300).astype(float)
    recency = np.where(repeats > 0, np.floor(age * rng.random(300)), 0)
    mixed = rng.permutation(300)
    turned = Histories(repeats[mixed], recency[mixed], age[mixed])
    assert fit_bgnbd(Histories(repeats, recency, age)) == fit_bgnbd(turned)


def test_a_book_where_nobody_bought_twice_has_no_model():
    with pytest.raises(ValueError, match="nobody has bought twice"):
        fit_bgnbd(one(0, 0, 10))


@given(
    repeats=st.integers(0, 2_000),
    recency=st.integers(1, 1_000),
    silence=st.integers(0, 1_000),
    horizon=st.integers(1, 365),
)
def test_chances_are_chances_and_a_longer_silence_never_raises_them(repeats, recency, silence, horizon):
    recency = recency if repeats else 0
    now = one(repeats, recency, recency + silence + 1)
    later = one(repeats, recency, recency + silence + 31)
    assert 0 <= buys_again(CDNOW, now, horizon=horizon)[0] <= alive(CDNOW, now)[0] <= 1
    assert buys_again(CDNOW, later, horizon=horizon)[0] <= buys_again(CDNOW, now, horizon=horizon)[0] + 1e-12
    assert 0 <= expected_purchases(CDNOW, now, horizon=horizon)[0] < np.inf
