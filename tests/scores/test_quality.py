import numpy as np
import pytest

from persona.scores.quality import calibration_error, log_loss, quality, recall

CHANCE = np.array([[0.5, 0.25], [0.25, 0.5]])
HAPPENED = np.array([[True, False], [False, False]])


def test_measures_by_hand():
    assert log_loss(CHANCE, HAPPENED) == pytest.approx(-(2 * np.log(0.5) + 2 * np.log(0.75)) / 4)
    assert calibration_error(CHANCE, HAPPENED, bins=1) == pytest.approx(abs(1.5 - 1) / 4)
    assert recall(CHANCE, HAPPENED, first=1) == 1.0
    assert recall(-CHANCE, HAPPENED, first=1) == 0.0
    found = quality(CHANCE, HAPPENED, seen=HAPPENED)
    assert (found.customers, found.predicted_over_true) == (2, 1.5)
    assert np.isnan(found.recall_new)
