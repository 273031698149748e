"""The descent on functions whose least is known."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from persona.decisions.optimizer.bundle import Manner, descended


def _highest(slopes, offsets):
    def oracle(x):
        heights = offsets + slopes @ x
        best = int(heights.argmax())
        return float(heights[best]), slopes[best]

    return oracle


def test_the_least_of_an_absolute_value_is_found():
    oracle = _highest(np.array([[1.0], [-1.0]]), np.array([-3.0, 3.0]))
    found = descended(oracle, np.zeros(1), metric=np.eye(1), manner=Manner(steps=50, tolerance=1e-9))
    assert abs(found.point[0] - 3) < 1e-6
    assert abs(found.value) < 1e-6


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000))
def test_the_least_of_random_planes_is_that_of_the_linear_program(seed):
    random = np.random.default_rng(seed)
    slopes, offsets = random.normal(size=(40, 4)), random.normal(size=40)
    slopes = np.vstack([slopes, np.eye(4)])
    offsets = np.append(offsets, np.zeros(4))
    exact = linprog(
        [0, 0, 0, 0, 1], A_ub=np.c_[slopes, -np.ones(44)], b_ub=-offsets, bounds=[(0, None)] * 4 + [(None, None)]
    )
    manner = Manner(steps=300, tolerance=1e-9, nearness=1.0, cuts=12)
    found = descended(_highest(slopes, offsets), np.ones(4), metric=np.eye(4), manner=manner)
    assert found.value >= exact.fun - 1e-9
    assert found.value <= exact.fun + 1e-4
