from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.clock import AsOf
from persona.offers.windows import first_window, send_windows
from persona.policy.rules import QuietHours

BERLIN, NEW_YORK, TOKYO = "Europe/Berlin", "America/New_York", "Asia/Tokyo"


def _rule(send_from="08:00", send_until="20:00", **more):
    return QuietHours(channels=("email",), send_from=send_from, send_until=send_until, source="p", **more)


def _window(rules, zones=(BERLIN,), day="2026-07-01"):
    found = first_window(rules, zones=zones, as_of=AsOf.parsed(day, BERLIN))
    return found and tuple(edge.isoformat(timespec="minutes") for edge in found)


def test_a_message_waits_for_the_morning_of_the_day():
    assert _window([_rule()]) == ("2026-07-01T06:00", "2026-07-01T18:00")


def test_a_night_that_ends_within_the_hours_begins_at_once():
    assert _window([_rule()], day="2026-07-01T10:30") == ("2026-07-01T08:30", "2026-07-01T18:00")


def test_the_end_is_no_longer_allowed():
    assert _window([_rule()], day="2026-07-01T20:00") == ("2026-07-02T06:00", "2026-07-02T18:00")


def test_in_zones_to_the_west_the_evening_before_is_not_used():
    assert _window([_rule()], [NEW_YORK]) == ("2026-07-01T12:00", "2026-07-02T00:00")


def test_weekdays_that_are_not_allowed_are_passed_over():
    assert _window([_rule(weekdays=(6,))]) == ("2026-07-04T06:00", "2026-07-04T18:00")


def test_all_rules_of_a_channel_hold_together():
    assert _window([_rule(), _rule("12:00", "22:00")]) == ("2026-07-01T10:00", "2026-07-01T18:00")


def test_an_unknown_zone_means_the_hours_that_all_zones_share():
    assert _window([_rule()], [BERLIN, NEW_YORK]) == ("2026-07-01T12:00", "2026-07-01T18:00")


def test_hours_that_no_two_zones_share_leave_no_window():
    assert _window([_rule("09:00", "12:00")], [BERLIN, TOKYO]) is None


def test_without_a_rule_the_whole_day_is_allowed():
    assert _window([]) == ("2026-06-30T22:00", "2026-07-01T22:00")


def test_hours_over_midnight_end_on_the_next_day():
    assert _window([_rule("22:00", "02:00")]) == ("2026-07-01T20:00", "2026-07-02T00:00")


@pytest.mark.parametrize(
    ("day", "send_from", "send_until", "window"),
    [
        # 02:00 to 03:00 is skipped on 29 March: what begins in it begins after it, what ends in it ends before it.
        ("2026-03-29", "02:30", "12:00", ("2026-03-29T01:30", "2026-03-29T10:00")),
        ("2026-03-29", "00:30", "02:30", ("2026-03-28T23:30", "2026-03-29T00:30")),
        # 02:00 to 03:00 comes twice on 25 October: what begins in it begins the second time, what ends in it the first.
        ("2026-10-25", "02:30", "12:00", ("2026-10-25T01:30", "2026-10-25T11:00")),
        ("2026-10-25", "00:30", "02:30", ("2026-10-24T22:30", "2026-10-25T00:30")),
    ],
)
def test_where_the_clock_is_changed_no_reading_of_it_is_outside(day, send_from, send_until, window):
    assert _window([_rule(send_from, send_until)], day=day) == window


@settings(deadline=None)
@given(
    st.dates(date(2026, 1, 1), date(2027, 1, 1)),
    st.sampled_from([BERLIN, NEW_YORK, TOKYO, "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns"]),
    st.integers(0, 23),
    st.integers(0, 23),
)
def test_every_minute_of_a_window_is_within_the_hours_on_the_wall(day, zone, begin, end):
    window = first_window(
        [_rule(f"{begin:02d}:00", f"{end:02d}:00")], zones=[zone], as_of=AsOf.at_start_of(day, BERLIN)
    )
    for edge in window:
        local = edge.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).time()
        inside = begin <= local.hour < end if begin < end else local.hour >= begin or local.hour < end
        assert inside or local in (time(begin), time(end)) or _is_near_a_change(edge, zone)
    assert window[0] < window[1]


def _is_near_a_change(edge, zone):
    offsets = {
        datetime.fromtimestamp(edge.replace(tzinfo=UTC).timestamp() + hours * 3600, ZoneInfo(zone)).utcoffset()
        for hours in (-3, 0, 3)
    }
    return len(offsets) > 1


def test_each_customer_has_the_window_of_each_channel(as_of, profile):
    rules = [_rule()]
    rows = profile({"zone": BERLIN}, {"zone": None, "country": "PT"}, {"zone": None, "country": None})
    result = send_windows(rows, rules, channels=["email", "push"], as_of=as_of)
    told = result.select("customer_no", pl.col("not_before_email", "not_after_email").dt.strftime("%d %H:%M"))
    assert told.rows() == [(1, "01 06:00", "01 18:00"), (2, "01 08:00", "01 19:00"), (3, "01 06:00", "01 18:00")]
    assert result["not_before_push"].dt.strftime("%d %H:%M").to_list()[0] == "30 22:00"


def test_no_window_is_null_on_both_sides(as_of, profile):
    result = send_windows(
        profile({"zone": None, "country": "RU"}), [_rule("09:00", "12:00")], channels=["email"], as_of=as_of
    )
    assert result.row(0) == (1, None, None)
