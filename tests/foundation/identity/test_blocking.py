import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.foundation.identity import blocked, blocking, default_blocking
from persona.policy.identity import Comparable


def records(*names, towns=None):
    nos = list(range(1, len(names) + 1))
    return pl.DataFrame({"record_no": nos, "name": names, "town": towns or [None] * len(names)}, strict=False)


def test_pairs_share_one_of_the_blockings_and_stand_once():
    rows = records("ann", "ann", "bob", None, towns=["x", "x", "x", None])
    assert blocked(rows, [("name",), ("town",)], pairs_per_record=1).rows() == [(1, 2), (1, 3), (2, 3)]


def test_the_smallest_blocks_come_first_as_far_as_the_share_of_pairs_goes(monkeypatch):
    monkeypatch.setattr(blocking, "FEWEST", 3)
    rows = records("ann", "ann", "eve", "eve", "bob", "bob", "bob", "bob")
    assert blocked(rows, [("name",)], pairs_per_record=0.1).rows() == [(1, 2), (3, 4)]


def test_fields_that_many_share_are_also_taken_two_together():
    fields = {"name": Comparable(kind="name"), "phone": Comparable(kind="phone"), "town": Comparable(kind="place")}
    assert default_blocking(fields) == (("name",), ("phone",), ("town",), ("name", "town"))


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "c", None]), max_size=9))
def test_every_pair_of_a_small_book_that_shares_a_value_is_weighed(names):
    nos = range(1, len(names) + 1)
    wanted = [(a, b) for a in nos for b in nos if a < b and names[a - 1] == names[b - 1] and names[a - 1] is not None]
    rows = pl.DataFrame({"record_no": list(nos), "name": names}, schema={"record_no": pl.Int64, "name": pl.String})
    assert blocked(rows, [("name",)], pairs_per_record=4).rows() == wanted
