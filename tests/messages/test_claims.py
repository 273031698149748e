"""What of a text is a rate or an amount of money, as a reader sees it."""

import pytest

from persona.messages.claims import claims


def _found(text, locale="en", currency="EUR", *, is_html=False):
    return [(one.kind, one.numbers) for one in claims(text, locale, currency, is_html=is_html)]


@pytest.mark.parametrize(
    "text",
    [
        "10 minutes, 5 questions, 24/7",
        "§ 505a BGB of 1.7.2026, call +49 40 1234567",
        "{{ rate | rate }} back for {{ months | number }} months",
        "{% if flights >= 2 %}20 flights{% endif %} and 3 trains",
        "see https://tiny.example/a%2015%25",
        "3 points, 1 in 10 customers",
    ],
)
def test_counts_times_and_addresses_are_no_claims(text):
    assert _found(text) == []


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("get 15 % back", ("rate", ("15",))),
        ("get 15% back", ("rate", ("15",))),
        ("2.65 percent", ("rate", ("2.65",))),
        ("3 p.a. fixed", ("rate", ("3",))),
        ("a 15-percent rise", ("rate", ("15",))),
        ("from 5 to 10 %", ("rate", ("5", "10"))),
        ("15\u200b\u00a0%", ("rate", ("15",))),
        ("15{% if rate %} %{% endif %}", ("rate", ("15",))),
        ("{% set x = '15 %' %}", ("rate", ("15",))),
        ("25 basis points", ("other", ("25",))),
        ("€150 for you", ("money", ("150",))),
        ("1,500.00 EUR", ("money", ("1,500.00",))),
        ("12 euros a month", ("money", ("12",))),
        ("€2 million", ("other", ("2",))),
        ("$15", ("other", ("15",))),
        ("50 cents", ("other", ("50",))),
    ],
)
def test_a_rate_or_an_amount_is_found_however_it_is_typed(text, claim):
    assert _found(text) == [claim]


def test_a_blank_between_groups_belongs_to_the_number_where_the_language_writes_so():
    assert _found("1\u202f500 €", "fr") == [("money", ("1\u202f500",))]
    assert _found("5 € 3 Monate", "de") == [("money", ("5",))]


@pytest.mark.parametrize(
    "text",
    [
        "<p>1<b>5</b>&nbsp;&#37;</p>",
        '<img alt="15 % off" width="100%">',
        "<mj-style>p {width: 100%}</mj-style><!-- 3 % --><p style='width:90%'>15 %</p>",
        "{# 3 % #}15 %",
        '<a href="{{ link }}" class="{% if x > 1 %}a{% endif %}">15</a> %',
    ],
)
def test_tags_styles_and_entities_hide_no_rate_and_make_none(text):
    [claim] = claims(text, "en", "EUR", is_html=True)
    assert claim.numbers == ("15",)
    assert text[claim.at] == "1"
