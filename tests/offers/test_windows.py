from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.clock import AsOf
from persona.offers.windows import first_window, may_be_sent, send_windows
from persona.policy.rules import ComplianceRule, QuietHours

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


def _law(jurisdiction, *hours):
    said = {"id": "law", "law": "L", "source": "s", "owner": "o", "effective_from": "2026-01-01", "channels": ["sms"]}
    return ComplianceRule.model_validate({**said, "jurisdiction": jurisdiction, "send_hours": hours})


FEDERAL = _law("US", {"send_from": "08:00", "send_until": "21:00"})
FLORIDA = _law("US-FL", {"send_from": "08:00", "send_until": "20:00"})
TEXAS = _law(
    "US-TX",
    {"send_from": "09:00", "send_until": "21:00", "weekdays": [1, 2, 3, 4, 5, 6]},
    {"send_from": "12:00", "send_until": "21:00", "weekdays": [7]},
)


@pytest.mark.parametrize(
    ("place", "day", "window"),
    [
        ({"country": "US", "region": "GA"}, "2026-07-01", ("01 12:00", "02 01:00")),
        ({"country": "US", "region": "FL"}, "2026-07-01", ("01 12:00", "02 00:00")),
        ({"country": "US", "region": "US-FL"}, "2026-07-01", ("01 12:00", "02 00:00")),
        ({"country": "US", "region": None}, "2026-07-01", ("01 13:00", "02 00:00")),
        ({"country": "DE", "region": None}, "2026-07-01", ("01 04:00", "02 04:00")),
        ({"country": "US", "region": "TX"}, "2026-07-05", ("05 16:00", "06 01:00")),
        ({"country": "US", "region": "TX"}, "2026-07-06", ("06 13:00", "07 01:00")),
    ],
)
def test_law_protects_those_who_are_or_may_be_where_it_holds(profile, place, day, window):
    rows = profile({"zone": NEW_YORK, **place})
    as_of = AsOf.at_start_of(date.fromisoformat(day), NEW_YORK)
    made = send_windows(rows, [FEDERAL, FLORIDA, TEXAS], channels=["sms"], as_of=as_of)
    told = made.select(pl.col("not_before_sms", "not_after_sms").dt.strftime("%d %H:%M"))
    assert told.row(0) == window


@settings(deadline=None, max_examples=60)
@given(
    st.dates(date(2026, 1, 1), date(2027, 1, 1)),
    st.sampled_from([NEW_YORK, "America/Chicago", "America/Phoenix", "Pacific/Honolulu", "America/Indiana/Knox"]),
    st.sampled_from(["FL", "TX", "GA", None]),
)
def test_no_minute_of_a_window_is_outside_the_hours_of_law_on_any_day_of_the_year(day, zone, region):
    rows = pl.DataFrame({"customer_no": [1], "zone": [zone], "country": ["US"], "region": [region]})
    laws = [FEDERAL, FLORIDA, TEXAS]
    as_of = AsOf.at_start_of(day, zone)
    begin, end = send_windows(rows, laws, channels=["sms"], as_of=as_of).row(0)[1:]
    minutes = int((end - begin).total_seconds() // 60)
    for minute in (0, 1, minutes // 2, minutes - 1):
        local = (begin + timedelta(minutes=minute)).replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
        given_ = {"country": "US", "region": region, "at": local.replace(tzinfo=None).isoformat()}
        assert [law.jurisdiction for law in laws if not may_be_sent(law, given_)] == []
