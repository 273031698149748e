import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from persona.intervals import wilson


@pytest.mark.parametrize("of", [20, 100, 1_000])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_the_true_share_lies_inside_as_often_as_the_level_says(of, level):
    counts = np.arange(of + 1)
    bounds = np.array([wilson(int(count), of, level=level) for count in counts])
    true = np.linspace(0.02, 0.98, 97)
    inside = [binom.pmf(counts, of, p)[(bounds[:, 0] <= p) & (p <= bounds[:, 1])].sum() for p in true]
    assert float(np.mean(inside)) == pytest.approx(level, abs=0.02)


@given(st.integers(1, 10_000), st.data())
def test_the_counted_share_lies_inside_and_failures_mirror_successes(of, data):
    happened = data.draw(st.integers(0, of))
    low, high = wilson(happened, of)
    assert 0 <= low <= happened / of + 1e-12
    assert happened / of - 1e-12 <= high <= 1
    assert wilson(of - happened, of) == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_of_nothing_counted_nothing_is_known():
    assert wilson(0, 0) == (0.0, 1.0)
