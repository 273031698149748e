"""The step of the bundle method against the conditions that only the optimum meets."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.decisions.optimizer.quadratic import step


def _height(slopes, offsets, centre, metric, x):
    return (offsets + slopes @ x).max() + (x - centre) @ metric @ (x - centre) / 2


def test_one_cut_moves_against_its_slope_as_far_as_the_metric_lets_it():
    found = step(np.array([[1.0, -2.0]]), np.array([5.0]), np.array([3.0, 1.0]), np.eye(2), np.full(2, np.inf))
    np.testing.assert_allclose(found.point, [2, 3], atol=1e-7)
    assert abs(found.model - (5 + 2 - 6)) < 1e-6


def test_a_floor_at_nothing_and_a_ceiling_hold():
    found = step(np.array([[9.0, -9.0]]), np.array([0.0]), np.array([3.0, 1.0]), np.eye(2), np.array([4.0, 4.0]))
    np.testing.assert_allclose(found.point, [0, 4], atol=1e-7)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(1, 6), st.booleans())
def test_no_nearby_point_is_lower(seed, cuts, rows, has_ceiling):
    random = np.random.default_rng(seed)
    slopes, offsets, centre = random.normal(size=(cuts, rows)), random.normal(size=cuts), random.exponential(1, rows)
    root = random.normal(size=(rows, rows))
    metric = root @ root.T + 0.1 * np.eye(rows)
    ceiling = np.full(rows, 2.0) if has_ceiling else np.full(rows, np.inf)
    found = step(slopes, offsets, np.minimum(centre, ceiling), metric, ceiling)
    centre = np.minimum(centre, ceiling)
    lowest = _height(slopes, offsets, centre, metric, found.point)
    assert np.all(found.point >= 0)
    assert np.all(found.point <= ceiling)
    assert abs(found.weights.sum() - 1) < 1e-6
    for size in (1e-3, 1e-1, 1):
        there = np.clip(found.point + size * random.normal(size=rows), 0, np.minimum(ceiling, 1e9))
        assert _height(slopes, offsets, centre, metric, there) >= lowest - 1e-6
