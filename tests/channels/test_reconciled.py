import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from persona.channels.reconciled import EXPLAINED, FINDINGS, Files, compared

STATUSES = ["planned", "expired", "written", "handed_off", "sent", "rejected", "recalled"]


def _ledger(*rows):
    return pl.DataFrame(rows, schema={"message_id": pl.String, "status": pl.String}, orient="row")


def _said(*rows):
    return pl.DataFrame(rows, schema={"message_id": pl.String, "said": pl.String}, orient="row")


@pytest.mark.parametrize(
    ("status", "words", "finding"),
    [
        ("handed_off", ["accepted"], "accepted"),
        ("handed_off", ["accepted", "accepted"], "accepted"),
        ("handed_off", ["rejected"], "rejected"),
        ("handed_off", ["accepted", "rejected"], "contradictory"),
        ("handed_off", [], "missing"),
        ("sent", [], "accepted"),
        ("sent", ["accepted"], "accepted"),
        ("sent", ["rejected"], "contradictory"),
        ("rejected", ["accepted"], "contradictory"),
        ("recalled", [], "recalled"),
        ("recalled", ["accepted"], "recalled"),
        ("written", [], "waits"),
        ("written", ["accepted"], "early"),
        ("expired", ["accepted"], "withheld"),
        (None, ["rejected"], "unknown"),
    ],
)
def test_each_message_has_one_finding(status, words, finding):
    ledger = _ledger(("a", status)) if status else _ledger()
    is_new = status == "handed_off" and words != []
    assert compared(ledger, _said(*(("a", word) for word in words))).rows() == [("a", finding, is_new)]


def test_what_was_withheld_and_is_not_named_is_no_finding():
    assert compared(_ledger(("a", "expired"), ("b", "planned")), _said()).is_empty()


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(STATUSES)),
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["accepted", "rejected"]))),
)
def test_every_message_is_counted_once_and_the_order_of_rows_means_nothing(ledger, said):
    made = compared(_ledger(*ledger.items()), _said(*said))
    meant = {one for one, status in ledger.items() if status not in {"planned", "expired"}} | {one for one, _ in said}
    assert made["message_id"].to_list() == sorted(meant)
    assert set(made["finding"]) <= set(FINDINGS)
    assert_frame_equal(compared(_ledger(*reversed(ledger.items())), _said(*reversed(said))), made)


@given(st.lists(st.sampled_from("abcdef"), unique=True), st.lists(st.sampled_from("abcdef"), unique=True))
def test_what_was_handed_over_and_named_once_is_what_is_explained(handed, named):
    made = compared(_ledger(*((one, "handed_off") for one in handed)), _said(*((one, "accepted") for one in named)))
    explained = made.filter(pl.col("finding").is_in(EXPLAINED))["message_id"].to_list()
    assert explained == sorted(set(handed) & set(named))


def test_the_books_agree_to_the_row_where_one_profile_holds_all():
    books = {"planned": 10, "written": 8, "withheld": 2, "rows": 5, "gone": 1, "ledger": 6, "elsewhere": 0}
    assert Files(**books).agree
    for change in ({"withheld": 1}, {"rows": 4}, {"ledger": 7}, {"gone": 2}):
        assert not Files(**{**books, **change}).agree
