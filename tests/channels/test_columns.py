import polars as pl
import pytest

from persona.channels.columns import CONTRACTS, shaped
from persona.errors import ContractError


def test_an_email_has_its_one_click_way_out(messages, workspace):
    row = shaped(messages("Hello", channel="email"), "email", sender=workspace.sender, country="DE").row(0, named=True)
    assert row["list_unsubscribe"] == "<https://tiny.example/u?t=x>"
    assert row["list_unsubscribe_post"] == "List-Unsubscribe=One-Click"
    assert (row["not_before_utc"], row["send_at_utc"]) == ("2026-07-01T06:00:00Z", None)


def test_an_sms_says_how_it_is_stopped(messages, workspace):
    rows = shaped(messages("Hi. Reply STOP to end.", "Hi."), "sms", sender=workspace.sender, country="DE")
    assert rows.select("phone_e164", "sender_id", "opt_out_text", "country").rows() == [
        ("+4917139200420", "TinyBank", "Reply STOP to end.", "DE"),
        ("+4917139200420", "TinyBank", None, "DE"),
    ]


@pytest.mark.parametrize("channel", sorted(CONTRACTS))
def test_every_channel_has_its_columns_even_without_rows(messages, workspace, channel):
    empty = shaped(messages("x").clear(), channel, sender=workspace.sender, country="DE")
    assert empty.columns == CONTRACTS[channel].schema.names()


def test_a_message_without_what_its_channel_needs_is_no_message(messages, workspace):
    broken = messages("x").with_columns(phone=pl.lit(None, pl.String))
    with pytest.raises(ContractError, match="column phone_e164 is null in 1 rows"):
        shaped(broken, "sms", sender=workspace.sender, country="DE")
