from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.foundation.identity import comparable
from persona.policy.identity import Comparable


def made(kind, *values, country="DE"):
    records = pl.DataFrame({"record_no": range(len(values)), "x": values})
    return comparable(records, {"x": Comparable(kind=kind)}, country=country)["x"].to_list()


def test_names_have_one_spelling_whatever_system_wrote_them():
    assert (
        made("name", "Dr. Jörg MÜLLER-Lüdenscheidt", "Joerg Mueller Luedenscheidt") == ["jorg muller ludenscheidt"] * 2
    )
    assert made("name", "O’Brien", "OBrien", "Иванов", "  ", None) == ["obrien", "obrien", "ivanov", None, None]


def test_mail_is_compared_without_case_tags_and_the_dots_that_google_ignores():
    assert made("email", "A.Berg+bank@Example.com", "a.b@googlemail.com", "ab@gmail.com", "none", "x@y") == [
        "a.berg@example.com",
        "ab@gmail.com",
        "ab@gmail.com",
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("said", "country", "number"),
    [
        ("+49 171 3920042", "DE", "+491713920042"),
        ("0049 (0)171 39 200 42", "DE", "+491713920042"),
        ("0171/3920042", "DE", "+491713920042"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("8 912 345-67-89", "RU", "+79123456789"),
        ("0000000000", "DE", None),
        ("12", "DE", None),
        ("unknown", "DE", None),
    ],
)
def test_a_number_is_the_same_however_it_is_dialled(said, country, number):
    assert made("phone", said, country=country) == [number]


def test_documents_keep_letters_and_digits_and_no_way_out_of_a_clerk():
    assert made("document", "c01x-0006 h", "00000000", "1234") == ["C01X0006H", None, None]


def test_birthdays_that_systems_write_where_none_is_known_are_not_known():
    said = made("date", date(1980, 2, 3), date(1900, 1, 1), date(9999, 12, 31), None)
    assert said == [date(1980, 2, 3), None, None, None]


def test_an_address_is_its_street_and_its_number():
    records = pl.DataFrame({"record_no": [1, 2, 3], "address": ["Haupt-Straße 12 b", "12b Haupt Str.", None]})
    made_of = comparable(records, {"address": Comparable(kind="address")}, country="DE")
    assert made_of.rows() == [(1, "haupt str", "12b"), (2, "haupt str", "12b"), (3, None, None)]


def test_a_column_that_no_extract_has_is_known_of_nobody():
    records = pl.DataFrame({"record_no": [1]})
    assert comparable(records, {"phone": Comparable(kind="phone")}, country="DE")["phone"].to_list() == [None]


@settings(deadline=None)
@given(st.sampled_from(["name", "email", "phone", "document", "address", "postcode", "place", "number"]), st.text())
def test_what_is_comparable_stays_as_it_is(kind, text):
    once = made(kind, text)
    assert made(kind, *once) == once
