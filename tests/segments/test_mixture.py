from itertools import pairwise

import numpy as np
import pytest

from persona.segments.mixture import Mixture, fitted, likelihood, log_joint, rows_of, started

RNG = np.random.default_rng(4)
COUNTS = np.vstack([RNG.poisson(mean, (150, 4)) for mean in ((9, 1, 1, 1), (1, 9, 1, 1), (1, 1, 6, 6))])


def test_a_row_of_four_hundred_purchases_weighs_as_much_as_a_hundred():
    assert rows_of(np.array([[300, 100], [3, 1]])).tolist() == [[75 * 16, 25 * 16], [48, 16]]


def test_the_joint_is_the_weight_times_the_multinomial_of_the_profile():
    mixture = Mixture(np.array([0.25, 0.75]), np.array([[0.5, 0.5], [0.9, 0.1]]))
    joint = log_joint(rows_of(np.array([[2, 1]])), mixture)
    expected = [np.log(0.25 * 0.5**3), np.log(0.75 * 0.9**2 * 0.1)]
    assert joint[0].tolist() == pytest.approx(expected, abs=1e-6)


def test_any_cut_of_the_customers_has_the_same_joint_to_the_last_bit():
    rows = rows_of(COUNTS)
    mixture = fitted(rows, started(rows, 3, seed=0), steps=20)
    parts = [log_joint(rows[start : start + 37], mixture) for start in range(0, len(rows), 37)]
    assert np.array_equal(np.vstack(parts), log_joint(rows, mixture))


def test_the_order_of_customers_changes_no_bit_of_a_fit():
    rows = rows_of(COUNTS)
    start = started(rows, 3, seed=0)
    one, other = (fitted(part, start, steps=30) for part in (rows, rows[RNG.permutation(len(rows))]))
    assert np.array_equal(one.profiles, other.profiles)
    assert np.array_equal(one.weights, other.weights)


def test_every_step_makes_the_rows_likelier_or_leaves_them():
    rows = rows_of(COUNTS)
    mixture = started(rows, 3, seed=1)
    told = [likelihood(rows, fitted(rows, mixture, steps=steps)) for steps in range(6)]
    # The prior pulls the profiles, so the bare likelihood may lose what rounding and prior are worth.
    assert all(after >= before - 1e-3 for before, after in pairwise(told))


def test_planted_kinds_are_found():
    rows = rows_of(COUNTS)
    kind = np.argmax(log_joint(rows, fitted(rows, started(rows, 3, seed=0), steps=50)), axis=1)
    groups = [np.bincount(kind[at : at + 150], minlength=3) for at in (0, 150, 300)]
    assert sorted(int(np.argmax(group)) for group in groups) == [0, 1, 2]
    assert min(group.max() for group in groups) > 140
