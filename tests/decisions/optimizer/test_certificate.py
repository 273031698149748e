"""The recount, and a bound that holds for any prices."""

from __future__ import annotations

import numpy as np

from persona.decisions.optimizer import Book, Rows
from persona.decisions.optimizer.certificate import certified_bound, recounted, violated
from persona.decisions.optimizer.evaluate import Evaluator, view
from persona.decisions.optimizer.scan import NOBODY

PLAN = np.array([[0, 1], [1, NOBODY]], dtype=np.int16)


def _given(bound=1.0, groups=(0, 1)):
    value = np.array([[5, 2], [3, -np.inf]], dtype=np.float32)
    cost = np.array([[1, 1], [2, 2]], dtype=np.float32)
    book = Book.of(
        value, (cost, cost), cell=np.zeros(2, int), tie=np.array([1, 2], dtype=np.uint64), bucket=np.zeros(2, int)
    )
    weights = np.zeros((1, 1, 2, 4))
    weights[0, :, :, 1] = 1
    return book, Rows(("budget",), weights, np.array([bound]), np.array(groups))


def test_refused_pairs_second_actions_of_a_group_and_broken_rows_are_seen():
    book, rows = _given()
    counted = recounted(book.treated, [PLAN], rows)
    assert (counted.use.tolist(), counted.faults) == ([1 + 2 + 2], 1)
    assert violated(rows, counted).tolist() == [True]
    assert recounted(book.treated, [PLAN], _given(groups=(0, 0))[1]).faults == 2


def test_a_plan_at_its_bound_breaks_nothing():
    book, rows = _given(bound=3.0)
    counted = recounted(book.treated, [np.array([[0, NOBODY], [1, NOBODY]], dtype=np.int16)], rows)
    assert (counted.value, counted.use.tolist(), counted.faults) == (8.0, [3.0], 0)
    assert not violated(rows, counted).any()


def test_no_prices_give_a_bound_below_the_best_plan(made, rows_of, oracle):
    book = made(11, 12, 3)
    rows = rows_of(11, book, 3, minimum=False)
    best, _ = oracle(book, rows, 1)
    whole = Evaluator([view(one, 0.0) for one in book.treated], rows, k=1)
    random = np.random.default_rng(0)
    bounds = [certified_bound(whole, random.exponential(2, 5)) for _ in range(50)]
    assert min(bounds) >= best
