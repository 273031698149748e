import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.foundation.identity import joined

SCHEMA = {"a": pl.Int64, "b": pl.Int64, "rank": pl.Int8, "weight": pl.Float64}


def made(count, links, cuts=(), most=20, **differ):
    nos = pl.Series(range(1, count + 1), dtype=pl.Int64)
    pairs = pl.DataFrame(list(cuts), schema={"a": pl.Int64, "b": pl.Int64}, orient="row")
    values = {name: pl.Series(said, dtype=pl.String) for name, said in differ.items()}
    return joined(nos, pl.DataFrame(links, schema=SCHEMA, orient="row"), cuts=pairs, most=most, never_differ=values)


def firsts(found):
    return found.members["first"].to_list()


def test_links_that_touch_make_one_person():
    assert firsts(made(4, [(2, 3, 1, None), (3, 4, 2, 9.0)])) == [1, 2, 2, 2]


def test_a_cut_holds_against_every_way_around_it_and_the_weakest_link_gives_way():
    found = made(3, [(1, 2, 2, 5.0), (2, 3, 2, 8.0)], cuts=[(1, 3)])
    assert firsts(found) == [1, 2, 2]
    assert found.links.select("a", "b", "outcome").rows() == [(2, 3, "joined"), (1, 2, "cut")]


def test_a_person_does_not_grow_beyond_what_is_allowed_but_a_decision_may_let_him():
    assert firsts(made(3, [(1, 2, 1, None), (2, 3, 1, None)], most=2)) == [1, 1, 3]
    assert firsts(made(3, [(1, 2, 1, None), (2, 3, 0, None)], most=2)) == [1, 2, 2]


def test_a_record_between_two_birthdays_joins_one_of_them_not_both():
    found = made(3, [(1, 2, 1, None), (2, 3, 1, None)], born=["1980", None, "1990"])
    assert firsts(found) == [1, 1, 3]
    assert found.links["outcome"].to_list() == ["joined", "contradiction"]


def test_what_was_weighed_may_differ_in_a_digit():
    assert firsts(made(2, [(1, 2, 2, 20.0)], born=["1980", "1981"])) == [1, 1]


NOS = st.integers(1, 8)
LINKS = st.lists(
    st.tuples(NOS, NOS, st.sampled_from([0, 1, 2]), st.sampled_from([None, 1.0, 2.5])).filter(
        lambda one: one[0] < one[1]
    ),
    unique_by=lambda one: one[:2],
)
CUTS = st.lists(st.tuples(NOS, NOS).filter(lambda one: one[0] < one[1]))


@settings(deadline=None)
@given(LINKS, CUTS, st.randoms())
def test_the_order_of_links_means_nothing_and_no_cut_is_ever_joined(links, cuts, random):
    found = made(8, links, cuts, most=4)
    random.shuffle(links)
    again = made(8, links, cuts, most=4)
    assert again.members.equals(found.members)
    person = dict(found.members.iter_rows())
    assert all(person[a] != person[b] for a, b in cuts)


@settings(deadline=None)
@given(LINKS)
def test_without_cuts_and_bounds_persons_are_what_hangs_together(links):
    person = dict(made(8, links).members.iter_rows())
    assert all(person[a] == person[b] for a, b, *_ in links)
    parts = {no: {no} for no in range(1, 9)}
    for a, b, *_ in links:
        whole = parts[a] | parts[b]
        parts.update(dict.fromkeys(whole, whole))
    assert person == {no: min(part) for no, part in parts.items()}
