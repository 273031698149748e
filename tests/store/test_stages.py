import polars as pl
import pytest
from fakes.extracts import booking, load, rows, source
from polars.testing import assert_frame_equal

from persona.buckets import bucket_of
from persona.errors import ContractError
from persona.store.rewriting import dropped, stages_without, swapped

ONE, TWO = pl.DataFrame({"customer_no": [1], "age": [30]}), pl.DataFrame({"customer_no": [2], "age": [40]})


def test_a_table_is_there_when_all_of_its_pieces_are(store):
    with store.keeping({"attributes": "g1"}) as keep:
        keep("attributes", ONE)
        assert not store.has("attributes", "g1")
        keep("attributes", TWO)
    assert store.has("attributes", "g1")
    assert_frame_equal(store.stage("attributes", "g1"), pl.concat([ONE, TWO]))


def test_tables_of_one_step_are_there_together_or_not_at_all(store):
    def act():
        with store.keeping({"one": "g1", "two": "g1"}) as keep:
            keep("one", ONE)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act()
    assert not store.has("one", "g1")
    store.keep("one", "g1", [TWO])
    assert store.stage("one", "g1")["customer_no"].to_list() == [2]


def test_a_table_that_was_promised_and_not_made_is_a_fault(store):
    with pytest.raises(ContractError, match="table two: the step made no piece"), store.keeping({"two": "g1"}):
        pass


def test_a_table_that_was_not_promised_is_a_fault(store):
    with pytest.raises(ContractError, match="table other"), store.keeping({"one": "g1"}) as keep:
        keep("other", ONE)


def test_an_empty_table_is_there_too(store):
    store.keep("attributes", "g1", [ONE.clear()])
    assert_frame_equal(store.stage("attributes", "g1"), ONE.clear())


def test_a_table_that_is_not_there_is_named(store):
    with pytest.raises(ContractError, match="table attributes: generation g9 was not kept"):
        store.stage("attributes", "g9")


def test_pieces_of_the_state_are_of_the_smallest_types_and_are_one_table_again(store):
    said = [booking(name, "2026-01-05", customer_id=name) for name in "AB"]
    load(store, source("cards", "transactions"), rows("transactions", *said), "2026-01-31")
    pieces = [table.with_columns(pl.col("age").cast(dtype)) for table, dtype in ((ONE, pl.Int8), (TWO, pl.Int16))]
    store.keep("state", "g1", pieces)
    assert_frame_equal(store.stage("state", "g1"), pl.concat([ONE, TWO]).cast({"age": pl.Int16}))
    for name, piece in zip("AB", pieces, strict=True):
        assert_frame_equal(store.stage("state", "g1", [bucket_of(name)]), piece)
    assert_frame_equal(store.stage("state", "g1", [bucket_of("B")], columns=["age"]), pieces[1].select("age"))
    assert store.stage("state", "g1", []).is_empty()
    store.keep("state", "g2", [pl.concat([ONE, TWO])])
    assert_frame_equal(store.stage("state", "g2", [bucket_of("B")], columns=["age"]), TWO.select("age"))


def test_who_goes_leaves_every_file_of_a_piece_of_the_state(store):
    both = pl.concat([ONE, TWO]).with_columns(faded=pl.col("age") / 3)
    store.keep("state", "g1", [both])
    swaps = stages_without(store.catalog, lambda _, rows: rows.filter(pl.col("customer_no") != 1))
    with store.catalog.transaction("stage tables"):
        swapped(store.catalog, swaps)
    dropped(store.catalog, swaps)
    assert len(swaps) == 2
    assert store.has("state", "g1")
    assert_frame_equal(store.stage("state", "g1"), both.tail(1))


def test_some_buckets_of_a_table_are_those_customers_rows(store):
    said = [booking(name, "2026-01-05", customer_id=name) for name in "AB"]
    load(store, source("cards", "transactions"), rows("transactions", *said), "2026-01-31")
    store.keep("attributes", "g1", [pl.concat([ONE, TWO])])
    assert store.stage("attributes", "g1", [bucket_of("B")])["customer_no"].to_list() == [2]
    by_column = TWO.with_columns(bucket=pl.lit(9, dtype=pl.Int8))
    store.keep("signals", "g1", [by_column])
    assert store.stage("signals", "g1", [9])["customer_no"].to_list() == [2]
    assert store.stage("signals", "g1", [8]).is_empty()


def test_generations_that_nothing_needs_are_dropped_with_their_files(store, tmp_path):
    store.keep("attributes", "g1", [ONE])
    store.keep("attributes", "g2", [TWO])
    assert store.drop_generations({"g2"}) == 1
    assert (store.has("attributes", "g1"), store.has("attributes", "g2")) == (False, True)
    assert [path.name for path in (tmp_path / "state/features").iterdir()] == ["g2"]


def test_a_table_whose_files_were_lost_is_made_again(store, tmp_path):
    store.keep("attributes", "g1", [ONE])
    next((tmp_path / "state/features/g1/attributes").iterdir()).unlink()
    assert not store.has("attributes", "g1")
    store.keep("attributes", "g1", [ONE])
    assert store.has("attributes", "g1")


def test_a_generation_that_would_leave_its_folder_is_refused(store):
    with pytest.raises(ContractError, match="cannot name"), store.keeping({"one": "../../out"}):
        pass
