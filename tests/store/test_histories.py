"""What was held when: a view over snapshots, increments and changes alike."""

from datetime import date

import duckdb
import polars as pl
from fakes.extracts import load, rows, source

EVERYTHING = source("core", "holdings", delivery="snapshot")


def held(holding_id, limit_minor=None, **said):
    return {"holding_id": holding_id, "customer_id": "A", "product": "card", "limit_minor": limit_minor, **said}


def history(root, table="holdings", columns="holding_id, limit_minor"):
    query = f"SELECT {columns}, valid_from, valid_to FROM {table}_history ORDER BY ALL"
    with duckdb.connect(str(root / "state/persona.duckdb"), read_only=True) as database:
        return database.execute(query).fetchall()


def day(month):
    return date(2026, month, 28)


def test_a_snapshot_that_says_the_same_again_goes_on_and_one_that_says_otherwise_ends_it(opened, tmp_path):
    store = opened()
    for month, told in enumerate(
        (
            [held("c1", 100), held("c2", 100)],
            [held("c1", 100), held("c2", 200)],
            [held("c1", 100)],
            [held("c1", 100), held("c2", 200)],
        ),
        start=1,
    ):
        load(store, EVERYTHING, rows("holdings", *told), str(day(month)))
    store.close()
    assert history(tmp_path) == [
        ("c1", 100, day(1), None),
        ("c2", 100, day(1), day(2)),
        ("c2", 200, day(2), day(3)),
        ("c2", 200, day(4), None),
    ]


def test_of_increments_each_row_holds_until_the_next_of_its_key(opened, tmp_path):
    store = opened()
    cards = source("cards", "holdings")
    load(store, cards, rows("holdings", held("c1", 100), held("c2", None)), str(day(1)))
    load(store, cards, rows("holdings", held("c1", 300)), str(day(3)))
    store.close()
    assert history(tmp_path) == [
        ("c1", 100, day(1), day(3)),
        ("c1", 300, day(3), None),
        ("c2", None, day(1), None),
    ]


def test_a_deleted_row_of_changes_ends(opened, tmp_path):
    store = opened()
    changes = source("core", "holdings", delivery="changes")
    for month, op in ((1, "insert"), (2, "delete"), (4, "insert")):
        told = rows("holdings", held("c1", 100)).with_columns(pl.lit(op).alias("_op"))
        load(store, changes, told, str(day(month)))
    store.close()
    assert history(tmp_path) == [("c1", 100, day(1), day(2)), ("c1", 100, day(4), None)]


def test_sources_do_not_end_one_another_and_a_table_without_rows_has_an_empty_history(opened, tmp_path):
    store = opened()
    load(store, EVERYTHING, rows("holdings", held("c1", 100)), str(day(1)))
    load(store, source("loans", "holdings", delivery="snapshot"), rows("holdings", held("l1", 5)), str(day(2)))
    store.close()
    assert history(tmp_path) == [("c1", 100, day(1), None), ("l1", 5, day(2), None)]
    assert history(tmp_path, "customers", "customer_id") == []
