import polars as pl
import pytest

from persona.policy.conditions import checked
from persona.policy.explain import explained, smallest_change
from persona.policy.places import Place

COLUMNS = {"age_years": pl.Int64, "income_verified_days": pl.Int64, "region": pl.String, "is_staff": pl.Boolean}


def condition(text):
    return checked(text, columns=COLUMNS, place=Place("rules/offers/loan.yaml"))


def test_the_smallest_change_names_the_value_read_and_the_threshold():
    loan = condition("age_years >= 18 AND income_verified_days <= 365")
    assert [str(change) for change in smallest_change(loan, {"age_years": 40, "income_verified_days": 402})] == [
        "income_verified_days 402 -> <= 365"
    ]


def test_a_condition_that_holds_has_nothing_to_explain():
    assert explained(condition("age_years >= 18 AND NOT is_staff"), {"age_years": 18, "is_staff": False}) == []


def test_an_absent_value_is_unknown_and_said_so():
    [part] = explained(condition("age_years >= 18"), {})
    assert (part.state, str(part)) == ("unknown", "age_years unknown -> >= 18")


def test_a_part_that_is_no_plain_comparison_is_told_with_all_that_it_read():
    mixed = condition("(age_years < 30 OR is_staff) AND region = 'north'")
    row = {"age_years": 30, "is_staff": False, "region": "south"}
    assert [str(part) for part in explained(mixed, row)] == [
        "age_years < 30 OR is_staff (not met: age_years 30, is_staff false)",
        "region 'south' -> = 'north'",
    ]
    assert smallest_change(mixed, row) == []


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("18 <= age_years", ">= 18"),
        ("NOT age_years < 18", ">= 18"),
        ("age_years BETWEEN 18 AND 65", "between 18 and 65"),
        ("region IN ('north', 'east')", "in 'north', 'east'"),
        ("region NOT IN ('south')", "not in 'south'"),
        ("is_staff", "= true"),
        ("NOT is_staff", "= false"),
        ("region IS NOT NULL", "is not null"),
    ],
)
def test_every_comparison_of_a_column_with_literals_has_a_threshold(text, needed):
    assert str(condition(text).threshold) == needed


def test_a_constant_that_is_false_is_explained_without_a_value():
    assert [str(part) for part in explained(condition("false"), {})] == ["false (not met)"]
