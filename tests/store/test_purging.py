from datetime import date, datetime

import polars as pl
import pytest
from fakes.extracts import booking, customer, files, load, rows, source

from persona.store import Outdated
from persona.store.evidence import keep_evidence, write_evidence

CARDS = source("cards", "transactions")
PEOPLE = source("core", "customers", delivery="snapshot")
SOME = rows(
    "transactions",
    booking("old", "2025-11-30", customer_id="A"),
    booking("edge", "2025-12-31T23:00", customer_id="A"),
    booking("held", "2025-11-30", customer_id="B"),
    booking("new", "2026-01-05", customer_id="B"),
)
BEFORE = Outdated({"transactions": datetime.fromisoformat("2025-12-31T23:00")}, {"transactions": date(2026, 1, 1)})


@pytest.fixture
def loaded(store):
    load(store, CARDS, SOME, "2026-01-31")
    return store


def left(store):
    return store.scan("transactions").select("txn_id").sort("txn_id").collect()["txn_id"].to_list()


def test_rows_before_the_instant_go_and_those_of_held_customers_stay(loaded):
    number = dict(loaded.crosswalk().select("customer_id", "customer_no").iter_rows())["B"]
    assert loaded.purge(BEFORE, held={number}) == {"transactions": (1, 1)}
    assert left(loaded) == ["edge", "held", "new"]


def test_a_dry_run_counts_the_same_and_takes_nothing_away(loaded, tmp_path):
    before = files(tmp_path / "state/facts")
    assert loaded.purge(BEFORE, is_dry=True) == {"transactions": (2, 0)}
    assert files(tmp_path / "state/facts") == before
    assert loaded.purge(BEFORE) == {"transactions": (2, 0)}


def test_only_the_parts_that_hold_such_rows_are_written_anew_and_no_old_one_stays(loaded, tmp_path):
    before = files(tmp_path / "state/facts")
    loaded.purge(BEFORE)
    after = files(tmp_path / "state/facts")
    assert [path.split("/")[1] for path in before] == ["2025-11", "2025-12", "2026-01"]
    assert {path: after[path] for path in after} == {p: b for p, b in before.items() if "/2025-11/" not in p}
    assert loaded.purge(BEFORE) == {}


def test_a_file_whose_rows_went_is_not_loaded_again(loaded):
    loaded.purge(BEFORE)
    assert load(loaded, CARDS, SOME, "2026-01-31") is None
    assert left(loaded) == ["edge", "new"]


def test_snapshots_that_newer_ones_have_replaced_go_but_never_the_one_that_counts(store):
    for day, name in (("2026-01-31", "A"), ("2026-02-28", "B"), ("2026-03-31", "C")):
        load(store, PEOPLE, rows("customers", customer("K", region=name)), day)
    day = date(2026, 3, 15)
    assert store.purge(Outdated({"customers": datetime.fromisoformat("2026-03-15")}, {"customers": day})) == {
        "customers": (1, 0)
    }
    assert store.scan("customers").select("region").sort("region").collect()["region"].to_list() == ["B", "C"]
    assert store.scan("customers", as_of=day).collect()["region"].to_list() == ["B"]


def test_decisions_of_some_nights_go_and_held_customers_keep_theirs(store):
    some = pl.DataFrame({"run_id": ["r1", "r1"], "customer_no": [1, 2]})
    for run in ("r1", "r2"):
        keep_evidence(store.catalog, write_evidence(store.catalog, run, {"decisions": some}))
    assert store.purge_decisions(["r1"], held={2}, is_dry=True) == (1, 1)
    assert store.evidence("r1", "decisions").collect().height == 2
    assert store.purge_decisions(["r1"], held={2}) == (1, 1)
    assert store.evidence("r1", "decisions").collect()["customer_no"].to_list() == [2]
    assert store.evidence("r2", "decisions").collect().height == 2
