"""How good probabilities were, against what happened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from persona.scores.affinity_state import Flags, Floats

__all__ = ["Quality", "calibration_error", "log_loss", "quality", "recall"]

_FIRST = 5
_BINS = 20
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Quality:
    """Measured on customers active before and on what they bought after; 6 digits."""

    customers: int
    log_loss: float
    calibration_error: float
    predicted_over_true: float
    recall: float
    """Share of what was bought, or of five, among the first five."""
    recall_new: float
    """The same of categories never bought before."""


def quality(chance: Floats, happened: Flags, seen: Flags) -> Quality:
    """The measures of one set of probabilities; shapes customers x leaves. NaN where nothing happened."""
    numbers = (
        log_loss(chance, happened),
        calibration_error(chance, happened),
        float(chance.sum() / happened.sum()) if happened.any() else float("nan"),
        recall(chance, happened),
        recall(np.where(seen, -1.0, chance), happened & ~seen),
    )
    return Quality(len(chance), *(round(number, _DIGITS) for number in numbers))


def log_loss(chance: Floats, happened: Flags) -> float:
    """The mean of -ln of the probability given to what happened."""
    bounded = np.clip(chance, 1e-6, 1 - 1e-6)
    return float(-np.mean(np.where(happened, np.log(bounded), np.log1p(-bounded))))


def calibration_error(chance: Floats, happened: Flags, *, bins: int = _BINS) -> float:
    """The mean distance of probability and frequency over equally full bins.

    Source: Naeini, Cooper and Hauskrecht (2015), Obtaining Well Calibrated Probabilities Using Bayesian Binning.
    """
    flat, was = chance.ravel(), happened.ravel()
    edges = np.quantile(flat, np.linspace(0, 1, bins + 1))
    place = np.clip(np.searchsorted(edges, flat, side="right") - 1, 0, bins - 1)
    gap = np.bincount(place, flat, minlength=bins) - np.bincount(place, was, minlength=bins)
    return float(np.abs(gap).sum() / len(flat))


def recall(score: Floats, happened: Flags, *, first: int = _FIRST) -> float:
    """How much of what happened is among the first, for customers to whom something happened; NaN without any."""
    best = np.argsort(-score, axis=1, kind="stable")[:, :first]
    hits = np.take_along_axis(happened, best, axis=1).sum(axis=1)
    total = happened.sum(axis=1)
    some = total > 0
    return float((hits[some] / np.minimum(total[some], first)).mean()) if some.any() else float("nan")
