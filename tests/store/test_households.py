import polars as pl
from fakes.extracts import booking, customer, load, rows, source
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.store.households import rehoused

CORE = source("core", "customers", delivery="snapshot")
CARDS = source("cards", "transactions")


def book(*buckets):
    columns = {"customer_no": range(1, len(buckets) + 1), "bucket": buckets}
    return pl.DataFrame(columns, schema={"customer_no": pl.Int64, "bucket": pl.Int8})


def pairs(*said):
    return pl.DataFrame(said, schema={"customer_no": pl.Int64, "household_id": pl.String}, orient="row")


def test_those_who_share_a_household_are_in_the_bucket_of_the_one_known_first():
    assert rehoused(book(10, 20, 30), pairs((3, "H"), (2, "H")))["bucket"].to_list() == [10, 20, 20]


def test_households_that_one_customer_lived_in_one_after_the_other_are_together():
    assert rehoused(book(10, 20, 30), pairs((1, "H"), (2, "H"), (2, "I"), (3, "I")))["bucket"].to_list() == [10] * 3


def test_who_lives_alone_stays_where_he_is():
    assert rehoused(book(10, 20), pairs((1, None), (2, "H"))).equals(book(10, 20))


PAIRS = st.lists(st.tuples(st.integers(1, 6), st.sampled_from("HIJ")), max_size=10)


@settings(deadline=None)
@given(PAIRS)
def test_no_household_is_ever_cut_and_doing_it_twice_is_doing_it_once(said):
    housed = rehoused(book(10, 20, 30, 40, 50, 60), pairs(*said))
    bucket = dict(housed.iter_rows())
    for household in "HIJ":
        assert len({bucket[number] for number, name in said if name == household}) <= 1
    assert rehoused(housed, pairs(*said)).equals(housed)


def test_the_rows_of_a_customer_who_moves_in_with_another_go_with_him(store):
    load(store, CORE, rows("customers", customer("A", household_id="H"), customer("B", household_id="I")), "2026-01-31")
    said = [booking(f"t{name}", "2026-01-05", customer_id=name) for name in "AB"]
    load(store, CARDS, rows("transactions", *said), "2026-01-31")
    store.relink()
    home, other = store.crosswalk()["bucket"]
    assert home != other
    load(store, CORE, rows("customers", customer("A", household_id="H"), customer("B", household_id="H")), "2026-02-28")
    assert store.relink() == 3
    assert store.scan("transactions", [home]).collect()["txn_id"].sort().to_list() == ["tA", "tB"]
    assert store.scan("customers", [other]).collect().is_empty()
    assert store.relink() == 0


def test_a_move_outlives_the_store(opened):
    first = opened()
    load(first, CORE, rows("customers", customer("A", household_id="H"), customer("B", household_id="I")), "2026-01-31")
    load(first, CORE, rows("customers", customer("A", household_id="H"), customer("B", household_id="H")), "2026-02-28")
    first.relink()
    moved = first.crosswalk()
    first.close()
    assert opened().crosswalk().equals(moved)
    assert moved["bucket"].n_unique() == 1
