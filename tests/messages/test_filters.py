from datetime import date
from decimal import Decimal

import pytest
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from hypothesis import given
from hypothesis import strategies as st

from persona.messages.filters import formats, is_locale

LOCALES = ("en", "en-GB", "en-IN", "de", "de-AT", "de-CH", "fr", "es", "cs", "pl", "sv", "it", "pt-BR", "ja")
NBSP, NARROW = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("locale", "money", "rate", "number"),
    [
        ("en", "€1,234.50", "3.49%", "12,000"),
        ("de", f"1.234,50{NBSP}€", f"3,49{NBSP}%", "12.000"),
        ("fr", f"1{NARROW}234,50{NBSP}€", f"3,49{NBSP}%", f"12{NARROW}000"),
    ],
)
def test_numbers_are_written_as_the_language_writes_them(locale, money, rate, number):
    words = formats(locale, "EUR")
    assert (words.money(123_450), words.rate(34_900), words.number(12_000)) == (money, rate, number)


@pytest.mark.parametrize(
    ("millionths", "written"),
    [(30_000, "3%"), (35_000, "3.50%"), (31_250, "3.125%"), (1, "0.0001%"), (-5_000, "-0.50%"), (1_000_000, "100%")],
)
def test_a_rate_has_no_decimals_where_it_is_whole_and_otherwise_at_least_two(millionths, written):
    assert formats("en", "EUR").rate(millionths) == written


@pytest.mark.parametrize(("minor", "written"), [(15_000, "€150"), (15_001, "€150.01"), (0, "€0"), (-500, "-€5")])
def test_short_money_leaves_out_decimals_that_are_zero(minor, written):
    assert formats("en", "EUR").money_short(minor) == written


def test_an_sms_gets_plain_spaces_so_that_it_stays_in_the_small_alphabet():
    words = formats("fr", "EUR", is_plain=True)
    assert words.money(123_450) == "1 234,50 €"
    assert formats("de-CH", "CHF", is_plain=True).number(12_000) == "12'000"


def test_a_currency_in_letters_keeps_its_distance():
    assert formats("en", "CZK").money(100_000) == f"CZK{NBSP}1,000.00"


def test_dates_are_short_or_have_the_month_in_words():
    day = date(2026, 6, 30)
    english, german = formats("en", "EUR"), formats("de", "EUR")
    assert (english.day(day), english.day_long(day)) == ("Jun 30, 2026", "June 30, 2026")
    assert (german.day(day), german.day_long(day)) == ("30.06.2026", "30. Juni 2026")


@pytest.mark.parametrize(
    ("locale", "money", "rate", "day"),
    [
        ("ar-EG", f"\u200f١٬٢٣٤٫٥٠{NBSP}€", "٣٫٤٩٪\u061c", "٣٠\u200f/٠٦\u200f/٢٠٢٦"),
        ("fa", f"\u200e€{NBSP}۱٬۲۳۴٫۵۰", "۳٫۴۹٪", "۳۰ ژوئن ۲۰۲۶"),
        ("bn", "১,২৩৪.৫০€", "৩.৪৯%", "৩০ জুন, ২০২৬"),
        ("ar-AE", f"\u200f1,234.50{NBSP}€", "3.49%", "30\u200f/06\u200f/2026"),
    ],
)
def test_digits_are_those_of_the_language(locale, money, rate, day):
    words = formats(locale, "EUR")
    assert (words.money(123_450), words.rate(34_900), words.day(date(2026, 6, 30))) == (money, rate, day)


def test_a_number_in_digits_of_any_language_is_that_number():
    names = ("ar-EG", "fa", "bn", "ne", "my", "dz", "nqo", "ccp", "hnj", "sat", "ff-Adlm", "mni-Mtei", "en")
    assert all(int(formats(name, "EUR").own_digits("1234567890")) == 1_234_567_890 for name in names)


def test_only_languages_with_data_are_locales():
    assert [is_locale(name) for name in ("en", "de-AT", "xx", "", "../en")] == [True, True, False, False, False]
    with pytest.raises(ValueError, match="no locale data for 'xx'"):
        formats("xx", "EUR")


@given(st.integers(-(10**15), 10**15), st.sampled_from(LOCALES), st.sampled_from(("EUR", "JPY")))
def test_money_and_numbers_are_what_babel_writes(value, locale, currency):
    words, name = formats(locale, currency), locale.replace("-", "_")
    amount = Decimal(value).scaleb(-words.digits)
    assert words.number(value) == format_decimal(value, locale=name)
    if words.amounts.before[0][:1] + words.amounts.after[0][-1:] in ("€", "¥"):
        assert words.money(value) == format_currency(amount, currency, locale=name)


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.sampled_from(LOCALES))
def test_dates_are_what_babel_writes(day, locale):
    name = locale.replace("-", "_")
    assert formats(locale, "EUR").day(day) == format_date(day, "medium", locale=name)
