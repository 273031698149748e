import numpy as np

from persona.scores.logistic import fit_logistic, logistic


def test_planted_coefficients_are_found():
    rng = np.random.default_rng(1)
    terms = rng.normal(3, 2, (40_000, 2))
    happened = (rng.random(40_000) < logistic(-1 + 0.8 * terms[:, 0] - 0.5 * terms[:, 1])).astype(float)
    assert np.abs(fit_logistic(terms, happened) - [-1, 0.8, -0.5]).max() < 0.06


def test_a_term_that_never_moves_has_no_weight_and_breaks_nothing():
    happened = np.array([0.0, 1, 0, 1])
    assert np.allclose(fit_logistic(np.ones((4, 1)), happened)[1], 0)


def test_shuffled_labels_teach_nothing():
    rng = np.random.default_rng(2)
    terms = rng.normal(0, 1, (20_000, 3))
    assert np.abs(fit_logistic(terms, rng.permutation(np.arange(20_000) % 2).astype(float))).max() < 0.05
