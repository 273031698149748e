"""Laws of a whole night of decisions, on small books with every kind of refusal in them."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from persona.tables.decisions import DECISIONS, PLANNED_CONTACTS

FEW = settings(deadline=None, max_examples=15)
RULES = {
    "contact": {
        "limits": [
            {"id": "week", "channels": ["email"], "max": 1, "days": 7},
            {"id": "home", "per": "household", "max": 2, "days": 30},
        ],
        "cooloffs": [{"id": "no", "outcome": "declined", "within_days": 90, "level": "offer", "suppress_days": 90}],
        "quiet_hours": [{"channels": ["sms"], "send_from": "09:00", "send_until": "12:00", "source": "p"}],
        "suppressions": {"vulnerable": ["marketing"]},
    },
    "holdouts": [{"id": "global", "salt": "s", "share": 0.3, "per": "household"}],
}  # fmt: skip
OFFERS = [
    {
        "offer": "gold",
        "cap": 2,
        "worth": "income_minor / 100",
        "eligibility": [{"id": "adult", "when": "age_years >= 18", "source": "p"}],
        "treatments": [{"id": "mail", "channel": "email"}, {"id": "text", "channel": "sms", "fatigue_minor": 20}],
    },
    {"offer": "silver", "worth": "900", "treatments": [{"id": "push", "channel": "push", "cost_minor": 20}]},
    {
        "offer": "notice",
        "group": "service",
        "class": "service",
        "applicability": [{"id": "calm", "when": "NOT is_vulnerable", "source": "p"}],
    },
]
NEVER = {
    "offer": "never",
    "worth": "999999",
    "eligibility": [{"id": "nobody", "when": "age_years > 200", "source": "p"}],
}


def _before(days):
    return (datetime.fromisoformat("2026-07-01T10:00") - timedelta(days=days)).isoformat()


PROFILES = st.fixed_dictionaries(
    {
        "age_years": st.sampled_from([None, 17, 40]),
        "income_minor": st.sampled_from([None, 50_000, 300_000]),
        "is_vulnerable": st.sampled_from([None, False, False, True]),
        "zone": st.sampled_from(["Europe/Berlin", "America/New_York"]),
    }
)
CONTACTS = st.builds(
    lambda offer, days, channel: {"offer_id": offer, "at": _before(days), "channel": channel},
    st.sampled_from(["gold", "silver"]), st.sampled_from([2, 6, 7, 8, 29, 40]), st.sampled_from(["email", "push"]),
)  # fmt: skip
OUTCOMES = st.builds(lambda days: {"offer_id": "gold", "outcome": "declined", "at": _before(days)}, st.integers(1, 120))
CUSTOMER = st.fixed_dictionaries(
    {
        "profile": PROFILES,
        "household": st.sampled_from(["household:1", "household:2", "household:3"]),
        "p": st.fixed_dictionaries({o: st.sampled_from([0.0, 0.1, 0.1, 0.3]) for o in ("gold", "silver", "notice")}),
        "consents": st.sampled_from([None, ["email"], ["email", "push", "sms"]]),
        "contacts": st.lists(CONTACTS, max_size=2, unique_by=lambda c: (c["offer_id"], c["channel"], c["at"])),
        "outcomes": st.lists(OUTCOMES, max_size=1),
        "suppressions": st.sampled_from([[], [], [{"type": "vulnerable"}]]),
    }
)
BOOK = st.lists(CUSTOMER, min_size=1, max_size=7)


def _night(night, customers, offers=OFFERS):
    return night({**RULES, "offers": offers, "customers": customers})


def _chosen(plan):
    return plan.decisions.drop("action").sort("customer_no", "slot")


@FEW
@given(BOOK)
def test_batches_of_whole_households_decide_as_the_whole_book(night, customers):
    book = _night(night, customers)
    whole = book.plan()
    batches = [[c for c in book.customers if c["household"] == f"household:{n}"] for n in (3, 1, 2)]
    pieces = book.plan_in_batches(*(batch for batch in batches if batch))
    for name in ("decisions", "candidates", "verdicts"):
        assert_frame_equal(getattr(whole, name), getattr(pieces, name))


@FEW
@given(BOOK)
def test_the_order_of_the_customers_means_nothing(night, customers):
    book = _night(night, customers)
    usual = book.plan()
    book.customers.reverse()
    turned = book.plan()
    assert_frame_equal(usual.decisions, turned.decisions)
    assert_frame_equal(usual.verdicts, turned.verdicts.sort("customer_no"))
    assert_frame_equal(usual.contacts, turned.contacts)


@FEW
@given(BOOK)
def test_an_offer_that_is_for_nobody_changes_nothing(night, customers):
    usual, more = (_night(night, customers, offers).plan() for offers in (OFFERS, [NEVER, *OFFERS]))
    sent = pl.col("reason") == "O"
    assert_frame_equal(_chosen(usual).filter(sent), _chosen(more).filter(sent))


@FEW
@given(BOOK)
def test_nothing_is_sent_that_a_rule_refuses_and_the_unknown_refuses(night, customers):
    book = _night(night, customers)
    for row in book.plan().decisions.filter(pl.col("reason") == "O").iter_rows(named=True):
        said = book.customers[row["customer_no"] - 1]
        profile = said["profile"]
        if row["offer_id"] == "gold":
            assert profile["age_years"] == 40
            assert profile["income_minor"] is not None
        if row["offer_id"] == "notice":
            assert profile["is_vulnerable"] is False
        if row["slot"] == "marketing":
            assert said["consents"] is not None
            assert row["channel"] in said["consents"]
            assert not said["suppressions"]
            assert row["value_milli"] > 0


@FEW
@given(BOOK)
def test_limits_hold_over_history_and_plan_together(night, customers):
    book = _night(night, customers)
    sent = book.plan().contacts.filter(pl.col("class") == "marketing")
    first_day = datetime.fromisoformat("2026-06-24")
    for row in sent.filter(pl.col("channel") == "email").iter_rows(named=True):
        told = book.customers[row["customer_no"] - 1]["contacts"]
        assert not [c for c in told if c["channel"] == "email" and datetime.fromisoformat(c["at"]) >= first_day]
    for home, planned in sent.group_by("household_key").len().iter_rows():
        told = [c for said in book.customers if said["household"] == home for c in said["contacts"]]
        recent = [c for c in told if c["at"] >= "2026-06-01"]
        assert len(recent) + planned <= 2


@FEW
@given(BOOK)
def test_each_customer_has_a_decision_and_each_action_a_reason(night, customers):
    plan = _night(night, customers).plan()
    assert sorted(plan.decisions.filter(pl.col("slot") == "marketing")["customer_no"]) == list(
        range(1, len(customers) + 1)
    )
    reasons = plan.verdicts.select(pl.col("^reason_.*$"))
    assert reasons.select(pl.all_horizontal(pl.all().is_between(1, 18).all())).item()
    DECISIONS.checked(plan.decisions)
    PLANNED_CONTACTS.checked(plan.contacts)
