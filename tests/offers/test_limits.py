from datetime import date

import polars as pl
from polars.testing import assert_frame_equal

from persona.offers.history import contact_history
from persona.offers.limits import contacted_already, room
from persona.offers.occurrences import NO_OCCASIONS
from persona.policy.rules import Limit

DAY = date(2026, 7, 1)
UNITS = pl.DataFrame(
    {"customer_no": [1, 2, 3], "household_key": ["h:1", "h:1", "h:2"], "is_ghost": [False, False, False]}
)


def _room(history, *limits, units=UNITS):
    return room(units, history, limits, day=DAY)


def test_a_window_slides_over_whole_days(contacts, outcomes, columns, offer, as_of):
    told = contacts({"at": "2026-06-24T00:00"}, {"at": "2026-06-23T21:59"}, {"at": "2026-06-30T21:59"})
    history = contact_history(told, outcomes(), actions=columns(offer()), as_of=as_of)
    result = _room(history, Limit(id="week", max=3, days=7))
    expected = pl.DataFrame(
        {"customer_no": [1, 2, 3], "room_week": [1, 3, 3]}, schema_overrides={"room_week": pl.Int32}
    )
    assert_frame_equal(result, expected)


def test_a_limit_counts_its_channels_offers_groups_and_classes(contacts, outcomes, columns, offer, as_of):
    at = "2026-06-29T08:00"
    told = contacts(
        {"at": at},
        {"at": at, "channel": "sms", "message_id": "b"},
        {"at": at, "offer_id": "silver", "message_id": "c"},
        {"at": at, "group_id": "savings", "message_id": "d"},
        {"at": at, "class": "service", "message_id": "e"},
    )
    history = contact_history(told, outcomes(), actions=columns(offer()), as_of=as_of)
    limits = (
        Limit(id="all", max=9, days=7, classes=("marketing", "service")),
        Limit(id="sms", max=9, days=7, channels=("sms",)),
        Limit(id="silver", max=9, days=7, offers=("silver",)),
        Limit(id="savings", max=9, days=7, groups=("savings",)),
        Limit(id="notices", max=9, days=7, classes=("service",)),
    )
    assert _room(history, *limits).row(0) == (1, 4, 8, 8, 8, 8)


def test_the_members_of_a_household_share_its_room(contacts, outcomes, columns, offer, as_of):
    told = contacts({"customer_no": 1, "at": "2026-06-29T08:00"}, {"customer_no": 3, "at": "2026-06-29T08:00"})
    history = contact_history(told, outcomes(), actions=columns(offer()), as_of=as_of)
    assert _room(history, Limit(id="home", per="household", max=1, days=7))["room_home"].to_list() == [0, 0, 0]


def test_a_contact_on_paper_counts_for_its_customer_and_at_home_only_for_ghosts(
    contacts, outcomes, columns, offer, as_of
):
    told = contacts({"customer_no": 1, "at": "2026-06-29T08:00", "status": "ghost"})
    history = contact_history(told, outcomes(), actions=columns(offer()), as_of=as_of)
    limits = (Limit(id="own", max=1, days=7), Limit(id="home", per="household", max=1, days=7))
    treated = _room(history, *limits)
    ghosts = _room(history, *limits, units=UNITS.with_columns(is_ghost=pl.col("household_key") == "h:1"))
    assert treated.rows() == [(1, 0, 1), (2, 1, 1), (3, 1, 1)]
    assert ghosts.rows() == [(1, 0, 0), (2, 1, 0), (3, 1, 1)]


def test_the_same_campaign_channel_and_occasion_was_told_already(contacts, outcomes, columns, offer, as_of):
    told = contacts(
        {"at": "2025-01-01T08:00", "occasion": "once", "campaign_id": "hello", "offer_id": "hello"},
        {"customer_no": 2, "at": "2026-06-30T08:00"},
    )
    actions = columns(offer("gold"), offer("hello", repeatable=False))
    history = contact_history(told, outcomes(), actions=actions, as_of=as_of)
    assert contacted_already(history, actions, NO_OCCASIONS, day=DAY).rows() == [(1, 1)]
