import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.foundation.identity import changes, numbered


def frame(second, pairs):
    return pl.DataFrame(sorted(pairs.items()), schema={"record_no": pl.Int64, second: pl.Int64}, orient="row")


def members(*parts):
    return frame("first", {no: min(part) for part in parts for no in part})


def persons(pairs):
    return frame("person_no", pairs)


NOBODY = persons({})


def test_a_person_has_the_number_of_his_oldest_record():
    assert numbered(members({1, 3}, {2}), before=NOBODY).rows() == [(1, 1), (2, 2), (3, 1)]


def test_two_persons_who_grow_together_keep_the_older_number():
    now = numbered(members({1, 2, 3, 4}), before=persons({1: 1, 2: 1, 3: 3, 4: 3}))
    assert now["person_no"].to_list() == [1, 1, 1, 1]
    assert changes(persons({1: 1, 2: 1, 3: 3, 4: 3}), now).rows() == [("merged", 1, 3, 2)]


def test_what_is_cut_off_gets_back_the_number_that_it_had():
    before = persons({1: 1, 2: 1, 3: 1, 4: 1})
    now = numbered(members({1, 2}, {3, 4}), before=before)
    assert now["person_no"].to_list() == [1, 1, 3, 3]
    assert changes(before, now).rows() == [("split", 3, 1, 2)]


def test_a_person_keeps_his_number_when_his_oldest_record_is_erased():
    assert numbered(members({2, 5}), before=persons({2: 1, 5: 1}))["person_no"].to_list() == [1, 1]
    assert numbered(members({2}, {5}), before=persons({2: 1, 5: 1}))["person_no"].to_list() == [1, 5]


def test_a_new_record_that_joins_a_person_is_no_change_of_persons():
    before = persons({1: 1, 2: 2})
    assert changes(before, numbered(members({1, 3}, {2}), before=before)).is_empty()


PARTS = st.lists(st.integers(0, 3), min_size=7, max_size=7)


def split(places, nos):
    return [part for place in range(4) if (part := {no for no, at in zip(nos, places, strict=True) if at == place})]


@settings(deadline=None)
@given(PARTS, PARTS, PARTS)
def test_no_number_means_two_persons_and_the_same_parts_keep_the_same_numbers(first, second, third):
    nos = range(1, 8)
    before = numbered(members(*split(first, nos)), before=NOBODY)
    left = before.filter(pl.col("record_no") > 2)
    parts = split(second[2:], range(3, 8))
    now = numbered(members(*parts), before=left)
    assert now["person_no"].n_unique() == len(parts)
    assert numbered(members(*parts), before=now).equals(now)
    later = numbered(members(*split(third[2:], range(3, 8))), before=now)
    assert numbered(members(*parts), before=later)["person_no"].n_unique() == len(parts)
