from itertools import combinations

import polars as pl
import pytest

from persona.errors import WriteError
from persona.store.audit import START, append, entries, head, verified


def log(store, *names):
    for name in names:
        with store.catalog.transaction():
            append(store.catalog, name, "plan", {"contacts": 5})
    return entries(store.catalog)


def test_a_log_starts_at_nothing_and_ends_with_the_hash_of_its_last_entry(store):
    assert head(store.catalog) == START
    rows = log(store, "a", "b")
    assert rows["previous"].to_list() == [START, rows["hash"][0]]
    assert store.audit_head() == rows["hash"][1]
    assert store.audit_faults() == []


def test_telling_the_same_again_leaves_the_head_as_it_is(store):
    log(store, "a", "b")
    before = store.audit_head()
    log(store, "a")
    assert store.audit_head() == before


def test_an_entry_cannot_be_told_otherwise(store):
    log(store, "a")
    with pytest.raises(WriteError, match="entry a tells something else already"), store.catalog.transaction():
        append(store.catalog, "a", "plan", {"contacts": 6})


def test_an_entry_is_in_the_log_only_if_what_it_tells_of_happened(store):
    def act():
        with store.catalog.transaction():
            append(store.catalog, "a", "plan", {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act()
    assert entries(store.catalog).is_empty()


@pytest.fixture
def whole(store):
    return log(store, *"abcdefgh")


def test_every_single_change_of_the_log_is_seen(whole):
    for number in range(8):
        for column, value in (("name", "z"), ("kind", "z"), ("body", "{}"), ("hash", "f" * 64)):
            edited = whole.with_columns(
                pl.when(pl.col("seq") == number + 1).then(pl.lit(value)).otherwise(column).alias(column)
            )
            assert verified(edited)
        assert number == 7 or verified(whole.filter(pl.col("seq") != number + 1))
        assert verified(pl.concat([whole.head(number + 1), whole.tail(8 - number)]))


def test_entries_that_changed_places_are_seen(whole):
    for one, other in combinations(range(8), 2):
        order = list(range(8))
        order[one], order[other] = order[other], order[one]
        assert verified(whole[order])


def test_a_cut_tail_and_a_tail_hashed_anew_are_seen_by_the_head_that_was_published(whole, store):
    anchors = {8: whole["hash"][7]}
    assert verified(whole.head(6)) == []
    assert verified(whole.head(6), anchors=anchors) == ["entry 8 is not the one that was published"]
    store.catalog.run("DELETE FROM audit WHERE seq = 8")
    forged = log(store, "forged")
    assert verified(forged) == []
    assert verified(forged, anchors=anchors) == ["entry 8 is not the one that was published"]
