"""Numbers as columns, beside the filters themselves."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.messages.amounts import written_numbers
from persona.messages.filters import formats

EDGES = [0, 1, -1, 9, 99, 100, -100, 999, 1_000, 9_999, 10_000, 35_000, 35_100, 99_999, 100_000, 12_345_678, None]
WHOLE = st.one_of(st.none(), st.integers(-(2**63) + 1, 2**63 - 1), st.integers(-20_000_000, 20_000_000))


def _both(values, name, words):
    write = words.filters[name]
    made = written_numbers(pl.Series("n", values, dtype=pl.Int64), name, words)
    return made.to_list(), [None if one is None else write(one) for one in values]


@pytest.mark.parametrize("name", ["money", "money_short", "rate", "number", "points"])
@pytest.mark.parametrize("locale", ["en", "de", "de-CH", "fr", "hi", "es", "ja", "ar-EG", "fa", "bn"])
@pytest.mark.parametrize(("currency", "is_plain"), [("EUR", False), ("EUR", True), ("JPY", False), ("BHD", False)])
def test_columns_write_each_number_as_its_filter_does(name, locale, currency, is_plain):
    made, wanted = _both([*EDGES, 2**63 - 1, 1 - 2**63], name, formats(locale, currency, is_plain=is_plain))
    assert made == wanted


@given(
    st.lists(WHOLE, min_size=1, max_size=5),
    st.sampled_from(["money", "money_short", "rate", "number"]),
    st.sampled_from(["hi", "fa"]),
)
@settings(max_examples=30, deadline=None)
def test_columns_write_any_numbers_as_the_filters_do(values, name, locale):
    made, wanted = _both(values, name, formats(locale, "EUR"))
    assert made == wanted


def test_what_has_no_columns_is_left_to_the_filters():
    words = formats("en", "EUR")
    assert written_numbers(pl.Series([-(2**63)]), "money", words) is None
    assert written_numbers(pl.Series(["a"]), "upper", words) is None
