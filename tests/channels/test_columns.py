from datetime import datetime

import polars as pl
import pytest

from persona.channels.columns import CONTRACTS, shaped
from persona.errors import ContractError


def test_an_email_has_its_one_click_way_out(messages, workspace, as_of):
    row = shaped(messages("Hello", channel="email"), "email", sender=workspace.sender, country="DE", as_of=as_of).row(
        0, named=True
    )
    assert row["list_unsubscribe"] == "<https://tiny.example/u?t=x>"
    assert row["list_unsubscribe_post"] == "List-Unsubscribe=One-Click"
    assert (row["not_before_utc"], row["send_at_utc"]) == ("2026-07-01T06:00:00Z", None)


def test_an_sms_says_how_it_is_stopped(messages, workspace, as_of):
    rows = shaped(messages("Hi. Reply STOP to end.", "Hi."), "sms", sender=workspace.sender, country="DE", as_of=as_of)
    assert rows.select("phone_e164", "sender_id", "opt_out_text", "country").rows() == [
        ("+4917139200420", "TinyBank", "Reply STOP to end.", "DE"),
        ("+4917139200420", "TinyBank", None, "DE"),
    ]


@pytest.mark.parametrize("channel", sorted(CONTRACTS))
def test_every_channel_has_its_columns_even_without_rows(messages, workspace, as_of, channel):
    empty = shaped(messages("x").clear(), channel, sender=workspace.sender, country="DE", as_of=as_of)
    assert empty.columns == CONTRACTS[channel].schema.names()


def test_a_message_without_what_its_channel_needs_is_no_message(messages, workspace, as_of):
    broken = messages("x").with_columns(phone=pl.lit(None, pl.String))
    with pytest.raises(ContractError, match="column phone_e164 is null in 1 rows"):
        shaped(broken, "sms", sender=workspace.sender, country="DE", as_of=as_of)


def test_a_letter_has_its_address_in_the_lines_that_a_printer_wants(messages, workspace, as_of):
    rows = shaped(messages("Dear Ann", channel="letter"), "letter", sender=workspace.sender, country="DE", as_of=as_of)
    assert rows.select("name", "addr1", "addr2", "postcode", "city", "country", "sender", "keycode").row(0) == (
        *("Ann Ax", "Weg 1", None, "04999", "Leipzig", "DE", "Platz 1, Berlin", "c1"),
    )
    assert rows.select("paper_id", "enclosures", "text").row(0) == ("window_a4", "form;map", "Dear Ann")


def test_who_calls_is_told_why_and_until_when_objections_are_known(messages, workspace, as_of):
    told = messages("Hello", channel="call").with_columns(not_after_utc=datetime(2026, 7, 1, 16))  # noqa: DTZ001 - UTC
    row = shaped(told, "call", sender=workspace.sender, country="DE", as_of=as_of).row(0, named=True)
    reasons = ("Your deposit ends soon.", "has a deposit that ends soon", None)
    assert tuple(row[f"reason_{number}"] for number in (1, 2, 3)) == reasons
    assert row["best_time"] == "2026-07-01 08:00-18:00 Europe/Berlin"
    assert row["not_to_call_checked_at"] == "2026-06-30T22:00:00Z"


def test_what_a_customer_comes_to_is_ranked_for_each_customer(messages, workspace, as_of):
    told = messages("a", "b", "c", channel="inapp").with_columns(
        customer_id=pl.Series(["K1", "K2", "K1"]), priority=pl.Series([2, 5, 1])
    )
    rows = shaped(told, "inapp", sender=workspace.sender, country="DE", as_of=as_of)
    assert rows.select("message_id", "member_id", "rank").rows() == [("m3", "K1", 1), ("m1", "K1", 2), ("m2", "K2", 1)]
