"""A booking that comes in two deliveries is one booking."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from fakes.extracts import booking, load, rows, source

from persona.errors import ExtractError

CARDS = source("cards", "transactions", key=["txn_id"])
OTHERS = source("others", "transactions", key=["txn_id"])
KEYLESS = source("keyless", "transactions", key="none")
JUNE = rows("transactions", booking("t1", "2026-06-05", customer_id="A"), booking("t2", "2026-06-06", customer_id="A"))
JULY = rows("transactions", booking("t2", "2026-06-06", customer_id="A"), booking("t3", "2026-07-01", customer_id="A"))
OTHERWISE = rows("transactions", booking("t2", "2026-06-06", customer_id="A", amount_minor=-9_999))


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("PERSONA_VAULT_KEY", "ab" * 32)


def ids(store):
    return sorted(store.scan("transactions").collect()["txn_id"])


def known(store, day):
    """The bookings that were known before a day, with their file's day and customer."""
    with store.past(known_before=date.fromisoformat(day), instant=datetime(2026, 8, 1, tzinfo=UTC)) as then:
        told = then.scan("transactions").select("txn_id", pl.col("known_on").cast(pl.String), "customer_id").collect()
    return sorted(told.rows())


def test_what_an_earlier_file_told_counts_once_and_is_counted_as_repeated(store):
    load(store, CARDS, JUNE, "2026-06-30")
    report = load(store, CARDS, JULY, "2026-07-01")
    assert ids(store) == ["t1", "t2", "t3"]
    assert (report.delivery.lines, report.delivery.loaded, report.delivery.duplicates) == (2, 1, 1)


def test_another_source_may_use_the_same_ids_and_without_a_key_nothing_is_the_same(store):
    load(store, CARDS, JUNE, "2026-06-30")
    load(store, OTHERS, JULY, "2026-07-01")
    load(store, KEYLESS, JUNE, "2026-06-30")
    assert ids(store) == ["t1", "t1", "t2", "t2", "t2", "t3"]


def test_the_same_key_with_other_content_is_refused_and_the_first_stays(store):
    load(store, CARDS, JUNE, "2026-06-30")
    with pytest.raises(ExtractError, match=r"keys of 1 rows stand with other content in .*first at line"):
        load(store, CARDS, OTHERWISE, "2026-07-01")
    assert ids(store) == ["t1", "t2"]


def test_within_what_a_source_allows_such_rows_are_rejected_alone(store):
    lenient = source("cards", "transactions", key=["txn_id"], max_rejected_rows=1)
    load(store, lenient, JUNE, "2026-06-30")
    report = load(store, lenient, OTHERWISE, "2026-07-01")
    assert (report.delivery.loaded, report.delivery.rejected) == (0, 1)


def test_a_file_that_leaned_on_one_taken_out_is_read_anew_and_tells_it_all(store):
    first = load(store, CARDS, JUNE, "2026-06-30")
    load(store, CARDS, JULY, "2026-07-01")
    told = store.unload([first.delivery.delivery_no])
    assert len(told.again) == 1
    load(store, CARDS, JULY, "2026-07-01")
    assert ids(store) == ["t2", "t3"]


def test_a_file_that_leaned_on_one_replaced_is_read_anew(store):
    load(store, CARDS, JUNE, "2026-06-30")
    load(store, CARDS, JULY, "2026-07-01")
    without_t2 = rows("transactions", booking("t1", "2026-06-05", customer_id="A"))
    load(store, CARDS, without_t2, "2026-06-30", text="corrected")
    load(store, CARDS, JULY, "2026-07-01")
    assert ids(store) == ["t1", "t2", "t3"]


def test_the_same_rows_whatever_file_tells_them_first(opened, tmp_path):
    one, other = opened(tmp_path / "one"), opened(tmp_path / "other")
    for store, order in ((one, (0, 1)), (other, (1, 0))):
        for at in order:
            load(store, CARDS, (JUNE, JULY)[at], ("2026-06-30", "2026-07-01")[at])
    assert ids(one) == ids(other) == ["t1", "t2", "t3"]


def test_a_replay_holds_a_row_by_the_file_that_was_known_then(store):
    load(store, CARDS, JULY, "2026-07-05")
    load(store, CARDS, rows("transactions", booking("t2", "2026-06-06", customer_id="A")), "2026-07-03")
    load(store, CARDS, JUNE, "2026-06-30")
    assert ids(store) == ["t1", "t2", "t3"]
    assert known(store, "2026-07-01") == [("t1", "2026-06-30", "A"), ("t2", "2026-06-30", "A")]
    assert known(store, "2026-07-04") == [("t1", "2026-06-30", "A"), ("t2", "2026-06-30", "A")]
    assert known(store, "2026-07-06")[1:] == [("t2", "2026-07-05", "A"), ("t3", "2026-07-05", "A")]


def test_a_row_kept_for_a_replay_goes_with_its_file_and_is_erased_with_its_customer(store):
    load(store, CARDS, JULY, "2026-07-05")
    late = load(store, CARDS, JUNE, "2026-06-30")
    (aside,) = [path for path in store.state.glob("facts/transactions/*/*") if path.name.startswith("00000002")][1:]
    assert pl.read_parquet(aside)["txn_id"].to_list() == ["t2"]
    store.unload([late.delivery.delivery_no])
    assert known(store, "2026-07-01") == []
    load(store, CARDS, JUNE, "2026-06-30", text="again")
    store.erase(store.person("A"))
    assert known(store, "2026-07-01") == []


def test_what_a_file_leaned_on_is_known_when_it_counts_again(store):
    first = load(store, CARDS, JUNE, "2026-06-30")
    load(store, CARDS, JULY, "2026-07-01")
    bad = load(
        store, CARDS, rows("transactions", booking("t9", "2026-07-01", customer_id="A")), "2026-07-01", text="bad"
    )
    store.unload([bad.delivery.delivery_no])
    assert len(store.unload([first.delivery.delivery_no]).again) == 1


def test_a_replay_holds_the_rows_of_a_reference_too(store):
    rates = source("rates", "references:rates", key=["code"], columns={"code": {"from": "c"}, "rate": {"from": "r"}})
    one = pl.DataFrame({"code": ["A"], "rate": [None]}, schema={"code": pl.String, "rate": pl.String})
    load(store, rates, one, "2026-07-05")
    load(store, rates, one, "2026-06-30")
    with store.past(known_before=date(2026, 7, 1), instant=datetime(2026, 8, 1, tzinfo=UTC)) as then:
        assert then.references(["references:rates"])["rates"].rows() == [("A", None)]
