import numpy as np
import pytest

from persona.scores.search import least


def test_the_bottom_of_a_bowl_is_found():
    found = least(lambda x: (float(((x - [1.0, -2.0]) ** 2).sum()), 2 * (x - [1.0, -2.0])), [0.0, 0.0])
    assert found.tolist() == pytest.approx([1, -2], abs=1e-6)


def test_a_slope_without_end_is_followed_to_the_bound_only():
    assert least(lambda x: (float(x[0]), np.array([1.0])), [0.0], bounds=(-3.0, 3.0)).tolist() == [-3.0]
