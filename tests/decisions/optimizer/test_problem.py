"""What the optimizer refuses, and the order it puts a book in."""

from __future__ import annotations

import numpy as np
import pytest

from persona.decisions.optimizer import Book, Bucket, Rows
from persona.errors import ContractError

ONE = np.ones((1, 2), dtype=np.float32)


def _bucket(value=ONE, cost=ONE, tie=(1, 2), cell=(0, 0)):
    return Bucket.of(
        value, (cost, ONE), cell=np.array(cell), tie=np.array(tie, dtype=np.uint64), row=np.arange(2)
    )  # fmt: skip


def test_customers_are_sorted_by_cell_and_hash_and_keep_their_row():
    value = np.array([[5, 7]], dtype=np.float32)
    bucket = _bucket(value=value, tie=(9, 3), cell=(1, 0))
    assert (bucket.value.tolist(), bucket.tie.tolist(), bucket.row.tolist()) == ([[7, 5]], [3, 9], [1, 0])


def test_a_book_is_cut_into_its_buckets_and_ghosts_stand_apart():
    book = Book.of(
        ONE, (ONE, ONE), cell=np.array([0, 0]), tie=np.array([1, 2], dtype=np.uint64), bucket=np.array([63, 4]),
        is_ghost=np.array([True, False]),
    )  # fmt: skip
    assert [one.row.tolist() for one in book.treated] == [[1]]
    assert [one.row.tolist() for one in book.ghosts] == [[0]]
    assert (book.customers, book.everyone) == (1, 2)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"value": ONE * np.nan}, "value is not a number in 2 pairs"),
        ({"value": ONE * np.inf}, "value is not a number in 2 pairs"),
        ({"cost": ONE * -np.inf}, "amount 1 is not a number in 2 pairs"),
        ({"tie": (4, 4)}, "the same tie hash"),
        ({"cost": ONE[:, :1]}, "the same shape"),
    ],
)
def test_numbers_that_decide_nothing_are_refused(changed, words):
    with pytest.raises(ContractError, match=words):
        _bucket(**changed)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"names": ("a", "b")}, "do not fit one another"),
        ({"groups": np.array([1, 0])}, "not sorted by their exclusive group"),
        ({"bounds": np.array([np.inf])}, "not a number"),
    ],
)
def test_rows_that_do_not_fit_are_refused(changed, words):
    good = {"names": ("a",), "weights": np.ones((1, 1, 2, 4)), "bounds": np.ones(1), "groups": np.array([0, 0])}
    with pytest.raises(ContractError, match=words):
        Rows(**{**good, **changed})


def test_a_row_counts_where_its_weights_and_bound_are_whole_and_of_units():
    weights = np.zeros((4, 1, 1, 4))
    weights[0, 0, 0, 0] = weights[1, 0, 0, 0] = 1
    weights[2, 0, 0, 0], weights[3, 0, 0, 1] = 0.5, 1
    rows = Rows(("whole", "half", "weighed", "money"), weights, np.array([3, 2.5, 1, 1]), np.array([0]))
    assert rows.counted().tolist() == [True, False, False, False]


def test_a_pair_uses_the_weighted_sum_of_its_measures():
    weights = np.array([[[[1.0, 2.0, 0.0, -1.0]]]])
    rows = Rows(("row",), weights, np.zeros(1), np.array([0]))
    measures = [np.array([one]) for one in (1.0, 3.0, 5.0, 4.0)]
    assert rows.coefficients(np.array([0]), np.array([0]), measures).tolist() == [[1 + 6 - 4]]
