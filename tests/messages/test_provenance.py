"""The numbers that a message may show."""

import json
from datetime import date

import polars as pl
import pytest

from persona.messages.compose import composed
from persona.messages.filters import formats
from persona.messages.provenance import approved_figures, told, values_figures
from persona.messages.render import Shown, written


def test_the_approved_words_bring_their_own_numbers(worded):
    assert approved_figures(worded["email", "stay", "en"]) == "100000"


def _figures(wording, shown, locale):
    return values_figures(wording, written(shown, wording.texts.values(), formats(locale, "EUR")))


def test_values_bring_their_numbers_as_they_are_written(worded):
    shown = pl.DataFrame(
        {
            "balance_minor": [123_450, None],
            "bonus_minor": [15_000, 15_000],
            "rate": [26_500, 26_500],
            "valid_until": [date(2026, 9, 30)] * 2,
            "first_name": ["Zoë 2nd", "A"],
            **{name: ["x", "x"] for name in ("last_name", "reason", "sender_name", "sender_postal_address")},
            "unsubscribe_url": ["https://tiny.example/u?t=99", "https://tiny.example/u"],
        }
    )
    told = _figures(worded["email", "stay", "en"], shown, "en")
    assert [set(text.split(" ")) for text in told] == [
        {"1,234.50", "150", "2.65", "30", "2026", "2"},
        {"150", "2.65", "30", "2026"},
    ]


@pytest.mark.parametrize("text", ["plain é ǯ", 'a "quote"', "back\\slash", "a\tline\n", "\x7f\u2028", ""])
def test_what_was_shown_is_told_as_json(text):
    values = pl.DataFrame({"n": [1, None], "said": [text, None], "on": [date(2026, 9, 30), None]})
    same = pl.DataFrame({"all": ["x"], "many": [7]})
    shown = Shown(values, same, {}, 2)
    rows = [json.loads(one) for one in told(shown, ["n", "all", "many", "said", "on"])]
    assert rows == [
        {"n": 1, "all": "x", "many": 7, "said": text, "on": "2026-09-30"},
        {"n": None, "all": "x", "many": 7, "said": None, "on": None},
    ]
    encoded = values.select(pl.struct("n", "said", "on").struct.json_encode()).to_series()
    assert told(shown, ["n", "said", "on"]).to_list() == encoded.to_list()


def test_numbers_with_blanks_between_their_groups_are_read_as_the_checks_read_them(worded):
    shown = pl.DataFrame({"first_name": ["A 1\u202f234"], "link": ["https://tiny.example/5"]})
    assert _figures(worded["push", "stay", "en"], shown, "fr").to_list() == ["1 234"]


def test_a_composed_message_carries_them(bank, worded, decided):
    message = composed(
        **decided(["A"], channel="sms"), policy=bank, wordings=worded, key=b"k" * 32, day=date(2026, 7, 1)
    ).messages.row(0, named=True)
    assert message["figures"].split(" ") == ["1,234.50"]
    assert message["figures_approved"] == "100000"
