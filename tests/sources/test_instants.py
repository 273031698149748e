from datetime import date, datetime

import polars as pl
import pytest

from persona.errors import PolicyError
from persona.policy.source import ColumnRule
from persona.sources.instants import day, instant

A = pl.col("a")
AT = datetime.fromisoformat


def read(text, reading):
    value, checks = reading
    frame = pl.DataFrame({"a": pl.Series([text], dtype=pl.String)})
    return frame.select(value).item(), [why for bad, why in checks if frame.select(bad).item()]


def rule(**given):
    return ColumnRule.model_validate({"from": "a", **given})


@pytest.mark.parametrize(
    ("text", "format_", "found"),
    [
        ("2026-03-31", None, date(2026, 3, 31)),
        ("31.03.2026", "%d.%m.%Y", date(2026, 3, 31)),
        ("9999-12-31", None, date(9999, 12, 31)),
        ("931107 00:00:00", "%y%m%d %H:%M:%S", date(1993, 11, 7)),
    ],
)
def test_days_are_read_by_their_format(text, format_, found):
    assert read(text, day(A, rule(format=format_, century=1900))) == (found, [])


@pytest.mark.parametrize("text", ["2026-02-30", "0093-01-01", "31.03.2026", "2026-03-31x", ""])
def test_a_day_that_is_none_is_refused(text):
    assert read(text, day(A, rule())) == (None, ["is not a day in the declared format"])


@pytest.mark.parametrize(
    ("century", "text", "found"),
    [
        (1900, "681231", date(1968, 12, 31)),
        (1920, "191231", date(2019, 12, 31)),
        (1920, "200101", date(1920, 1, 1)),
        (2000, "000229", date(2000, 2, 29)),
        (1900, "000229", None),
    ],
)
def test_years_of_two_digits_lie_in_the_hundred_years_that_the_rule_says(century, text, found):
    assert read(text, day(A, rule(format="%y%m%d", century=century)))[0] == found


def test_years_of_two_digits_without_a_century_are_an_error_of_the_rule():
    with pytest.raises(PolicyError, match="no century says which it means"):
        day(A, rule(format="%y%m%d"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-01-15 10:30", AT("2026-01-15T09:30:00")),
        ("2026-07-15 10:30", AT("2026-07-15T08:30:00")),
        ("2026-10-25 02:30", AT("2026-10-25T00:30:00")),
    ],
)
def test_local_time_becomes_utc_and_of_two_equal_hours_the_earlier_is_meant(text, found):
    assert read(text, instant(A, rule(format="%Y-%m-%d %H:%M", zone="Europe/Prague"))) == (found, [])


def test_an_hour_that_clocks_skip_is_refused():
    given = rule(format="%Y-%m-%d %H:%M", zone="Europe/Prague")
    assert read("2026-03-29 02:30", instant(A, given)) == (None, ["is in an hour that clocks of Europe/Prague skip"])


def test_a_day_whose_midnight_is_skipped_begins_an_hour_later():
    given = rule(format="%Y-%m-%d", zone="America/Sao_Paulo")
    assert read("2018-11-04", instant(A, given)) == (AT("2018-11-04T03:00:00"), [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-03-31T10:30:15.250", AT("2026-03-31T08:30:15.250000")),
        ("2026-03-31 10:30", AT("2026-03-31T08:30:00")),
        ("2026-03-31", AT("2026-03-30T22:00:00")),
        ("2026-03-31T10:30:00Z", AT("2026-03-31T10:30:00")),
        ("2026-03-31T10:30:00+05:00", AT("2026-03-31T05:30:00")),
    ],
)
def test_iso_is_read_without_a_format_and_its_offset_outweighs_the_zone(text, found):
    assert read(text, instant(A, rule(zone="Europe/Prague"))) == (found, [])


def test_seconds_and_milliseconds_since_1970_are_utc():
    assert read("1700000000", instant(A, rule(format="epoch_s")))[0] == AT("2023-11-14T22:13:20")
    assert read("1700000000500", instant(A, rule(format="epoch_ms")))[0] == AT("2023-11-14T22:13:20.500000")


@pytest.mark.parametrize(("zone", "found"), [(None, date(2026, 3, 30)), ("Europe/Prague", date(2026, 3, 31))])
def test_the_day_of_an_instant_is_that_of_the_sources_clock(zone, found):
    assert read("1774909800", day(A, rule(format="epoch_s", zone=zone))) == (found, [])
    assert read("2026-03-30T22:30:00+0000", day(A, rule(format="%Y-%m-%dT%H:%M:%S%z", zone=zone))) == (found, [])
