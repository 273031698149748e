from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from persona.policy.source import Format
from persona.sources.amounts import decimal, whole

A = pl.col("a")


def read(text, reading):
    value, checks = reading
    frame = pl.DataFrame({"a": pl.Series([text], dtype=pl.String)})
    why = [reason for bad, reason in checks if frame.select(bad).item()]
    return frame.select(value).item(), why


@pytest.mark.parametrize(
    ("text", "minor"),
    [("12", 1_200), ("12.5", 1_250), ("-12.50", -1_250), ("12.50-", -1_250), ("+.07", 7), ("5.", 500), ("1.500", 150)],
)
def test_amounts_are_read_to_the_minor_unit(text, minor):
    assert read(text, whole(A, digits=2, format_=Format())) == (minor, [])


@pytest.mark.parametrize("text", ["(12.00)", "1,204.50", "1e3", "", "-", "--1", "-1-", "NaN", "12 EUR", "0x1", "1 2"])
def test_what_is_no_plain_number_is_refused(text):
    assert read(text, whole(A, digits=2, format_=Format())) == (None, ["is not a number"])


def test_what_a_minor_unit_cannot_hold_is_refused_and_never_rounded():
    assert read("12.345", whole(A, digits=2, format_=Format())) == (None, ["has more than 2 digits after the point"])
    assert read("12.5", whole(A, digits=0, format_=Format())) == (None, ["is not a whole number"])


@pytest.mark.parametrize(
    ("text", "minor"),
    [("1 204,50", 120_450), ("1204,5", 120_450), ("-1 000 000", -100_000_000), ("1 20,50", None), ("12 04,50", None)],
)
def test_thousands_stand_only_between_whole_groups(text, minor):
    assert read(text, whole(A, digits=2, format_=Format(decimal=",", thousands=" ")))[0] == minor


def test_groups_of_two_as_in_india_end_in_a_group_of_three():
    indian = Format(thousands=",")
    assert read("1,00,000.50", whole(A, digits=2, format_=indian))[0] == 10_000_050
    assert read("1,00", whole(A, digits=2, format_=indian))[0] is None


def test_a_point_is_no_decimal_where_it_marks_thousands():
    assert read("12.50", whole(A, digits=2, format_=Format(decimal=",", thousands=".")))[0] is None


def test_a_debit_that_the_source_shows_positive_is_turned():
    assert read("12.50", whole(A, digits=2, format_=Format(), negate=True)) == (-1_250, [])


LEDGER = Format(decimal=",", thousands=".", signs={"()": "-", "DR": "-", "CR": "+", "S": "-"})


@pytest.mark.parametrize(
    ("text", "minor"),
    [("(1.204,50)", -120_450), ("12,50 DR", -1_250), ("12,50CR", 1_250), ("7 S", -700), ("7-", -700), ("( 7 )", -700)],
)
def test_a_sign_that_the_format_declares_is_read_around_or_behind_a_number(text, minor):
    assert read(text, whole(A, digits=2, format_=LEDGER)) == (minor, [])
    assert read(text, decimal(A, format_=LEDGER)) == (minor / 100, [])


@pytest.mark.parametrize(
    "text", ["(-7)", "-7 DR", "7- DR", "7 DR CR", "7 CR DR", "(7 DR)", "(7", "7)", "DR 7", "7 dr", "DR", "()"]
)
def test_a_number_with_two_signs_or_one_that_is_not_declared_is_refused(text):
    assert read(text, whole(A, digits=2, format_=LEDGER)) == (None, ["is not a number"])


@pytest.mark.parametrize("mark", ["", "1", "a b", "-", "(", "12x"])
def test_a_mark_that_could_be_part_of_a_number_is_refused(mark):
    with pytest.raises(ValidationError):
        Format(signs={mark: "-"})


@given(st.integers(-(10**14), 10**14), st.sampled_from([0, 1, 2, 3]), st.sampled_from([".", ","]))
def test_every_amount_that_is_written_is_read_back_exactly(minor, digits, point):
    text = f"{Decimal(minor).scaleb(-digits):f}".replace(".", point)
    assert read(text, whole(A, digits=digits, format_=Format(decimal=point))) == (minor, [])


def test_decimals_take_an_exponent_and_no_words():
    assert read("1.5e-3", decimal(A, format_=Format())) == (0.0015, [])
    assert read("4,25-", decimal(A, format_=Format(decimal=","))) == (-4.25, [])
    assert read("inf", decimal(A, format_=Format())) == (None, ["is not a number"])
