from datetime import date

import polars as pl
import pytest
from fakes.extracts import load, rows, source

from persona.buckets import bucket_of

CHANGES = source("crm", "accounts", delivery="changes")
SNAPSHOTS = source("core", "accounts", delivery="snapshot")


def said(*accounts):
    given = [{"account_id": account, "customer_id": owner, "_op": op} for account, owner, op in accounts]
    return rows("accounts", *given, extras={"_op": pl.String})


@pytest.fixture
def changed(store):
    load(store, CHANGES, said(("a1", "A", "upsert"), ("a2", "A", "upsert")), "2026-01-31")
    load(store, CHANGES, said(("a1", "B", "upsert"), ("a2", None, "delete")), "2026-02-28")
    load(store, SNAPSHOTS, rows("accounts", {"account_id": "a1", "customer_id": "C"}), "2026-01-31")
    return store


def found(store, day, buckets=None):
    facts = store.scan("accounts", buckets, as_of=date.fromisoformat(day))
    return facts.select("account_id", "customer_id").sort("customer_id").collect().rows()


def test_of_changes_the_newest_before_the_day_counts_and_what_was_deleted_is_gone(changed):
    assert found(changed, "2026-02-28") == [("a1", "A"), ("a2", "A"), ("a1", "C")]
    assert found(changed, "2026-03-01") == [("a1", "B"), ("a1", "C")]


def test_before_the_first_changes_the_first_count(changed):
    assert found(changed, "2025-12-01") == [("a1", "A"), ("a2", "A"), ("a1", "C")]


def test_a_row_that_went_over_to_another_customer_is_not_left_behind_in_his_bucket(changed):
    assert bucket_of("A") != bucket_of("B")
    assert found(changed, "2026-03-01", [bucket_of("A")]) == []
    assert found(changed, "2026-03-01", [bucket_of("B")]) == [("a1", "B")]


def test_all_changes_are_kept(changed):
    assert changed.scan("accounts").collect().height == 5
