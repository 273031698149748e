"""The usual selection, against taking all pairs of the book one after the other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.decisions.optimizer import Book, Rows, greedy


def _one_after_the_other(book, rows, k):
    """Value of the selection by value, with plain loops."""
    ceilings = [r for r in range(len(rows.bounds)) if np.all(rows.weights[r] >= 0) and rows.bounds[r] >= 0]
    pairs = sorted(
        (-float(bucket.value[j, i]), b, i, j)
        for b, bucket in enumerate(book.treated)
        for i in range(bucket.customers)
        for j in range(rows.actions)
        if bucket.value[j, i] > 0
    )
    used, held, closed, total = np.zeros(len(rows.bounds)), {}, set(), 0.0
    for minus, b, i, j in pairs:
        bucket, mine = book.treated[b], held.setdefault((b, i), [])
        numbers = np.array([1, bucket.amounts[0][j, i], bucket.amounts[1][j, i], bucket.value[j, i]], dtype=np.float64)
        weights = rows.weights[:, bucket.cell[i], j]
        if len(mine) == k or rows.groups[j] in mine or any(weights[r].any() for r in closed):
            continue
        over = [r for r in ceilings if used[r] + weights[r] @ numbers > rows.bounds[r] + 1e-9]
        closed |= set(over)
        if not over:
            used += weights @ numbers
            mine.append(rows.groups[j])
            total -= minus
    return total


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 3))
def test_pairs_are_taken_by_falling_value_until_a_limit_is_used_up(made, rows_of, seed, k):
    book = made(seed, 25, 4)
    rows = rows_of(seed, book, 4)
    assert greedy(book, rows, k=k).value == pytest.approx(_one_after_the_other(book, rows, k))


def test_value_per_use_prefers_two_cheap_to_one_dear():
    value = np.array([[10, 8, 8]], dtype=np.float32)
    cost = np.array([[4, 2, 2]], dtype=np.float32)
    book = Book.of(
        value, (cost, cost), cell=np.zeros(3, int), tie=np.arange(3, dtype=np.uint64), bucket=np.zeros(3, int)
    )
    weights = np.zeros((2, 1, 1, 4))
    weights[0, 0, 0, 1], weights[1, 0, 0, 0] = 1, -1
    rows = Rows(("budget", "least"), weights, np.array([4.0, -2.0]), np.array([0]))
    assert (greedy(book, rows).value, greedy(book, rows).broken) == (10.0, ("least",))
    assert (greedy(book, rows, by="use").value, greedy(book, rows, by="use").broken) == (16.0, ())
