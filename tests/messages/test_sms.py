import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.messages.sms import EXTENDED, GSM7, parts


def _parts(*bodies):
    return pl.DataFrame({"body": bodies}, schema={"body": pl.String}).select(parts(pl.col("body"))).rows()


@pytest.mark.parametrize(
    ("body", "encoding", "segments"),
    [
        ("", "GSM-7", 1),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("ë" * 70, "UCS-2", 1),
        ("ë" * 71, "UCS-2", 2),
        ("ë" * 135, "UCS-2", 3),
        ("a\n", "GSM-7", 1),
    ],
)
def test_a_message_is_cut_where_its_alphabet_says(body, encoding, segments):
    assert _parts(body) == [(encoding, segments)]


def test_one_letter_outside_the_alphabet_makes_the_whole_message_longer():
    assert _parts("a" * 160 + "!", "a" * 160 + "’") == [("GSM-7", 2), ("UCS-2", 3)]


def test_a_euro_sign_counts_twice_and_is_never_torn():
    assert _parts("€" * 80, "€" * 81) == [("GSM-7", 1), ("GSM-7", 2)]
    assert _parts("a" * 152 + "€" + "a" * 152, "a" * 151 + "€" + "a" * 153) == [("GSM-7", 3), ("GSM-7", 2)]


def test_an_emoji_is_two_units():
    assert _parts("😀" * 35, "😀" * 36) == [("UCS-2", 1), ("UCS-2", 2)]


def test_no_body_has_no_parts():
    assert _parts(None) == [(None, None)]


def _counted(body: str) -> int:
    """The parts of a body, by filling one after the other."""
    is_gsm = all(letter in GSM7 + EXTENDED for letter in body)
    widths = [len(letter.encode("utf-16-le")) // 2 if not is_gsm else 1 + (letter in EXTENDED) for letter in body]
    if sum(widths) <= (160 if is_gsm else 70):
        return 1
    filled = [0]
    for width in widths:
        if filled[-1] + width > (153 if is_gsm else 67):
            filled.append(0)
        filled[-1] += width
    return len(filled)


@given(st.text(st.sampled_from("aÄ€|ë😀\n"), max_size=400))
def test_parts_are_those_of_filling_one_after_the_other(body):
    assert _parts(body)[0][1] == _counted(body)
