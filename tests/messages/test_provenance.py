"""The numbers that a message may show."""

from datetime import date

import polars as pl

from persona.messages.compose import composed
from persona.messages.filters import formats
from persona.messages.provenance import approved_figures, values_figures
from persona.messages.render import written


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


def test_numbers_with_blanks_between_their_groups_are_read_as_the_checks_read_them(worded):
    shown = pl.DataFrame({"first_name": ["A 1\u202f234"], "link": ["https://tiny.example/5"]})
    assert _figures(worded["push", "stay", "en"], shown, "fr").to_list() == ["1 234"]


def test_a_composed_message_carries_them(bank, worded, decided):
    message = composed(
        **decided(["A"], channel="sms"), policy=bank, wordings=worded, key=b"k" * 32, day=date(2026, 7, 1)
    ).messages.row(0, named=True)
    assert message["figures"].split(" ") == ["1,234.50"]
    assert message["figures_approved"] == "100000"
