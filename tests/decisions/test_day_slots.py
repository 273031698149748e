"""Parts of the day: each message is planned into one, near the best hour and within what its channel holds."""

from datetime import datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.policy.rules import DaySlot

SLOTS = [
    {"id": "morning", "channels": ["email"], "send_from": "08:00", "send_until": "12:00"},
    {"id": "evening", "channels": ["email"], "send_from": "17:00", "send_until": "21:00"},
]


def _plan(night, customers, **said):
    given_ = {"offers": [{"offer": "gold", "worth": "5000"}], "contact": {"day_slots": SLOTS}, **said}
    return night({**given_, "customers": customers}).plan()


@pytest.mark.parametrize(("hour", "off"), [(8, 0), (11, 0), (12, 1), (7, 1), (16, 5), (22, 10), (3, 5), (0, 8)])
def test_an_hour_is_as_far_off_as_the_clock_says_the_shorter_way_round(hour, off):
    assert DaySlot.model_validate(SLOTS[0]).far(hour) == off


def test_a_message_leaves_within_the_part_of_the_day_nearest_to_the_best_hour(night):
    people = [{"id": "early", "profile": {"best_hour": 7}}, {"id": "late", "profile": {"best_hour": 22}}]
    told = _plan(night, people).decisions
    # Berlin is two hours ahead of UTC in July.
    day = datetime.fromisoformat("2026-07-01")
    assert told.select("day_slot", "not_before_utc", "not_after_utc").rows() == [
        ("morning", day.replace(hour=6), day.replace(hour=10)),
        ("evening", day.replace(hour=15), day.replace(hour=19)),
    ]


def test_quiet_hours_cut_a_part_of_the_day_short_and_may_leave_nothing_of_it(night):
    quiet = [{"channels": ["email"], "send_from": "10:00", "send_until": "16:00", "source": "Book"}]
    told = _plan(night, [{"id": "K", "profile": {"best_hour": 19}}], contact={"day_slots": SLOTS, "quiet_hours": quiet})
    assert told.decisions.select("day_slot", pl.col("not_before_utc").dt.hour()).rows() == [("morning", 8)]
    assert told.contacts.height == 1


def test_channels_without_parts_of_the_day_leave_as_ever(night):
    offers = [{"offer": "gold", "worth": "5000", "treatments": [{"id": "text", "channel": "sms"}]}]
    told = _plan(night, [{"id": "K"}], offers=offers).decisions
    assert told["day_slot"].to_list() == [None]


@settings(max_examples=15)
@given(
    st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 23)), st.integers(1, 9)), min_size=1, max_size=7),
    st.integers(0, 4),
    st.integers(0, 4),
)
def test_no_part_of_the_day_holds_more_than_its_channel_and_none_stays_empty_while_somebody_waits(
    night, people, mornings, evenings
):
    customers = [
        {"id": f"K{n}", "profile": {"best_hour": hour}, "p": {"gold": p / 10}} for n, (hour, p) in enumerate(people)
    ]
    rows = [
        {"id": name, "sum": 1, "where": f"day_slot = '{name}'", "max": most}
        for name, most in (("morning", mornings), ("evening", evenings))
    ]
    told = _plan(night, customers, constraints=rows).decisions.filter(pl.col("reason") == "O")
    used = dict(told.group_by("day_slot").len().iter_rows())
    assert used.get("morning", 0) <= mornings
    assert used.get("evening", 0) <= evenings
    assert told.height == min(len(people), mornings + evenings)


def test_who_answers_more_readily_in_a_part_of_the_day_is_worth_more_there_than_his_best_hour_says(night):
    lean = {"id": "K", "profile": {"best_hour": 8}, "p": {"gold": 0.2}, "odds": {"at_evening": 2.0}}
    told = _plan(night, [lean])
    # Odds of a quarter, twice: a third. At the evening's distance of 9 hours 9 thousandths are lost.
    weighed = told.candidates.select("day_slot", "p", "odds", "value_milli").rows()
    assert weighed == [("evening", 0.333333, 2.0, 1_666_656), ("morning", 0.2, 1.0, 1e6)]
    assert told.decisions["day_slot"].to_list() == ["evening"]


def test_where_a_channel_holds_few_they_go_to_those_who_answer_there(night):
    people = [{"id": f"K{n}", "p": {"gold": 0.2}, "odds": {"at_evening": odds}} for n, odds in enumerate([1, 3, 2, 1])]
    few = [{"id": "evening", "sum": "1", "where": "day_slot = 'evening'", "max": 1}]
    told = _plan(night, people, constraints=few).decisions
    assert told["day_slot"].to_list() == ["morning", "evening", "morning", "morning"]


def test_odds_of_channel_and_part_of_the_day_multiply(night):
    lean = {"id": "K", "p": {"gold": 0.2}, "odds": {"by_email": 1.5, "at_evening": 2.0, "by_sms": 9.0}}
    assert _plan(night, [lean]).decisions["odds"].to_list() == [3.0]
