"""Marks of direction: right where the formats of a language put them, refused anywhere else."""

from datetime import date
from types import SimpleNamespace

import polars as pl
import pytest

from persona.checks.checks import CHECKS
from persona.checks.marks import MARKS
from persona.messages.filters import formats

CONTROL = next(check for check in CHECKS if check.id == "control")
TEXTS = ("subject", "preheader", "title", "html", "text", "body", "link")
LANGUAGES = {"he": "ILS", "ar": "SAR", "ar-EG": "EGP", "ar-AE": "AED", "fa": "IRR", "ur": "PKR", "ckb": "IQD"}


def _refused(*bodies):
    rows = [{**dict.fromkeys(TEXTS), "body": body, "channel": "push", "class": "marketing"} for body in bodies]
    frame = pl.DataFrame(rows, schema=dict.fromkeys((*TEXTS, "channel", "class"), pl.String))
    return frame.select(CONTROL.refuses(SimpleNamespace())).to_series().to_list()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("is_plain", [False, True])
def test_money_numbers_rates_and_dates_pass_as_their_language_writes_them(language, is_plain):
    said = []
    for currency in (LANGUAGES[language], "EUR", "USD", "CHF", "JPY"):
        words = formats(language, currency, is_plain=is_plain)
        said += [words.money(150_000), words.money(-5), words.money_short(500), words.number(-1_234)]
        said += [words.rate(35_000), words.rate(-5_000), words.day(date(2026, 11, 3)), words.day_long(date(2026, 3, 1))]
    texts = [text for one in said for text in (one, f"x {one} y", f"<b>{one}</b>", f"({one}), {one}.")]
    assert not any(_refused(*texts))


def test_these_languages_do_write_marks():
    written = [formats(language, currency).money(-150_000) for language, currency in LANGUAGES.items()]
    assert pl.Series(written).str.contains(MARKS).sum() >= 5


@pytest.mark.parametrize("mark", ["\u200e", "\u200f", "\u061c"])
def test_a_mark_anywhere_else_is_refused(mark):
    texts = [
        f"Ann{mark}",
        f"{mark}Ann",
        f"10{mark}0",
        f"{mark} 5",
        f"Shop{mark}/x",
        f"a{mark}@b.example",
        f"5 {mark}5{mark}",
    ]
    assert all(_refused(*texts))


def test_no_mark_hides_another_sign():
    assert all(_refused("\u202e\u200f5", "\u200f5\u202e", "\u200f5\x00", "a\u200b"))
