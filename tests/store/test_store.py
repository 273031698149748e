from datetime import date

import polars as pl
import pytest
from fakes.extracts import FakeExtract, booking, customer, files, holder, load, rows, source
from polars.testing import assert_frame_equal

from persona.buckets import bucket_of
from persona.errors import ContractError, WriteError
from persona.tables import CANONICAL, KNOWN

CARDS = source("cards", "transactions")
CORE = source("core", "customers")
EVERYONE = source("core", "customers", delivery="snapshot")
BOOKINGS = rows(
    "transactions",
    booking("t2", "2026-01-05", customer_id="A"),
    booking("t1", "2026-01-05", customer_id="A"),
    booking("t3", "2025-12-30", customer_id="B"),
)


def shown(store, table, *columns):
    return store.scan(table).select(columns).sort(columns).collect().rows()


def test_a_row_carries_its_customer_bucket_delivery_and_day(store):
    load(store, CARDS, BOOKINGS, "2026-01-31")
    known = [column.name for column in KNOWN]
    assert shown(store, "transactions", "txn_id", *known) == [
        ("t1", 1, bucket_of("A"), 1, date(2026, 1, 31)),
        ("t2", 1, bucket_of("A"), 1, date(2026, 1, 31)),
        ("t3", 2, bucket_of("B"), 1, date(2026, 1, 31)),
    ]


def test_a_table_that_nothing_was_loaded_into_has_no_rows_and_every_column(store):
    empty = store.scan("transactions").collect()
    expected = pl.Schema({**CANONICAL["transactions"].schema, **{column.name: column.dtype for column in KNOWN}})
    assert (empty.height, empty.schema) == (0, expected)


def test_rows_lie_in_the_month_in_which_they_happened(store, tmp_path):
    load(store, CARDS, BOOKINGS, "2026-01-31")
    months = sorted(path.parent.name for path in (tmp_path / "state/facts/transactions").rglob("*.parquet"))
    assert months == ["2025-12", "2026-01"]


def test_the_order_of_the_rows_leaves_no_trace_in_the_bytes(opened, tmp_path, monkeypatch):
    monkeypatch.setenv("PERSONA_VAULT_KEY", "ab" * 32)
    facts = []
    for name, frame in (("one", BOOKINGS), ("two", BOOKINGS.reverse())):
        load(opened(tmp_path / name), CARDS, frame, "2026-01-31")
        facts.append(files(tmp_path / name / "state/facts"))
    assert facts[0] == facts[1]


def test_buckets_split_the_rows_and_those_of_nobody_are_in_none(store):
    nobodys = rows("transactions", booking("t9", "2026-01-05", account_id="Z"))
    load(store, CARDS, pl.concat([BOOKINGS, nobodys]), "2026-01-31")
    pieces = [store.scan("transactions", [bucket]).collect() for bucket in range(64)]
    assert sorted(pl.concat(pieces)["txn_id"]) == ["t1", "t2", "t3"]
    assert shown(store, "transactions", "txn_id", "bucket")[-1] == ("t9", -1)


def test_the_same_bytes_under_any_name_are_taken_in_once(store):
    load(store, CARDS, BOOKINGS, "2026-01-31")
    sha256 = store.deliveries()["sha256"][0]
    again = FakeExtract("extracts/cards_2026-02-28.csv", date(2026, 2, 28))
    assert store.to_replace(CARDS, again, sha256=sha256, recipe="") is None


def test_the_same_bytes_are_another_file_for_another_source(store):
    load(store, CARDS, BOOKINGS, "2026-01-31")
    sha256 = store.deliveries()["sha256"][0]
    extract = FakeExtract("extracts/cards_2026-01-31.csv", date(2026, 1, 31))
    assert store.to_replace(source("other", "accounts"), extract, sha256=sha256, recipe="") == ()


def test_a_file_that_comes_again_changed_takes_the_place_of_its_rows(store):
    load(store, CARDS, BOOKINGS, "2026-01-31")
    report = load(store, CARDS, BOOKINGS.head(1), "2026-01-31", text="changed")
    assert report.replaces == (1,)
    assert shown(store, "transactions", "txn_id", "delivery_no") == [("t2", 2)]
    assert store.deliveries().select("delivery_no", "replaced_by").rows() == [(1, 2), (2, None)]


def test_a_file_that_comes_again_as_it_was_before_the_change_takes_its_place_back(store):
    load(store, CARDS, BOOKINGS, "2026-01-31")
    load(store, CARDS, BOOKINGS.head(1), "2026-01-31", text="changed")
    assert load(store, CARDS, BOOKINGS, "2026-01-31").replaces == (2,)
    assert [row[0] for row in shown(store, "transactions", "txn_id")] == ["t1", "t2", "t3"]


def test_another_file_of_the_day_replaces_only_where_the_pattern_allows_one_a_day(store):
    many = source("many", "transactions", files="extracts/{date:%Y-%m-%d}_*.csv")
    for one, expected in ((CARDS, (1,)), (many, ())):
        load(store, one, BOOKINGS, "2026-01-31")
        renamed = FakeExtract("extracts/renamed.csv", date(2026, 1, 31))
        assert store.to_replace(one, renamed, sha256="other", recipe="") == expected


def test_a_file_whose_place_was_taken_by_another_name_stays_out(store):
    load(store, CARDS, BOOKINGS, "2026-01-31")
    first = store.deliveries()["sha256"][0]
    store.catalog.run("UPDATE deliveries SET replaced_by = 2")
    taker = "2 AS delivery_no, 'x.csv' AS name, 'b' AS sha256, NULL AS replaced_by"
    store.catalog.run(f"INSERT INTO deliveries SELECT * REPLACE ({taker}) FROM deliveries")
    old = FakeExtract("extracts/cards_2026-01-31.csv", date(2026, 1, 31))
    assert store.to_replace(CARDS, old, sha256=first, recipe="") is None


def test_a_file_read_by_other_rules_replaces_itself(store):
    load(store, CARDS, BOOKINGS, "2026-01-31")
    sha256 = store.deliveries()["sha256"][0]
    extract = FakeExtract("extracts/cards_2026-01-31.csv", date(2026, 1, 31))
    assert store.to_replace(CARDS, extract, sha256=sha256, recipe="other rules") == (1,)


def test_a_file_that_lies_as_it_lay_need_not_be_read(store):
    load(store, CARDS, BOOKINGS, "2026-01-31")
    lies = FakeExtract("extracts/cards_2026-01-31.csv", date(2026, 1, 31))
    assert store.sha256_of("cards", lies) == store.deliveries()["sha256"][0]
    assert store.sha256_of("cards", FakeExtract(lies.name, lies.delivered_on, mtime_ns=2)) is None
    store.seen("cards", FakeExtract(lies.name, lies.delivered_on, mtime_ns=2), "abc")
    assert store.sha256_of("cards", FakeExtract(lies.name, lies.delivered_on, mtime_ns=2)) == "abc"


def test_rows_that_do_not_account_for_every_record_are_refused(store):
    class Short:
        rows, filtered, duplicates, repeated_rows, warnings, expectations, lines = BOOKINGS, 0, 0, 0, (), (), 4
        rejects = pl.DataFrame(schema={"line": pl.Int64})

    extract = FakeExtract("extracts/cards_2026-01-31.csv", date(2026, 1, 31))
    with pytest.raises(WriteError, match="4 records were read and 3 are accounted for: 3 loaded, 0 rejected"):
        store.load(Short(), extract, CARDS, sha256="a")
    assert store.deliveries().is_empty()


def test_rows_that_break_the_contract_are_refused(store):
    with pytest.raises(ContractError, match="column currency is null in 1 rows"):
        load(store, CARDS, BOOKINGS.head(1).with_columns(currency=pl.lit(None, dtype=pl.String)), "2026-01-31")
    assert store.scan("transactions").collect().is_empty()


def test_a_sources_own_columns_are_null_where_another_source_lacks_them(store):
    load(store, CARDS, BOOKINGS.head(1), "2026-01-31")
    extra = BOOKINGS.tail(1).with_columns(fee_minor=pl.lit(5, dtype=pl.Int64))
    load(store, source("core_bookings", "transactions"), extra, "2026-01-31")
    assert shown(store, "transactions", "txn_id", "fee_minor") == [("t2", None), ("t3", 5)]


def test_a_column_that_two_sources_type_differently_is_refused_by_name(store):
    load(store, CARDS, BOOKINGS.head(1).with_columns(fee=pl.lit("5")), "2026-01-31")
    other = BOOKINGS.tail(1).with_columns(fee=pl.lit(5, dtype=pl.Int64))
    with pytest.raises(ContractError, match="column fee has another type in another source"):
        load(store, source("core_bookings", "transactions"), other, "2026-01-31")
    assert store.deliveries()["source"].to_list() == ["cards"]


def test_rejected_lines_are_kept_as_pointers(store):
    rejects = pl.DataFrame(
        {"line": [7], "byte_offset": [90], "column": ["amount_minor"], "reason": ["is not a number"]}
    )
    load(store, CARDS, BOOKINGS, "2026-01-31", rejects=rejects, warnings=("3 categories are unknown",))
    kept = store.catalog.run("SELECT source, line, byte_offset, column_name, reason FROM rejects")
    assert kept == [("cards", 7, 90, "amount_minor", "is not a number")]
    assert store.catalog.run("SELECT note FROM notes") == [("3 categories are unknown",)]
    assert store.deliveries().select("lines", "loaded", "rejected").row(0) == (4, 3, 1)


def test_of_snapshots_the_newest_before_the_day_counts_and_before_the_first_the_first(store):
    for day, names in (("2026-01-31", "AB"), ("2026-02-28", "A")):
        load(store, EVERYONE, rows("customers", *map(customer, names)), day)
    counts = {
        day: sorted(store.scan("customers", as_of=date.fromisoformat(day)).collect()["customer_id"])
        for day in ("2026-01-01", "2026-02-28", "2026-03-01")
    }
    assert counts == {"2026-01-01": ["A", "B"], "2026-02-28": ["A", "B"], "2026-03-01": ["A"]}


def test_references_are_those_of_the_newest_delivery(store):
    columns = {"code": {"from": "a"}, "people": {"from": "b", "type": "integer"}}
    district = source("district", "references:district", columns=columns, key="code", delivery="snapshot")
    for day, count in (("2026-01-31", 10), ("2026-02-28", 20)):
        load(store, district, pl.DataFrame({"code": ["1"], "people": [count]}), day)
    assert_frame_equal(store.references()["district"], pl.DataFrame({"code": ["1"], "people": [20]}))


def test_a_booking_by_account_is_its_owners_by_the_local_day(store):
    owner = rows("account_holders", holder("ACC", "A", from_on=date(2026, 1, 5)))
    load(store, source("holders", "account_holders", delivery="snapshot"), owner, "2026-01-31")
    store.relink()
    # 23:30 UTC is half past midnight of the next day in Berlin.
    said = [booking(f"t{at[8:10]}", at, account_id="ACC") for at in ("2026-01-03T23:30", "2026-01-04T23:30")]
    load(store, CARDS, rows("transactions", *said), "2026-01-31")
    assert shown(store, "transactions", "txn_id", "customer_no") == [("t03", None), ("t04", 1)]


def test_rows_find_their_customer_when_the_holder_comes_later(store):
    load(store, CARDS, rows("transactions", booking("t1", "2026-01-05", account_id="ACC")), "2026-01-31")
    load(store, source("holders", "account_holders"), rows("account_holders", holder("ACC", "A")), "2026-02-28")
    assert store.relink() == 1
    assert shown(store, "transactions", "txn_id", "customer_no", "bucket", "delivery_no") == [
        ("t1", 1, bucket_of("A"), 1)
    ]
    assert store.relink() == 0


def test_late_holders_leave_the_facts_as_if_they_had_come_first(opened, tmp_path, monkeypatch):
    monkeypatch.setenv("PERSONA_VAULT_KEY", "ab" * 32)
    acts = {
        "holders": (
            source("holders", "account_holders"),
            rows("account_holders", holder("ACC", "A"), holder("B2", "B")),
        ),
        "cards": (CARDS, rows("transactions", booking("t1", "2026-01-05", account_id="ACC"))),
    }
    seen = []
    for order in (("holders", "cards"), ("cards", "holders")):
        store = opened(tmp_path / order[0])
        for name in order:
            load(store, *acts[name], "2026-01-31")
            store.relink()
        seen.append(store.scan("transactions").drop("delivery_no").collect())
    assert_frame_equal(*seen)


def test_a_row_leaves_a_customer_who_is_no_longer_said_to_own_the_account(store):
    holders = source("holders", "account_holders", delivery="snapshot")
    load(store, holders, rows("account_holders", holder("ACC", "A")), "2026-01-31")
    store.relink()
    load(store, CARDS, rows("transactions", booking("t1", "2026-01-05", account_id="ACC")), "2026-01-31")
    load(store, holders, rows("account_holders", holder("ACC", "B")), "2026-02-28")
    assert store.relink() == 1
    assert store.catalog.run("SELECT customer_no FROM crosswalk WHERE customer_id = 'B'") == [(2,)]
    assert shown(store, "transactions", "customer_no") == [(2,)]


def test_the_fingerprint_of_the_facts_changes_with_a_row_and_not_with_another_opening(opened, tmp_path):
    store = opened()
    load(store, CARDS, BOOKINGS, "2026-01-31")
    before = store.facts_fingerprint()
    store.close()
    store = opened()
    assert store.facts_fingerprint() == before
    load(store, CARDS, BOOKINGS.head(2), "2026-01-31", text="changed")
    assert store.facts_fingerprint() != before


def test_a_document_is_kept_under_its_name_until_another_takes_it(store):
    store.save("model", "affinity", {"b": 1.5, "a": [1, 2]})
    assert store.saved("model", "affinity") == {"a": [1, 2], "b": 1.5}
    assert store.saved("model", "churn") is None
