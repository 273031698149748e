from datetime import date, timedelta

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from persona.scores.affinity_state import appended, day_number, empty_state, folded

LEAVES = ("dining", "travel.air")
FIRST = date(2026, 1, 1)
SCHEMA = {"customer_no": pl.Int64, "category": pl.String, "booked_on": pl.Date}
ROWS = st.lists(
    st.tuples(st.sampled_from([1, 5, 7]), st.sampled_from([*LEAVES, None]), st.integers(0, 90)), max_size=30
)


def bought(rows):
    return pl.DataFrame([(who, what, FIRST + timedelta(days=d)) for who, what, d in rows], schema=SCHEMA, orient="row")


def same(one, other):
    names = ("decayed", "seen", "visits", "first", "last")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def test_a_purchase_counts_one_on_its_day_and_half_after_its_half_life():
    state = folded([1, 5], bought([(1, "dining", 0), (1, None, 0)]), leaves=LEAVES)
    after_90 = 2.0 ** (-(day_number(FIRST) + 90) / 90)
    assert np.allclose(state.decayed * after_90, [[0.5, 0], [0, 0]])
    assert state.seen.tolist() == [[True, False], [False, False]]
    assert np.allclose(state.visits[0] * 2.0 ** (-day_number(FIRST) / np.array([30, 90, 180])), 2)
    assert state.tenure_days(day_number(FIRST) + 9).tolist() == [9, 0]
    assert state.is_active(day_number(FIRST) + 180).tolist() == [True, False]
    assert state.is_active(day_number(FIRST) + 181).tolist() == [False, False]


def test_visits_count_occasions_and_not_what_was_bought_on_them():
    rows = bought([(1, "dining", 0), (1, "travel.air", 0)])
    one_visit = folded([1], rows, leaves=LEAVES, visits=rows.head(1).select("customer_no", "booked_on"))
    assert np.array_equal(one_visit.visits * 2, folded([1], rows, leaves=LEAVES).visits)


@given(ROWS, st.integers(0, 90), st.randoms(use_true_random=False))
def test_appended_rebuilt_and_shuffled_are_the_same_to_the_byte(rows, day, chance):
    whole = folded([1, 5, 7], bought(rows), leaves=LEAVES)
    assert same(folded([7, 1, 5], bought(chance.sample(rows, len(rows))), leaves=LEAVES), whole)
    before, after = [[row for row in rows if (row[2] < day) is early] for early in (True, False)]
    nightly = appended(folded([1, 5, 7], bought(before), leaves=LEAVES), bought(after))
    assert same(nightly, whole)


def test_the_state_of_nobody_is_empty():
    assert empty_state([], leaves=LEAVES).decayed.shape == (0, 2)
