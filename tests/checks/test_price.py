"""The price that a message shows is the one that was decided, on the ladder as it stands."""

from datetime import date

import polars as pl
import pytest

from persona.checks.checks import CHECKS
from persona.checks.given import Given
from persona.policy.catalog import Offer

LADDER = {
    "kind": "deposit_rate",
    "term": "rate",
    "base": "low",
    "source": "table",
    "points": [{"id": "low", "price": "0.02"}, {"id": "high", "price": "0.025"}],
}
OFFER = Offer.model_validate(
    {
        "offer": "deposit",
        "group": "savings",
        "name": {},
        "owner": "o",
        "author": "a",
        "valid": {"from": date(2026, 1, 1), "until": date(2027, 1, 1)},
        "propensity": {"prior": "0.1"},
        "worth": "price",
        "price": LADDER,
        "treatments": [{"id": "mail", "channel": "email", "template": "t", "cost_minor": 1}],
    }
)


def fails(offer_id, price_point, slots):
    check = next(one for one in CHECKS if one.id == "price")
    given = Given(None, (), (), (OFFER,), {}, {}, date(2026, 7, 1))
    row = {"offer_id": offer_id, "price_point": price_point, "slots": slots}
    schema = dict.fromkeys(row, pl.String)
    return pl.DataFrame([row], schema=schema).select(x=check.fails(given))["x"].item()


@pytest.mark.parametrize(
    ("offer_id", "price_point", "slots", "expected"),
    [
        ("deposit", "high", '{"rate": 25000}', False),
        ("deposit", "high", '{"rate": 20000}', True),
        ("deposit", "gone", '{"rate": 25000}', True),
        ("deposit", "high", '{"days": 3}', False),
        ("deposit", None, '{"rate": 20000}', False),
        ("deposit", None, '{"rate": 25000}', True),
        ("another", None, '{"rate": 1}', False),
    ],
)
def test_a_message_at_another_price_is_withheld(offer_id, price_point, slots, expected):
    assert fails(offer_id, price_point, slots) is expected


def test_an_offer_has_the_terms_of_the_price_it_is_told_at():
    assert [str(one.terms["rate"]) for one in OFFER.told] == ["0.02", "0.025"]
    assert str(OFFER.at(None).terms["rate"]) == "0.02"
