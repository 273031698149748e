"""Sizes of rows, and the curvature of the dual."""

from __future__ import annotations

import numpy as np
import pytest

from persona.decisions.optimizer import Book, Rows
from persona.decisions.optimizer.evaluate import Evaluator, View, spans, view
from persona.decisions.optimizer.sample import sampled
from persona.decisions.optimizer.scaling import curvature, metric, row_scales


def _sample(book, rows, k):
    whole = Evaluator([view(one, 0.0) for one in book.treated], rows, k=k)
    return sampled(whole, 10**9, salt=0)


def test_the_size_of_a_row_is_the_root_mean_square_of_what_a_customer_could_use():
    value = np.array([[1, 1], [1, -np.inf]], dtype=np.float32)
    cost = np.array([[3, 0], [4, 9]], dtype=np.float32)
    book = Book.of(
        value, (cost, cost), cell=np.array([0, 0]), tie=np.array([1, 2], dtype=np.uint64), bucket=np.array([0, 0])
    )
    weights = np.zeros((2, 1, 2, 4))
    weights[0, :, :, 1] = 1
    rows = Rows(("budget", "nothing"), weights, np.ones(2), np.array([0, 0]))
    # Of the two customers the first could use 3 and 4, the second 0: twice the root of 25 / 2; a row of nothing is 1.
    np.testing.assert_allclose(row_scales(_sample(book, rows, 1), 2), [2 * np.sqrt(25 / 2), 1])


@pytest.mark.parametrize("k", [1, 2])
def test_the_curvature_is_how_smoothed_use_answers_to_prices(made, rows_of, k):
    """Against differences of the smoothed dual, where no customer is full but by his exclusive groups."""
    book = made(3, 400, 4, cells=2)
    rows = rows_of(3, book, 4)
    if k == 2:
        rows = Rows(rows.names, rows.weights, rows.bounds, np.array([0, 0, 1, 1]))
    sample, temperature = _sample(book, rows, k), 2.0
    prices, tiny = np.array([1.0, 0.5, 0.3, 0.7, 0.2]), 1e-5

    def smoothed(at):
        total = 0.0
        for bucket in book.treated:
            for i in range(bucket.customers):
                measures = np.array(
                    [
                        np.ones(4),
                        bucket.amounts[0][:, i],
                        bucket.amounts[1][:, i],
                        np.nan_to_num(bucket.value[:, i], neginf=0),
                    ]
                )
                use = np.einsum("rjq,qj->rj", rows.weights[:, bucket.cell[i]], measures)
                gains = np.exp((bucket.value[:, i] - at @ use) / temperature)
                total += sum(temperature * np.log1p(gains[a:b].sum()) for a, b in sample.slices)
        return total

    def slope(at):
        return np.array([(smoothed(at + tiny * e) - smoothed(at - tiny * e)) / (2 * tiny) for e in np.eye(5)])

    budget = 1e-3 * np.eye(5)[1]
    by_differences = (slope(prices + budget) - slope(prices - budget)) / 2e-3
    np.testing.assert_allclose(curvature(sample, prices, temperature)[1], by_differences, rtol=2e-3, atol=2e-2)


def test_a_metric_is_symmetric_and_definite_even_where_nobody_hesitates(made, rows_of):
    book = made(4, 50, 3)
    rows = rows_of(4, book, 3)
    shape = metric(_sample(book, rows, 1), np.zeros(5), 1e-9, unit=np.ones(5), value=1.0)
    np.testing.assert_array_equal(shape, shape.T)
    assert np.linalg.eigvalsh(shape).min() > 0


def test_a_sample_is_drawn_by_hash_and_has_bounds_cut_down_alike(made, rows_of):
    book = made(5, 4_000, 2)
    rows = rows_of(5, book, 2)
    whole = Evaluator([view(one, 0.1) for one in book.treated], rows, k=1)
    part = sampled(whole, 1_000, salt=1)
    assert 900 < part.customers < 1_100
    np.testing.assert_allclose(part.rows.bounds, rows.bounds * part.customers / 4_000)
    ties = set(part.views[0].bucket.tie.tolist())
    again = Evaluator(
        [View(one.bucket, one.value, spans(one.bucket.cell, 2)) for one in reversed(whole.views)], rows, k=1
    )
    assert ties == set(sampled(again, 1_000, salt=1).views[0].bucket.tie.tolist())
    assert ties != set(sampled(whole, 1_000, salt=2).views[0].bucket.tie.tolist())
    assert sampled(whole, 4_000, salt=1).customers == 4_000
