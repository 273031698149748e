import numpy as np
import pytest

from persona.scores.drift import Drift, drift, psi

RNG = np.random.default_rng(11)


def test_the_index_of_hand_counted_bins():
    # Half a count more in each bin: p = (10.5, 30.5) / 41, q = (30.5, 10.5) / 41.
    p, q = 10.5 / 41, 30.5 / 41
    expected = 2 * (q - p) * np.log(q / p)
    assert psi(np.array([10.0, 30.0]), np.array([30.0, 10.0])) == pytest.approx(expected)


def test_small_samples_of_one_distribution_pass_the_bare_threshold_but_raise_no_alarm():
    found = [drift(RNG.normal(size=80), RNG.normal(size=80)) for _ in range(200)]
    assert max(one.psi for one in found) > 0.25
    assert not any(one.is_alarm for one in found)


def test_a_shift_of_a_whole_deviation_is_severe():
    found = drift(RNG.normal(size=2_000), RNG.normal(1, 1, size=2_000))
    assert (found.is_alarm, found.is_severe) == (True, True)


@pytest.mark.parametrize(("learnt", "now"), [(np.zeros(0), np.ones(5)), (np.ones(5), np.zeros(0))])
def test_an_empty_side_is_no_drift(learnt, now):
    assert drift(learnt, now) == Drift(0.0, is_alarm=False, is_severe=False)
