import duckdb
import polars as pl
from fakes.extracts import booking, load, rows, source

CARDS = source("cards", "transactions")
BOOKED = rows(
    "transactions", booking("t1", "2026-01-05", -150, customer_id="A"), booking("t2", "2026-02-05", customer_id="B")
)


def asked(root, query):
    """What another tool finds in the database."""
    with duckdb.connect(str(root / "state/persona.duckdb"), read_only=True) as other:
        return other.execute(query).fetchall()


def test_every_table_can_be_asked_in_another_tool(opened, tmp_path):
    store = opened()
    load(store, CARDS, BOOKED, "2026-02-28")
    store.close()
    assert asked(tmp_path, "SELECT txn_id, amount_minor FROM transactions ORDER BY txn_id") == [
        ("t1", -150),
        ("t2", -100),
    ]
    assert asked(tmp_path, "SELECT count(*) FROM customers") == [(0,)]


def test_a_view_shows_the_rows_that_count_and_the_columns_of_all_sources(opened, tmp_path):
    store = opened()
    load(store, CARDS, BOOKED, "2026-02-28")
    load(store, CARDS, BOOKED.head(1), "2026-02-28", text="changed")
    extra = BOOKED.tail(1).with_columns(fee_minor=pl.lit(5, dtype=pl.Int64))
    load(store, source("core", "transactions"), extra, "2026-02-28")
    store.close()
    assert asked(tmp_path, "SELECT txn_id, fee_minor FROM transactions ORDER BY txn_id") == [("t1", None), ("t2", 5)]


def test_a_column_that_came_after_the_parts_were_made_is_null_in_the_view(opened, tmp_path):
    store = opened()
    load(store, CARDS, BOOKED.tail(1), "2026-02-28")
    store.close()
    for path in (tmp_path / "state").rglob("*.parquet"):
        pl.read_parquet(path).drop("channel").write_parquet(path)
    opened().close()
    assert asked(tmp_path, "SELECT txn_id, channel FROM transactions") == [("t2", None)]


def test_views_follow_a_workspace_that_was_moved(opened, tmp_path):
    store = opened(tmp_path / "one")
    load(store, CARDS, BOOKED, "2026-02-28")
    store.close()
    (tmp_path / "one").rename(tmp_path / "two")
    opened(tmp_path / "two").close()
    assert asked(tmp_path / "two", "SELECT count(*) FROM transactions") == [(2,)]


def test_a_stage_table_is_shown_as_it_was_made_last_and_is_gone_with_its_generation(opened, tmp_path):
    store = opened()
    store.keep("attributes", "g1", [pl.DataFrame({"customer_no": [1]})])
    store.keep("attributes", "g2", [pl.DataFrame({"customer_no": [1]}), pl.DataFrame({"customer_no": [2]})])
    store.close()
    assert asked(tmp_path, "SELECT customer_no FROM attributes ORDER BY 1") == [(1,), (2,)]
    store = opened()
    store.drop_generations(set())
    store.close()
    there = asked(tmp_path, "SELECT view_name FROM duckdb_views() WHERE view_name = 'attributes'")
    assert there == []


def test_a_stage_table_does_not_hide_a_ledger_of_its_name(opened, tmp_path):
    store = opened()
    store.keep("contacts", "g1", [pl.DataFrame({"customer_no": [1]})])
    store.close()
    assert asked(tmp_path, "SELECT count(*) FROM contacts") == [(0,)]


def test_a_reference_is_a_view_under_a_name_that_needs_no_quotes(opened, tmp_path):
    store = opened()
    district = source("district", "references:district", columns={"code": {"from": "a"}}, key="code")
    load(store, district, pl.DataFrame({"code": ["1"]}), "2026-01-31")
    store.close()
    assert asked(tmp_path, "SELECT code FROM references_district") == [("1",)]
