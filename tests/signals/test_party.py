from datetime import date

import polars as pl

from persona.signals.party import party

UNITS = pl.DataFrame({"customer_no": [1, 2, 3], "household_key": ["a", "a", "b"]})


def streams(*rows):
    """Incomes as (customer, kind, a month, whether it runs)."""
    made = [
        {"customer_no": who, "kind": kind, "amount_minor": minor, "period_days": 30, "is_running": runs}
        for who, kind, minor, runs in rows
    ]
    schema = {
        "customer_no": pl.Int64,
        "kind": pl.String,
        "amount_minor": pl.Int64,
        "period_days": pl.Int64,
        "is_running": pl.Boolean,
    }
    return pl.DataFrame(made, schema=schema).with_columns(is_income=True, last_on=date(2026, 6, 1))


def test_a_household_with_an_allowance_for_a_child_travels_as_a_family():
    told = party(streams((1, "salary", 300_000, True), (1, "benefit", 25_000, True)), UNITS)
    assert told.rows() == [(1, "family"), (2, "family")]


def test_a_benefit_in_place_of_a_salary_or_one_that_has_ended_tells_nothing():
    assert party(streams((1, "benefit", 90_000, True)), UNITS).is_empty()
    assert party(streams((1, "salary", 100_000, True), (1, "benefit", 90_000, True)), UNITS).is_empty()
    assert party(streams((1, "salary", 300_000, True), (1, "benefit", 25_000, False)), UNITS).is_empty()
