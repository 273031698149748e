"""Margins, the core, and the plan of everybody else."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.decisions.optimizer import Book, Rows
from persona.decisions.optimizer.evaluate import Evaluator, view
from persona.decisions.optimizer.scan import NOBODY, decided, margins, placed, scanned

FREE = np.zeros(0)


def _whole(values, groups=(0, 1, 2), k=1):
    value = np.array(values, dtype=np.float32).T
    n = value.shape[1]
    book = Book.of(
        value, cell=np.zeros(n, dtype=int),
        tie=np.arange(n, dtype=np.uint64), bucket=np.zeros(n, dtype=int),
    )  # fmt: skip
    rows = Rows((), np.zeros((0, 1, len(value), 2)), FREE, np.array(groups))
    return Evaluator([view(one, 0.0) for one in book.treated], rows, k=k)


def test_a_margin_is_how_far_a_value_must_move():
    # Chosen 7 must lose 2 to the 5; the 5 must gain 2; the 1 must gain 6.
    assert margins(_whole([[7, 5, 1]]), FREE).tolist() == [2, 2, 6]
    # Nothing is chosen: the -3 must gain 3; the refused has no margin.
    assert margins(_whole([[-3, -np.inf, -8]]), FREE).tolist() == [3, 8]


def test_with_two_choices_the_third_waits_for_the_second():
    # 7 and 5 are in; the third must gain 4 to pass the 5; the 5 must lose 4; the 7 must lose 6 to be less than the 1.
    assert margins(_whole([[7, 5, 1]], k=2), FREE).tolist() == [4, 4, 6]
    # Of one group with the 7, the 5 can only come in its place; the 1 comes beside it.
    assert margins(_whole([[7, 5, 1]], groups=(0, 0, 1), k=2), FREE).tolist() == [1, 2, 2]


def test_what_is_sure_is_fixed_and_what_is_near_is_open():
    found = scanned(_whole([[7, 5, 1], [9, 1, 1]]), FREE, 3.0)
    assert found.fixed[0].tolist() == [[NOBODY, 0]]
    assert list(zip(found.place.tolist(), found.action.tolist(), found.margin.tolist(), strict=True)) == [
        (0, 0, 2),
        (0, 1, 2),
    ]
    assert found.room.tolist() == [1, 1]


def test_equals_are_both_open():
    found = scanned(_whole([[4, 4, 1]]), FREE, 0.0)
    assert found.action.tolist() == [0, 1]
    assert found.fixed[0].tolist() == [[NOBODY]]


@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(-3, 6) | st.just(-np.inf), min_size=4, max_size=4), min_size=1, max_size=5),
    st.sampled_from([(0, 0, 1, 2), (0, 1, 1, 1), (0, 1, 2, 3)]),
    st.integers(1, 3),
)
def test_prices_alone_decide_what_a_pass_counts(values, groups, k):
    whole = _whole(values, groups, k)
    plan = decided(whole, FREE)[0]
    worth = sum(whole.views[0].bucket.value[j, i] for row in plan for i, j in enumerate(row.tolist()) if j != NOBODY)
    assert worth == whole.dual(FREE).bound


def test_further_pairs_go_where_there_is_room():
    plan = np.array([[3, NOBODY], [NOBODY, NOBODY]], dtype=np.int16)
    result = placed([plan], np.array([0, 0, 0]), np.array([0, 1, 1]), np.array([5, 2, 4]))
    assert result[0].tolist() == [[3, 2], [5, 4]]
    assert plan.tolist() == [[3, NOBODY], [NOBODY, NOBODY]]
