"""Drift: whether what a model reads tonight looks like what it learnt from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from persona.scores.affinity_state import Floats

__all__ = ["Drift", "drift", "psi"]

_BINS = 10
_ALARM, _ACT = 0.1, 0.25
_LEVEL = 0.999
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Drift:
    """How far one number has moved from what was learnt from to what is read now."""

    psi: float
    """Population stability index over bins equally full when learnt; 6 digits."""
    is_alarm: bool
    """More than .1, and more than chance brings in samples of these sizes."""
    is_severe: bool
    """The same above .25: the model is not to be used."""


def drift(learnt: Floats, now: Floats) -> Drift:
    """The drift of one term; no alarm where either side is empty or the term is one value.

    Source: the index is asymptotically (1/n + 1/m) chi-square with B - 1 degrees of freedom, Yurdakul and Naranjo
    (2020), Statistical properties of the population stability index; bare thresholds of .1 and .25 alarm by chance
    below a thousand customers.
    """
    edges = np.unique(np.quantile(learnt, np.linspace(0, 1, _BINS + 1)[1:-1])) if len(learnt) else np.zeros(0)
    if not len(edges) or not len(now):
        return Drift(0.0, is_alarm=False, is_severe=False)
    bins = len(edges) + 1
    before, after = (np.bincount(np.searchsorted(edges, side), minlength=bins) for side in (learnt, now))
    index = psi(before.astype(np.float64), after.astype(np.float64))
    by_chance = float(chi2.ppf(_LEVEL, bins - 1)) * (1 / len(learnt) + 1 / len(now))
    is_real = index > by_chance
    return Drift(round(index, _DIGITS), is_alarm=is_real and index > _ALARM, is_severe=is_real and index > _ACT)


def psi(before: Floats, after: Floats) -> float:
    """The population stability index of two sets of counts over the same bins, each bin with half a count more.

    >>> round(psi(np.array([50.0, 50.0]), np.array([50.0, 50.0])), 6)
    0.0
    """
    p, q = ((side + 0.5) / (side.sum() + 0.5 * len(side)) for side in (before, after))
    return float(((q - p) * np.log(q / p)).sum())
