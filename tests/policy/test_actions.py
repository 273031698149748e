from datetime import datetime

import pytest

from persona.policy.actions import actions, is_counted, is_limited, occasion
from persona.policy.catalog import Catalog, Offer
from persona.policy.rules import Limit

CATALOG = Catalog.model_validate({"issues": {"grow": {}}, "groups": {"cards": {"issue": "grow"}}})
DAY = datetime.fromisoformat("2026-07-01").date()


def _offer(name="gold", treatments=("mail",), **said):
    return Offer.model_validate(
        {
            "offer": name,
            "group": "cards",
            "name": {},
            "owner": "o",
            "author": "a",
            "valid": {"from": "2026-07-01", "until": "2026-08-01"},
            "propensity": {"prior": "0.1"},
            "worth": "1",
            "treatments": [{"id": one, "channel": "email", "template": "t", "cost_minor": 0} for one in treatments],
            **said,
        }
    )


def _columns(*offers):
    return actions(offers, CATALOG, zone="Europe/Berlin")


def test_an_action_is_an_offer_by_a_treatment_sorted_by_both_names():
    columns = _columns(_offer("silver", ["mail"]), _offer("gold", ["text", "mail"]))
    assert [(one.index, one.name, one.number) for one in columns] == [
        (0, "gold/mail", 1),
        (1, "gold/text", 0),
        (2, "silver/mail", 0),
    ]


def test_an_offer_begins_and_ends_at_midnight_of_its_zone():
    here, there = _columns(_offer("a"), _offer("b", valid={"from": "2026-07-01", "until": "2026-08-01", "zone": "UTC"}))
    assert here.from_utc == datetime.fromisoformat("2026-06-30T22:00")
    assert there.until_utc == datetime.fromisoformat("2026-08-01T00:00")


def test_there_may_be_more_than_128_actions():
    assert len(_columns(_offer(treatments=[f"t{n}" for n in range(129)]))) == 129


@pytest.mark.parametrize(("is_repeatable", "told"), [(True, "2026-07-01"), (False, "once")])
def test_an_occasion_is_the_night_or_once(is_repeatable, told):
    assert occasion(_columns(_offer(repeatable=is_repeatable))[0], DAY) == told


@pytest.mark.parametrize(
    ("said", "is_it"),
    [
        ({}, True),
        ({"channels": ("email",), "offers": ("gold",), "groups": ("cards",)}, True),
        ({"channels": ("sms",)}, False),
        ({"offers": ("silver",)}, False),
        ({"groups": ("savings",)}, False),
        ({"classes": ("service",)}, False),
    ],
)
def test_a_limit_counts_what_it_names_and_refuses_the_marketing_it_counts(said, is_it):
    action, limit = _columns(_offer())[0], Limit(id="l", max=1, days=1, **said)
    assert (is_counted(limit, action), is_limited(limit, action)) == (is_it, is_it)


@pytest.mark.parametrize(
    ("slot", "classes", "is_refused"),
    [
        ("service", ("marketing", "service"), False),
        ("service", ("service",), True),
        ("regulatory", ("regulatory",), False),
    ],
)
def test_service_is_refused_only_by_a_limit_of_its_own_and_what_the_law_requires_by_none(slot, classes, is_refused):
    action, limit = _columns(_offer(**{"class": slot}))[0], Limit(id="l", max=1, days=1, classes=classes)
    assert (is_counted(limit, action), is_limited(limit, action)) == (True, is_refused)
