from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from persona.decisions.value import factors, propensity, value_milli
from persona.policy.conditions import checked
from persona.policy.places import Place

DAY = date(2026, 7, 1)


def _night(night, **offer):
    return night({"offers": [{"offer": "gold", **offer}], "customers": [{"id": "K"}]})


def _lever(weight, **more):
    return {"weight": weight, "owner": "o", "reason": "r", "until": "2026-12-31", **more}


def _read(model, *path):
    text = model.document.data
    for key in path:
        text = text[key]
    columns = {"age_years": pl.Int64, "income_minor": pl.Int64}
    return checked(str(text), columns=columns, place=Place("x"), wants="value" if path == ("worth",) else "condition")


def _factors(night, rows, **offer):
    offers = _night(night, **offer).offers
    profile = pl.DataFrame(
        rows, schema={"customer_no": pl.Int64, "age_years": pl.Int64, "income_minor": pl.Int64}, orient="row"
    )
    return factors(profile, offers, day=DAY, read=_read)


def test_worth_is_whole_minor_units_and_unknown_where_what_it_reads_is(night):
    result = _factors(night, [(1, 40, 25), (2, 40, None)], worth="income_minor / 10")
    expected = pl.DataFrame(
        {"customer_no": [1, 2], "worth_gold": [2, None], "context_gold": [0, 0], "lever_gold": [0, 0]}
    )
    assert_frame_equal(result, expected)


def test_levers_add_up_where_they_apply_and_are_clamped(night):
    levers = [_lever(200), _lever(200, when="age_years >= 50"), _lever(50, until="2026-07-01")]
    context = [_lever(-60), _lever(-60, when="age_years >= 50")]
    result = _factors(night, [(1, 40, 0), (2, 60, 0), (3, None, 0)], levers=levers, context=context)
    assert result.select("lever_gold", "context_gold").rows() == [(200, -60), (300, -100), (200, -60)]


def test_the_value_is_the_product_of_its_factors_less_cost_and_fatigue(night):
    treatments = [{"id": "mail", "channel": "email", "cost_minor": 2, "fatigue_minor": 15}]
    action = _night(night, treatments=treatments).actions[0]
    value = value_milli(np.array([0.031]), np.array([4_500]), np.array([0]), np.array([10]), action)
    assert value.tolist() == [round(0.031 * 4_500 * 1.1 * 1_000) - 17_000]


@settings(deadline=None)
@given(
    st.floats(0, 1).map(lambda p: round(p, 6)), st.integers(0, 10**7), st.integers(-100, 300), st.integers(-100, 300)
)
def test_without_cost_and_fatigue_the_value_is_pegas_priority(night, p, worth, context, lever):
    action = _night(night).actions[0]
    priority = p * worth * (1 + context / 100) * (1 + lever / 100)
    value = value_milli(np.array([p]), np.array([worth]), np.array([context]), np.array([lever]), action)
    assert value[0] / 1_000 == pytest.approx(priority, abs=1e-3, rel=1e-9)


@pytest.mark.parametrize(
    ("p", "lift", "lifted"), [(0.1, 20, 0.12), (0.9, 20, 1.0), (0.1, -100, 0.0), (0.333333, 1, 0.336666)]
)
def test_a_channel_moves_the_propensity_which_stays_a_probability(night, p, lift, lifted):
    treatments = [{"id": "mail", "channel": "email", "lift": lift}]
    assert propensity(np.array([p]), _night(night, treatments=treatments).actions[0]).tolist() == [lifted]
