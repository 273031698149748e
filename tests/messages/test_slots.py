from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from persona.messages.language import Text
from persona.messages.slots import values
from persona.messages.wording import Wording
from persona.policy.catalog import Offer
from persona.policy.conditions import checked
from persona.policy.content import Slot
from persona.policy.places import Place
from persona.policy.workspace import Sender

SENDER = Sender(
    name="Tiny Bank",
    from_email="a@tiny.example",
    reply_to="a@tiny.example",
    postal_address="Platz 1",
    privacy_url="https://tiny.example/p",
    unsubscribe_url="https://tiny.example/u",
)
PLACE = Place("rules/offers/stay.yaml")


def _offer(**terms):
    said = {"offer": "stay", "group": "g", "name": {"en": "Stay"}, "owner": "o", "author": "a", "worth": "1"}
    said |= {"valid": {"from": "2026-01-01", "until": "2026-10-01"}, "propensity": {"prior": "0.1"}, "terms": terms}
    treatment = {"id": "email", "channel": "email", "template": "stay", "cost_minor": 1}
    return Offer.model_validate({**said, "treatments": [treatment]})


def _shown(slot, rows=None, fact=None, **terms):
    """The value of slot ``x`` in a column of its own."""
    slots = {"x": Slot(**slot)}
    wording = Wording("email", "stay", "en", {"text": Text((), slots, ())}, slots, (), "", PLACE)
    frame = pl.DataFrame(rows or {"y": [1]})
    facts = {"x": checked(fact, columns=dict(frame.schema), place=PLACE, wants="value")} if fact else {}
    given = values(_offer(**terms), wording, sender=SENDER, facts=facts)
    return frame.select("y", **given).select("x")


@pytest.mark.parametrize(
    ("kind", "term", "value"),
    [
        ("money", 15_000, 15_000),
        ("rate", "0.0265", 26_500),
        ("integer", 12, 12),
        ("date", "2026-06-30", date(2026, 6, 30)),
        ("text", {"en": "fixed", "de": "gebunden"}, "fixed"),
        ("url", "https://tiny.example/a", "https://tiny.example/a"),
    ],
)
def test_a_term_becomes_a_value_in_the_unit_of_its_slot(kind, term, value):
    said = Decimal(term) if kind == "rate" else term
    assert _shown({"type": kind}, x=said).item() == value


@pytest.mark.parametrize(
    ("kind", "numbers", "value"),
    [
        ("money", [0.5, 1.5, None], [0, 2, None]),
        ("rate", [0.0265, float("nan"), float("inf")], [26_500, None, None]),
        ("points", [2.0, -0.4, 1e300], [2, 0, None]),
    ],
)
def test_a_fact_is_rounded_half_to_even_and_what_is_no_number_is_no_value(kind, numbers, value):
    assert _shown({"type": kind}, rows={"y": numbers}, fact="y")["x"].to_list() == value


def test_a_blank_text_is_no_value_and_a_default_takes_its_place():
    rows = {"y": ["Rex", " ", None]}
    assert _shown({"type": "text"}, rows=rows, fact="y")["x"].to_list() == ["Rex", None, None]
    assert _shown({"type": "text", "default": "you"}, rows=rows, fact="y")["x"].to_list() == ["Rex", "you", "you"]


def test_the_last_day_of_an_offer_is_the_day_before_it_ends():
    slots = {"valid_until": Slot(type="date")}
    wording = Wording("email", "stay", "en", {}, slots, (), "", PLACE)
    given = values(_offer(), wording, sender=SENDER, facts={})
    expected = pl.DataFrame({"valid_until": [date(2026, 9, 30)]})
    assert_frame_equal(pl.DataFrame({"y": [1]}).select("y", **given).drop("y"), expected)
