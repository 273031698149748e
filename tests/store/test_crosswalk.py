import polars as pl
from fakes.extracts import booking, customer, load, rows, source
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from persona.buckets import bucket_of
from persona.store.crosswalk import SCHEMA, enrolled, numbered

NOBODY = SCHEMA.to_frame()


def people(*pairs):
    return pl.DataFrame(pairs, schema={"customer_id": pl.String, "household_id": pl.String}, orient="row")


def test_new_customers_are_numbered_in_the_order_of_their_ids_after_those_before():
    fresh = enrolled(people(("B", None), ("A", "H"), (None, None)), known=NOBODY, first_no=7)
    expected = [("A", 7, bucket_of("H"), "H"), ("B", 8, bucket_of("B"), None)]
    assert fresh.rows() == expected


def test_members_of_a_household_share_its_bucket():
    fresh = enrolled(people(("A", "H"), ("B", "H"), ("C", None)), known=NOBODY, first_no=1)
    assert fresh["bucket"].to_list() == [bucket_of("H"), bucket_of("H"), bucket_of("C")]


def test_a_customer_who_is_known_keeps_his_number_and_bucket_when_he_moves():
    known = enrolled(people(("A", "H")), known=NOBODY, first_no=1)
    assert enrolled(people(("A", "OTHER")), known=known, first_no=2).is_empty()


def test_a_row_that_names_no_customer_has_no_number_and_bucket_minus_one():
    known = enrolled(people(("A", None)), known=NOBODY, first_no=1)
    found = numbered(pl.DataFrame({"customer_id": ["A", None]}), crosswalk=known)
    assert found.rows() == [("A", 1, bucket_of("A")), (None, None, -1)]


@given(st.lists(st.tuples(st.text(max_size=3), st.none() | st.text(max_size=2)), max_size=8), st.randoms())
def test_the_order_of_the_rows_gives_nobody_another_number(pairs, chance):
    shuffled = list(pairs)
    chance.shuffle(shuffled)
    one, other = (enrolled(people(*order), known=NOBODY, first_no=1) for order in (pairs, shuffled))
    assert_frame_equal(one, other)


def test_a_number_is_never_given_again(store):
    load(store, source("core", "customers"), rows("customers", customer("A")), "2026-01-31")
    store.catalog.run("DELETE FROM crosswalk")
    store._book = type(store._book)(store.crosswalk().clear(), store._book.owners)
    load(store, source("core", "customers"), rows("customers", customer("Z")), "2026-02-28")
    assert store.crosswalk().select("customer_id", "customer_no").rows() == [("Z", 2)]


def test_a_customer_who_only_books_is_enrolled_too(store):
    said = rows("transactions", booking("t1", "2026-01-05", customer_id="X"))
    assert load(store, source("cards", "transactions"), said, "2026-01-31").new_customers == 1
    assert store.crosswalk()["customer_id"].to_list() == ["X"]
