"""How personal a treatment's messages are is counted without the names in them."""

from datetime import date

import polars as pl
import pytest

from persona.checks.checked import checked
from persona.messages.compose import composed
from persona.messages.personal import personal

DAY = date(2026, 7, 1)


@pytest.fixture
def told(bank, worded, decided):
    def made(names, channel="email", **more):
        given = decided(names, channel=channel, **more)
        messages = composed(**given, policy=bank, wordings=worded, key=b"k" * 32, day=DAY).messages
        found = personal(checked(messages, policy=bank, day=DAY), bank, worded, day=DAY)
        return found.drop("offer_id", "treatment_id", "channel").rows()

    return made


def test_other_names_make_no_other_texts(told):
    assert told(["Ann", "Bob", "Cid"], channel="push") == [(3, 1, 1, 0, 1, "name only")]


def test_values_of_the_customers_own_make_other_texts(told):
    assert told(["Ann", "Bob", "Cid"], balances=[100_000, 200_000, 100_000]) == [(3, 2, 2, 1, 6, "personal")]


def test_another_language_is_another_text_and_no_more_personal(told):
    rows = told(["Ann", "Bob"], channel="sms", languages=["en", "de"])
    assert rows == [(2, 2, 1, 1, 0, "name only")]


def test_a_withheld_message_is_no_text_and_a_single_one_is_no_telling(told):
    assert told(["Ann", None], balances=[1, 2]) == [(1, 1, 2, 1, 6, None)]
    assert told([None]) == []


def test_no_messages_are_no_rows(told, bank, worded):
    schema = dict.fromkeys(("offer_id", "treatment_id", "channel", "locale", "variant", "slots", "check_id"), pl.String)
    assert personal(pl.DataFrame(schema=schema), bank, worded, day=DAY).height == 0
