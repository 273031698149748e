"""The core in fractions and in whole decisions, and the moves of the last resort."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.decisions.optimizer.core import Core, local_rows, settled
from persona.decisions.optimizer.repair import broken, repaired
from persona.decisions.optimizer.rounding import Exactness, rounded
from persona.decisions.optimizer.scan import Undecided

ONE = np.ones(1)


def _core(value, use, left, *, customer=None, group=None, room=None):
    n = len(value)
    customer = np.arange(n) if customer is None else np.array(customer)
    room = np.ones(n, dtype=np.int64) if room is None else np.array(room)
    zeros = np.zeros(n, dtype=np.int64)
    pairs = Undecided(zeros, customer, zeros, np.zeros(n), room, ())
    group = zeros if group is None else np.array(group)
    return Core(pairs, customer, group, np.array(value, float), np.array(use, float), np.array(left, float), 100.0)


def test_a_core_in_fractions_splits_one_customer_and_prices_the_row():
    found = settled(_core([6, 4, 1], [[2, 2, 2]], [3]), unit=1.0, scales=ONE)
    np.testing.assert_allclose(found.shares, [1, 0.5, 0], atol=1e-4)
    assert found.value == pytest.approx(100 + 6 + 2)
    assert found.prices == pytest.approx([2.0])


def test_a_core_that_cannot_keep_its_rows_is_none():
    assert settled(_core([6], [[-1]], [-2]), unit=1.0, scales=ONE) is None
    assert settled(_core([], np.zeros((1, 0)), [-1]), unit=1.0, scales=ONE) is None
    assert settled(_core([], np.zeros((1, 0)), [1]), unit=1.0, scales=ONE).value == 100


def test_local_rows_that_cannot_bind_are_left_out():
    matrix, most = local_rows(np.array([0, 0, 1, 2, 2]), np.array([0, 1, 0, 3, 3]), np.array([1, 1, 1, 2, 2]))
    assert matrix.toarray().tolist() == [[1, 1, 0, 0, 0], [0, 0, 0, 1, 1]]
    assert most.tolist() == [1, 1]


def test_whole_decisions_fill_the_row_better_than_rounding_down():
    one = _core([6, 5, 5], [[3, 2, 2]], [4])
    found = rounded(
        one, settled(one, unit=1.0, scales=ONE), unit=1.0, scales=ONE, counted=np.array([True]),
        exactness=Exactness(0.0, customers=3),
    )  # fmt: skip
    assert found.chosen.tolist() == [False, True, True]
    assert found.bound == pytest.approx(110)


def test_repair_drops_what_is_worth_least_for_what_it_mends():
    one = _core([6, 5, 1], [[3, 1, 2]], [4])
    chosen = repaired(one, np.array([True, True, True]), scales=ONE, counted=np.array([True]))
    assert chosen.tolist() == [True, True, False]


def test_repair_takes_what_a_minimum_asks_for():
    one = _core([6, -5, -9], [[0, -1, -1]], [-1], customer=[0, 0, 1])
    chosen = repaired(one, np.array([True, False, False]), scales=ONE, counted=np.array([True]))
    assert chosen.tolist() == [True, False, True]


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000))
def test_a_repaired_core_keeps_its_rows_and_its_customers_limits(seed):
    random = np.random.default_rng(seed)
    n = int(random.integers(1, 15))
    customer = np.sort(random.integers(0, 5, n))
    customer = np.unique(customer, return_inverse=True)[1]
    room = random.integers(0, 3, customer.max() + 1)[customer]
    one = _core(
        random.normal(3, 3, n), random.exponential(1, (2, n)), random.exponential(2, 2), customer=customer,
        group=random.integers(0, 2, n), room=room,
    )  # fmt: skip
    chosen = repaired(one, random.random(n) < 0.7, scales=np.ones(2), counted=np.zeros(2, dtype=bool))
    assert not broken(one, chosen, np.zeros(2, dtype=bool)).any()
    assert np.all(np.bincount(customer[chosen], minlength=customer.max() + 1)[customer] <= room)
    keys = list(zip(customer[chosen].tolist(), one.group[chosen].tolist(), strict=True))
    assert len(keys) == len(set(keys))


def test_repair_ends_with_silence_or_says_that_it_found_nothing():
    assert repaired(_core([5], [[1]], [0]), np.array([True]), scales=ONE, counted=np.array([True])).tolist() == [False]
    assert repaired(_core([5], [[-1]], [-2]), np.array([False]), scales=ONE, counted=np.array([True])) is None
