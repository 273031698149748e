import polars as pl
import pytest

from persona.messages.recipients import recipients

HERE = {"address": "Weg 1", "postcode": "04999", "city": "Leipzig"}


@pytest.fixture
def told(bank, decided):
    """Whom a message on a channel goes to; the changes are what the vault says otherwise."""

    def made(channel, country=None, **changes):
        given = decided(["Ann"], channel=channel)
        given["people"] = given["people"].with_columns(
            **{name: pl.lit(one) for name, one in {**HERE, **changes}.items()}
        )
        given["profile"] = given["profile"].with_columns(country=pl.lit(country, pl.String))
        return recipients(**given, policy=bank, key=b"k" * 32).row(0, named=True)

    return made


def test_a_letter_has_a_name_and_an_address(told):
    row = told("letter", address2="Hinterhaus")
    assert [row[name] for name in ("addressee", "address", "address2", "postcode", "city", "country")] == [
        *("Ann Moe", "Weg 1", "Hinterhaus", "04999", "Leipzig", "DE"),
    ]
    assert told("letter", country="AT")["country"] == "AT"


def test_who_calls_or_advises_is_told_the_name_and_no_address(told):
    for channel in ("call", "advisor"):
        row = told(channel)
        assert (row["addressee"], row["address"], row["postcode"], row["country"]) == ("Ann Moe", None, None, None)


def test_what_is_not_written_to_a_house_carries_neither(told):
    for channel in ("email", "sms", "push", "inapp", "atm"):
        row = told(channel)
        assert (row["addressee"], row["address"], row["city"], row["country"]) == (None, None, None, None)


def test_a_name_of_one_word_is_a_name_and_none_is_none(told):
    assert told("letter", last_name=None)["addressee"] == "Ann"
    assert told("letter", first_name=" ", last_name=None)["addressee"] is None
