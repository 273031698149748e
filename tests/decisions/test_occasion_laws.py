"""Whatever the nights, the channels and where they are killed: what has happened is answered once by each class."""

from collections import Counter
from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

TREATMENTS = [{"id": "mail", "channel": "email"}, {"id": "text", "channel": "sms"}]
OFFERS = [
    {"offer": "loan", "worth": "4000", "treatments": TREATMENTS},
    {"offer": "talk", "worth": "3000", "treatments": TREATMENTS},
    {"offer": "notice", "class": "service", "group": "service", "worth": "1000", "treatments": TREATMENTS},
]
FIRST = date(2026, 7, 1)

nights = st.tuples(st.integers(1, 2), st.integers(1, 3), st.sampled_from([["email"], ["sms"], ["email", "sms"]]),
                   st.booleans())  # fmt: skip


def _plan(night, day, time, channels, ledger, most=1):
    expires = f"{day + timedelta(days=9)}T22:00:00"
    answers = [{"offer_id": one["offer"], "occasion": f"t:{time}", "expires_utc": expires} for one in OFFERS]
    who = {"id": "K", "consents": channels, "service_consents": channels, "contacts": ledger, "occasions": answers}
    several = {"per_customer": most, "one_of_each": "offer"}
    plan = night({"as_of": str(day), "offers": OFFERS, "customers": [who], "constraints": several}).plan()
    at = datetime.combine(day - timedelta(days=1), datetime.min.time()).replace(hour=22).isoformat()
    told = ("offer_id", "campaign_id", "channel", "class", "occasion")
    return [{**dict(zip(told, row, strict=True)), "at": at, "status": "planned"}
            for row in plan.contacts.sort("class", "offer_id").select(told).iter_rows()]  # fmt: skip


@settings(max_examples=3)
@given(st.lists(nights, min_size=2, max_size=6))
def test_an_occasion_is_answered_once_by_each_class_whatever_the_nights(night, story):
    ledger, day = [], FIRST
    for gap, time, channels, is_killed in story:
        day += timedelta(days=gap)
        made = _plan(night, day, time, channels, ledger)
        if is_killed:
            assert _plan(night, day, time, channels, [*ledger, *made]) == made
        ledger += made
    answered = Counter((one["class"], one["occasion"]) for one in ledger)
    assert set(answered.values()) == {1}
    assert {occasion for _, occasion in answered} == {f"t:{time}" for _, time, _, _ in story}


def test_where_a_customer_may_have_several_several_offers_answer_in_one_night_and_none_in_the_next(night):
    first = _plan(night, FIRST, 1, ["email"], [], most=2)
    assert [one["offer_id"] for one in first] == ["loan", "talk", "notice"]
    assert _plan(night, FIRST + timedelta(days=1), 1, ["email"], first, most=2) == []
