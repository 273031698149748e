from datetime import date, timedelta

import polars as pl
import pytest

from persona.scores.completeness import incompleteness

AS_OF = date(2026, 7, 1)


def visits(a_day, missing=()):
    days = [age for age in range(1, 91) if age not in missing for _ in range(a_day)]
    dates = pl.Series([AS_OF - timedelta(days=age) for age in days], dtype=pl.Date)
    return pl.DataFrame({"customer_no": range(len(days)), "booked_on": dates})


@pytest.mark.parametrize(
    ("a_day", "missing", "why"),
    [
        (30, (), ""),
        (30, range(31, 46), "a 30-day window has 450 purchases, another 900"),
        (30, range(40, 44), ""),
        (30, range(40, 45), "5 days of a 30-day window have next to no purchases, 0 of another"),
        (2, range(40, 45), ""),
        (60, [*range(5, 25), *range(35, 55), *range(65, 85)], ""),
    ],
)
def test_half_a_month_or_days_of_silence_are_told(a_day, missing, why):
    assert incompleteness(visits(a_day, missing), as_of=AS_OF) == why


def test_a_rich_month_makes_no_other_look_empty():
    christmas = visits(60).filter((pl.lit(AS_OF) - pl.col("booked_on")).dt.total_days().is_between(31, 60))
    assert incompleteness(pl.concat([visits(30), christmas]), as_of=AS_OF) == ""


def test_one_customers_thousands_of_bookings_make_no_month_look_empty():
    till = visits(4_000).filter((pl.lit(AS_OF) - pl.col("booked_on")).dt.total_days() <= 25)
    assert (
        incompleteness(pl.concat([visits(30), till.with_columns(customer_no=pl.lit(-1, dtype=pl.Int64))]), as_of=AS_OF)
        == ""
    )


def test_of_a_short_history_the_whole_months_are_looked_at():
    two_months = visits(30).filter((pl.lit(AS_OF) - pl.col("booked_on")).dt.total_days() <= 65)
    assert incompleteness(two_months, as_of=AS_OF, days=65) == ""
    assert incompleteness(two_months, as_of=AS_OF) == "a 30-day window has 150 purchases, another 900"


def test_a_day_on_which_all_rents_are_booked_makes_no_other_day_a_quiet_one():
    usual = [visits(40, range(31, 61)), visits(30, [*range(1, 31), *range(61, 91)])]
    rents = visits(10_000).filter(pl.col("booked_on").is_in([AS_OF - timedelta(days=age) for age in (5, 35, 65)]))
    assert incompleteness(pl.concat([*usual, rents]), as_of=AS_OF) == ""


def test_what_the_rows_are_is_said_in_their_own_word():
    half = visits(30, range(31, 46))
    assert incompleteness(half, as_of=AS_OF, of="bookings") == "a 30-day window has 450 bookings, another 900"
