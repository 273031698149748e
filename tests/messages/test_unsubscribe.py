import polars as pl
import pytest

from persona.messages.unsubscribe import links, message_of, token

KEY = b"k" * 32
MESSAGE = "0123456789abcdef0123456789abcdef"


def test_a_token_leads_back_to_its_message():
    assert message_of(token(MESSAGE, key=KEY), key=KEY) == MESSAGE


@pytest.mark.parametrize("position", [0, 5, 40, 60])
def test_a_changed_token_leads_nowhere(position):
    right = token(MESSAGE, key=KEY)
    wrong = right[:position] + ("A" if right[position] != "A" else "B") + right[position + 1 :]
    assert message_of(wrong, key=KEY) is None


@pytest.mark.parametrize("text", ["", "v1", f"v1.{MESSAGE}", f"v1.{MESSAGE}.", "v1.é.x", "a.b.c.d"])
def test_what_is_no_token_leads_nowhere(text):
    assert message_of(text, key=KEY) is None


def test_a_token_of_another_key_leads_nowhere():
    assert message_of(token(MESSAGE, key=b"other" * 8), key=KEY) is None


def test_the_token_is_a_parameter_of_the_banks_address():
    ids = pl.Series(["aa", "bb"])
    plain = links(ids, address="https://bank.example/u", key=KEY)
    asking = links(ids, address="https://bank.example/u?l=en", key=KEY)
    assert plain.to_list() == [f"https://bank.example/u?t={token(one, key=KEY)}" for one in ids]
    assert asking[0] == f"https://bank.example/u?l=en&t={token('aa', key=KEY)}"
