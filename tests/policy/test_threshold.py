import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.policy.conditions import checked
from persona.policy.places import Place
from persona.policy.threshold import never_together

COLUMNS = {"age_years": pl.Int64, "region": pl.String}


def part(text):
    return checked(text, columns=COLUMNS, place=Place("x.yaml"))


def exclude_each_other(one, other):
    return never_together(part(one).threshold, part(other).threshold)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("age_years < 18", "age_years > 65"),
        ("age_years < 18", "age_years >= 18"),
        ("age_years BETWEEN 1 AND 5", "age_years = 6"),
        ("region = 'north'", "region = 'south'"),
        ("region IN ('north', 'east')", "region NOT IN ('north', 'east')"),
        ("age_years IS NULL", "age_years > 3"),
    ],
)
def test_parts_that_no_value_meets_exclude_each_other(one, other):
    assert exclude_each_other(one, other)
    assert exclude_each_other(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("age_years <= 18", "age_years >= 18"),
        ("age_years > 18", "age_years IS NOT NULL"),
        ("age_years <> 18", "age_years = 19"),
        ("age_years < 18", "region = 'north'"),
        ("region LIKE 'n%'", "region IS NOT NULL"),
    ],
)
def test_parts_that_some_value_meets_do_not(one, other):
    thresholds = [part(one).threshold, part(other).threshold]
    assert not (all(thresholds) and never_together(*thresholds))


SIMPLE = st.builds(
    "age_years {} {}".format, st.sampled_from(["<", "<=", ">", ">=", "=", "<>"]), st.integers(-3, 3)
) | st.builds("age_years {} ({}, {})".format, st.sampled_from(["IN", "NOT IN"]), st.integers(-3, 3), st.integers(-3, 3))


@given(SIMPLE, SIMPLE)
def test_what_is_said_to_exclude_each_other_is_met_by_no_value(one, other):
    ages = pl.DataFrame({"age_years": [*range(-6, 7), None]})
    is_met = not ages.filter(part(f"{one} AND {other}").expr).is_empty()
    assert not (is_met and exclude_each_other(one, other))
