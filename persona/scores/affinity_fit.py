"""Fitting affinity: what a book's closed months say of each term, and of the level of each category."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from persona.scores.affinity_features import TERMS
from persona.scores.affinity_gates import Look
from persona.scores.affinity_state import Flags, Floats
from persona.scores.logistic import fit_logistic, logistic, weighed
from persona.scores.quality import log_loss
from persona.scores.search import rounded

__all__ = ["COLD_START", "Coefficients", "by_term", "fitted", "foretold", "leaf_levels", "log_odds"]

_LEAST_POSITIVES = 200
_SHIFTS = 12
_MOST_SHIFT = 0.15
"""A month further off than this (log-odds) is more often a busy or a quiet one than a new level."""
_LEAST_GAIN = 0.01
"""Of the log-loss. Levels of their own gain 5 % on a bank's bookings, where rents and phones come each month, and lose
up to .3 % where a shop's categories come and go with the season."""
_SPREAD = 0.1
"""What the variance of the levels is first taken for."""
_STEPS, _LONGEST_STEP = 20, 1.0
_CONVERGED = 1e-6
_ROUNDS, _SETTLED = 15, 0.01
_LEAST_SPREAD = 1e-4

Coefficients = tuple[tuple[float, ...], tuple[float, ...]]
"""Where the customer has bought in the category before, and where he never has."""

COLD_START: Coefficients = ((-2.50, 1.65, 0.11, 0.89, -0.61, 1.17, 0.0), (-2.08, 0.0, 0.35, 1.15, -0.60, 2.94, 0.0))
"""Coefficients where the bank's own history cannot give them: bought before, never bought. Source: fits on other banks'
and shops' purchases; not to be trusted for the level of a probability, only for ranks, until a fit replaces them."""


def fitted(looks: list[Look], at: Floats) -> tuple[Coefficients, str]:
    """Both sets of coefficients for a book of the levels ``at``.

    The first look is the newest, and what happened in it moves the constant, by _MOST_SHIFT at most. The terms of each
    look are told against the book's levels of its day, so that only what sets customers apart is learnt from.
    """
    sets: list[tuple[float, ...]] = []
    missing = []
    for number, is_seen in enumerate((True, False)):
        used = len(TERMS) - 1 if is_seen else len(TERMS)
        sides = [(one, one.seen == is_seen) for one in looks]
        parts = [((one.terms[side] - one.levels)[:, :used], one.happened[side]) for one, side in sides]
        terms, happened = np.concatenate([made for made, _ in parts]), np.concatenate([label for _, label in parts])
        if min(happened.sum(), len(happened) - happened.sum()) < _LEAST_POSITIVES:
            missing.append("bought before" if is_seen else "never bought")
            sets.append(COLD_START[number])
        else:
            weights = fit_logistic(terms, happened.astype(np.float64))
            weights[0] += float(np.clip(_shift(*parts[0], weights), -_MOST_SHIFT, _MOST_SHIFT))
            weights[0] -= float((weights[1:] * at[:used]).sum())
            sets.append((*(float(f"{b:.12g}") for b in weights), *[0.0] * (len(TERMS) - used)))
    why = f"too few purchases to learn from ({', '.join(missing)})" if missing else ""
    return (sets[0], sets[1]), why


def _shift(terms: Floats, happened: Flags, weights: Floats) -> float:
    """What is added to the log-odds so that as much is foretold as has happened; 0 where too little has."""
    if min(happened.sum(), len(happened) - happened.sum()) < _LEAST_POSITIVES:
        return 0.0
    odds, shift = weighed(terms, weights.tolist()), 0.0
    for _ in range(_SHIFTS):
        chance = logistic(odds + shift)
        shift += float((happened.sum() - chance.sum()) / (chance * (1 - chance)).sum())
    return shift


def leaf_levels(looks: Sequence[Look], coefficients: Coefficients, at: Floats) -> tuple[float, ...]:
    """How far each leaf lies above what the coefficients say where it was bought before (log-odds, 12 digits).

    Shrunken towards 0 by a normal prior whose variance the leaves themselves tell: EM on the modes (Laplace).
    """
    odds = np.concatenate([_odds_of(one, coefficients, at)[one.seen] for one in looks])
    leaf = np.concatenate([one.seen.nonzero()[1] for one in looks])
    happened = np.concatenate([one.happened[one.seen] for one in looks])
    levels, variance = np.zeros(looks[0].seen.shape[1]), _SPREAD
    for _ in range(_ROUNDS):
        for _ in range(_STEPS):
            chance = logistic(odds + levels[leaf])
            curve = np.bincount(leaf, chance * (1 - chance), minlength=len(levels)) + 1 / variance
            slope = np.bincount(leaf, happened - chance, minlength=len(levels)) - levels / variance
            step = np.clip(slope / curve, -_LONGEST_STEP, _LONGEST_STEP)
            levels = levels + step
            if np.abs(step).max(initial=0) < _CONVERGED:
                break
        before, variance = variance, max(float((levels**2 + 1 / curve).mean()), _LEAST_SPREAD)
        if abs(variance - before) < _SETTLED * before:
            break
    return rounded(levels)


def foretold(newest: Look, before: Look) -> tuple[Floats, bool]:
    """The chances of the newest month by a fit on the one before, and whether levels of each leaf make them better."""
    earlier, _ = fitted([before], newest.levels)
    bare = logistic(_odds_of(newest, earlier, newest.levels))
    levels = leaf_levels([before], earlier, newest.levels)
    levelled = logistic(_odds_of(newest, earlier, newest.levels, levels))
    is_better = log_loss(levelled, newest.happened) < (1 - _LEAST_GAIN) * log_loss(bare, newest.happened)
    return (levelled if is_better else bare), is_better


def _odds_of(look: Look, coefficients: Coefficients, at: Floats, levels: Sequence[float] = ()) -> Floats:
    """The log-odds of a look's customers, told for a book of the levels ``at``."""
    return log_odds(by_term(look.terms - look.levels + at), look.seen, coefficients, levels)


def log_odds(terms: Iterable[Floats], seen: Flags, coefficients: Coefficients, levels: Sequence[float] = ()) -> Floats:
    """Term by term in a fixed order, so that a customer's odds are the same in any batch; ``levels`` are of leaves."""
    (bought, *of_bought), (never, *of_never) = coefficients
    odds: Floats = np.where(seen, bought + np.asarray(levels) if len(levels) else bought, never)
    for term, one, other in zip(terms, of_bought, of_never, strict=True):
        odds = odds + np.where(seen, one, other) * term
    return odds


def by_term(terms: Floats) -> Floats:
    """Terms of customers x leaves x TERMS, term by term: a view."""
    return np.moveaxis(terms, -1, 0)
