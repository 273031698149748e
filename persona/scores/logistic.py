"""Logistic regression by Newton's method, the same to the last bit on any number of threads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from persona.scores.affinity_state import Floats

__all__ = ["fit_logistic", "logistic", "weighed"]

_STEPS = 25
_CONVERGED = 1e-9
_HALVINGS = 20
_MOST = 700.0
"""Beyond it a power of e is no number."""


def logistic(log_odds: Floats) -> Floats:
    """The probability of log-odds.

    >>> logistic(np.array([0.0, np.log(3)])).tolist()
    [0.5, 0.75]
    """
    return np.asarray(1.0 / (1.0 + np.exp(np.minimum(-log_odds, _MOST))), dtype=np.float64)


def weighed(terms: Floats, coefficients: Sequence[float]) -> Floats:
    """The log-odds of a constant and a coefficient a column of terms, added in a fixed order: the same in any batch.

    >>> weighed(np.array([[1.0, 2.0]]), (0.5, 1.0, 2.0)).tolist()
    [5.5]
    """
    odds = np.full(len(terms), coefficients[0])
    for column, weight in enumerate(coefficients[1:]):
        odds = odds + weight * terms[:, column]
    return odds


def fit_logistic(terms: Floats, happened: Floats, *, ridge: float | Floats = 1.0, base: Floats | None = None) -> Floats:
    """The constant and the coefficient of each term, with ``ridge`` on the coefficients of the standardized terms.

    ``ridge`` is one for all or one a term; ``base`` are log-odds that are known beforehand, to which the terms add.
    Sums go through ``einsum``, which is one thread and one order; a matrix product is neither.
    """
    mean, spread = terms.mean(axis=0), terms.std(axis=0) + 1e-9
    scaled = np.column_stack([np.ones(len(terms)), (terms - mean) / spread])
    weights = np.zeros(scaled.shape[1])
    known = np.zeros(len(terms)) if base is None else base
    rate = float(happened.mean())
    weights[0] = np.log(rate / (1 - rate)) - float(known.mean())
    penalty = np.zeros(len(weights))
    penalty[1:] = ridge
    odds = known + np.einsum("ni,i->n", scaled, weights)
    loss = _loss(odds, happened, weights, penalty)
    for _ in range(_STEPS):
        chance = logistic(odds)
        slope = np.einsum("ni,n->i", scaled, happened - chance) - penalty * weights
        curve = np.einsum("ni,nj->ij", scaled * (chance * (1 - chance))[:, None], scaled) + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        # All of a Newton step, unless it overshoots and makes the fit worse.
        for halvings in range(_HALVINGS + 1):
            tried = weights + step * 2.0**-halvings
            odds = known + np.einsum("ni,i->n", scaled, tried)
            reached = _loss(odds, happened, tried, penalty)
            if reached <= loss + _CONVERGED:
                break
        step *= 2.0**-halvings
        weights, loss = tried, reached
        if np.abs(step).max() < _CONVERGED:
            break
    unscaled = weights[1:] / spread
    return np.concatenate([[weights[0] - float((unscaled * mean).sum())], unscaled])


def _loss(odds: Floats, happened: Floats, weights: Floats, penalty: Floats) -> float:
    return float((np.logaddexp(0.0, odds) - happened * odds).sum() + (penalty * weights**2).sum() / 2)
