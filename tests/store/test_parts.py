from datetime import datetime

import duckdb
import polars as pl
import pytest
from fakes.extracts import booking, rows
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from persona.errors import ContractError
from persona.store.parts import columns_of, encoded, in_order, parted, scanned, schema_of
from persona.tables import CANONICAL

TRANSACTIONS = CANONICAL["transactions"]
FEW = {
    "bucket": pl.Int8,
    "customer_no": pl.Int64,
    "booked_at": pl.Datetime("us"),
    "txn_id": pl.String,
    "note": pl.String,
}


def few(*given_rows):
    return pl.DataFrame(given_rows, schema=FEW, orient="row")


EARLY, LATE = datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2026-01-02")


def test_rows_stand_by_bucket_customer_time_and_key():
    jumbled = few(
        (2, 1, EARLY, "a", ""),
        (1, 2, EARLY, "b", ""),
        (1, 1, LATE, "c", ""),
        (1, 1, EARLY, "e", ""),
        (1, 1, EARLY, "d", ""),
    )
    assert in_order(jumbled, TRANSACTIONS)["txn_id"].to_list() == ["d", "e", "c", "b", "a"]


@given(
    st.permutations(
        [(1, 1, EARLY, "a", "x"), (1, 1, EARLY, "a", "y"), (1, 1, EARLY, "a", None), (-1, None, EARLY, "b", "z")]
    )
)
@settings(deadline=None)
def test_rows_that_no_key_tells_apart_stand_in_the_same_order_whatever_they_came_in(jumbled):
    expected = ["z", None, "x", "y"]
    assert in_order(few(*jumbled), TRANSACTIONS)["note"].to_list() == expected


def test_a_part_is_the_rows_of_one_month_the_earliest_first():
    said = rows(
        "transactions", booking("a", "2026-02-01"), booking("b", "2026-01-31T23:59:59"), booking("c", "2025-12-01")
    )
    assert [(month, piece["txn_id"].to_list()) for month, piece in parted(said, TRANSACTIONS)] == [
        ("2025-12", ["c"]),
        ("2026-01", ["b"]),
        ("2026-02", ["a"]),
    ]


def test_a_table_without_time_is_one_part():
    assert [month for month, _ in parted(rows("accounts"), CANONICAL["accounts"])] == ["state"]


def test_the_same_rows_are_the_same_bytes():
    many = pl.DataFrame({"bucket": [1, 2], "note": ["x", None]})
    assert encoded(many) == encoded(many.clone())


def test_reading_one_bucket_passes_over_the_row_groups_of_the_others(tmp_path):
    many = pl.DataFrame({"bucket": pl.Series([number // 5_000 for number in range(320_000)], dtype=pl.Int8)})
    (tmp_path / "a.parquet").write_bytes(encoded(many))
    assert scanned([tmp_path / "a.parquet"], many.schema, buckets=[7]).collect().height == 5_000
    counted = "SELECT count(DISTINCT row_group_id) FROM parquet_metadata(?)"
    groups = duckdb.connect().execute(counted, [str(tmp_path / "a.parquet")]).fetchall()
    assert groups == [(64,)]


def test_the_schema_is_the_contract_then_extras_by_name_then_what_the_store_adds():
    own = columns_of(pl.DataFrame(schema={"zeta": pl.Int64, "alpha": pl.String}))
    names = list(schema_of(TRANSACTIONS, [own]))
    assert names[len(TRANSACTIONS.columns) :] == ["alpha", "zeta", "customer_no", "bucket", "delivery_no", "known_on"]


def test_a_type_that_facts_cannot_have_is_refused_by_the_columns_name():
    with pytest.raises(ContractError, match="column odd is List"):
        columns_of(pl.DataFrame({"odd": [[1]]}))


def test_a_column_that_a_part_lacks_is_null_in_its_rows(tmp_path):
    (tmp_path / "a.parquet").write_bytes(encoded(pl.DataFrame({"bucket": [1]}, schema={"bucket": pl.Int8})))
    schema = {"bucket": pl.Int8, "fee": pl.Int64}
    expected = pl.DataFrame({"bucket": [1], "fee": [None]}, schema=schema)
    assert_frame_equal(scanned([tmp_path / "a.parquet"], schema).collect(), expected)
