"""A pass over the book."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.decisions.optimizer import Book, Rows
from persona.decisions.optimizer.evaluate import Evaluator, chosen, spans, view

MINUS = -np.inf


def _best_by_hand(gains, groups, k):
    """The best sum of at most k pairs of different groups, by trying all."""
    actions = range(len(gains))
    sets = [one for size in range(k + 1) for one in combinations(actions, size)]
    allowed = [one for one in sets if len({groups[j] for j in one}) == len(one)]
    return max(sum(gains[j] for j in one) for one in allowed)


def test_with_one_choice_the_best_positive_pair_is_taken():
    gains = np.array([[3, -1, 1], [2, -2, 4]], dtype=np.float32)
    total, action, place = chosen(gains, ((0, 2),), 1)
    assert (total, sorted(zip(place.tolist(), action.tolist(), strict=True))) == (7.0, [(0, 0), (2, 1)])


def test_equals_to_the_last_bit_are_taken_once():
    gains = np.array([[3, 3], [3, 1], [3, 3]], dtype=np.float32)
    assert chosen(gains, ((0, 3),), 1)[0] == 6.0
    total, action, place = chosen(gains, ((0, 1), (1, 2), (2, 3)), 2)
    assert (total, sorted(zip(place.tolist(), action.tolist(), strict=True))) == (
        12.0,
        [(0, 0), (0, 1), (1, 0), (1, 2)],
    )


@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(-3, 6) | st.just(MINUS), min_size=4, max_size=4), min_size=1, max_size=6),
    st.sampled_from([(0, 0, 1, 2), (0, 1, 1, 1), (0, 1, 2, 3)]),
    st.integers(1, 3),
)
def test_the_choice_of_a_customer_is_the_best_of_all_allowed(table, groups, k):
    gains = np.array(table, dtype=np.float32).T
    rows = Rows((), np.zeros((0, 1, 4, 4)), np.zeros(0), np.array(groups))
    total, action, place = chosen(gains, rows.slices, k)
    assert total == sum(_best_by_hand(column, groups, k) for column in gains.T.tolist())
    assert total == gains[action, place].sum()
    pairs = {(at, groups[j]) for at, j in zip(place.tolist(), action.tolist(), strict=True)}
    assert len(pairs) == len(action)
    assert np.bincount(place, minlength=1).max() <= k


@pytest.mark.parametrize("workers", [1, 3])
def test_the_dual_is_prices_times_bounds_and_the_best_reduced_values(workers):
    value = np.array([[10, 4], [6, MINUS]], dtype=np.float32)
    cost = np.array([[2, 1], [0, 0]], dtype=np.float32)
    book = Book.of(
        value, (cost, np.zeros_like(cost)), cell=np.array([0, 1]), tie=np.array([1, 2], dtype=np.uint64),
        bucket=np.array([0, 1]),
    )  # fmt: skip
    weights = np.zeros((2, 2, 2, 4))
    weights[0, :, :, 1] = 1  # budget
    weights[1, 1, :, 0] = 1  # contacts of cell 1
    rows = Rows(("budget", "contacts"), weights, np.array([3.0, 0.0]), np.array([0, 0]))
    dual = Evaluator([view(one, 0.0) for one in book.treated], rows, k=1, workers=workers).dual(np.array([2.5, 1.0]))
    # The first would have 10 - 2.5 x 2 = 5 or 6; the second 4 - 2.5 - 1 = 0.5.
    assert dual.bound == 2.5 * 3 + 6 + 0.5
    assert dual.slack.tolist() == [3 - 1, 0 - 1]
    assert dual.totals.sum(axis=(1, 2)).tolist() == [2, 1, 0, 10]


def test_a_slope_is_a_subgradient(made, rows_of):
    book = made(1, 300, 5, cells=3)
    rows = rows_of(1, book, 5, cells=3)
    one = Evaluator([view(bucket, 0.0) for bucket in book.treated], rows, k=2)
    random = np.random.default_rng(0)
    for _ in range(20):
        a, b = random.exponential(3, (2, 5))
        here, there = one.dual(a), one.dual(b)
        assert there.bound >= here.bound + here.slack @ (b - a) - 1e-3


def test_a_book_in_one_bucket_adds_up_to_the_same_as_in_many(made, rows_of):
    """One large bucket is read cell by cell, many small ones with all their cells at once."""
    book = made(6, 3_000, 4, cells=3)
    rows, prices = rows_of(6, book, 4, cells=3), np.array([1.0, 2.0, 0.5, 0.3, 0.2])
    *amounts, value = (np.concatenate(one, axis=1) for one in zip(*(b.measured for b in book.treated), strict=True))
    cell, tie = (np.concatenate([getattr(one, name) for one in book.treated]) for name in ("cell", "tie"))
    whole = Book.of(value, amounts, cell=cell, tie=tie, bucket=np.zeros(3_000, dtype=int))
    one, many = (Evaluator([view(b, 0.1) for b in some.treated], rows, k=2).dual(prices) for some in (whole, book))
    assert [span.cell for span in view(whole.treated[0], 0.1).spans] == [0, 1, 2]
    assert one.bound == pytest.approx(many.bound, rel=1e-6)
    np.testing.assert_allclose(one.totals, many.totals, rtol=1e-9)


def test_a_nudge_is_small_and_depends_on_the_hash_alone(made):
    book = made(2, 200, 3, refused=0.5)
    for bucket in book.treated:
        moved = view(bucket, 0.5).value
        finite = np.isfinite(bucket.value)
        assert np.array_equal(finite, np.isfinite(moved))
        assert np.abs(moved[finite] - bucket.value[finite]).max(initial=0) <= 0.5 + 1e-4
        if bucket.customers > 1:
            last = np.array([bucket.customers - 1])
            assert np.array_equal(view(bucket.taken(last), 0.5).value, moved[:, last])


def test_spans_cover_a_bucket_once_and_keep_large_cells_apart():
    cell = np.repeat([0, 1, 2], [900, 300, 5])
    pieces = spans(cell, 300)
    assert [(one.start, one.end) for one in pieces] == [(0, 512), (512, 900), (900, 1200), (1200, 1205)]
    assert [one.cell for one in pieces] == [0, 0, 1, 2]
    assert [one.cell for one in spans(np.arange(6), 300)] == [None]
