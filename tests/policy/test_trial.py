import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.policy.conditions import checked
from persona.policy.places import Place
from persona.policy.trial import is_never_met

COLUMNS = {"age_years": pl.Int64, "share": pl.Float64, "region": pl.String, "is_staff": pl.Boolean, "since": pl.Date}


def part(text):
    return checked(text, columns=COLUMNS, place=Place("x.yaml"))


@pytest.mark.parametrize(
    "text",
    [
        "NOT (age_years >= 0 OR age_years < 0)",
        "NOT (region = 'north' OR region <> 'north')",
        "NOT (is_staff OR NOT is_staff OR is_staff IS NULL)",
        "(age_years > 70 OR age_years > 80) AND age_years <= 70",
        "(since > DATE '2026-01-02' AND share > 0) AND NOT since > DATE '2026-01-01'",
    ],
)
def test_what_no_value_meets_is_found(text):
    assert is_never_met(part(text))


@pytest.mark.parametrize(
    "text",
    [
        "share > 0.1 AND share < 0.2",
        "NOT (age_years > 3 OR age_years < 3)",
        "NOT (region = 'north' OR region = 'south')",
        "age_years IS NULL",
        "since > DATE '2026-01-01' AND since < DATE '2026-01-05'",
        "age_years * 2 > 500",
        "region LIKE 'n%' AND NOT region LIKE 'n%'",
    ],
)
def test_what_some_value_meets_or_what_cannot_be_tried_is_not(text):
    assert not is_never_met(part(text))


ATOM = st.builds(
    "{} {} {}".format, st.just("age_years"), st.sampled_from(["<", "<=", ">", ">=", "=", "<>"]), st.integers(-2, 2)
)
TREE = st.recursive(
    ATOM,
    lambda inner: st.builds("({} AND {})".format, inner, inner)
    | st.builds("({} OR {})".format, inner, inner)
    | st.builds("NOT ({})".format, inner),
    max_leaves=5,
)  # fmt: skip


@given(TREE)
def test_what_is_found_is_met_by_no_age_and_what_is_not_by_some(text):
    ages = pl.DataFrame({"age_years": [*range(-5, 6), None]}, schema={"age_years": pl.Int64})
    assert is_never_met(part(text)) == ages.filter(part(text).expr).is_empty()
