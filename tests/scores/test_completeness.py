from datetime import date, timedelta

import polars as pl
import pytest

from persona.scores.completeness import incompleteness

AS_OF = date(2026, 7, 1)


def visits(a_day, missing=()):
    days = [age for age in range(1, 91) if age not in missing for _ in range(a_day)]
    return pl.DataFrame({"booked_on": [AS_OF - timedelta(days=age) for age in days]}, schema={"booked_on": pl.Date})


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
