"""Fitting affinity: what a book's closed months say of each term, of each category's level, and of who is silent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from persona.scores.affinity_features import TERMS
from persona.scores.affinity_gates import Look, shares_of
from persona.scores.affinity_state import Flags, Floats, Ints
from persona.scores.logistic import fit_logistic, logistic, weighed
from persona.scores.quality import log_loss
from persona.scores.search import rounded

__all__ = [
    "COLD_START",
    "Fit",
    "by_term",
    "closed_month",
    "fallback",
    "fitted",
    "foretold",
    "levelled",
    "log_odds",
    "of_silence",
    "silence",
]

_LEAST_POSITIVES = 200
_LEAST_TO_WEIGH = 5
"""Purchases, or their absences, below which the constant alone is moved."""
_PULL = 20.0
"""Ridge towards a cold start where fewer than 200 purchases are there to learn from."""
_SHIFTS = 25
_MOST_SHIFT = 0.15
"""A month further off than this (log-odds) is more often a busy or a quiet one than a new level."""
_LEAST_GAIN = 0.01
"""Of the log-loss. Levels of their own gain 5 % on a bank's bookings, where rents and phones come each month, and lose
up to .3 % where a shop's categories come and go with the season."""
_SPREAD, _LEAST_SPREAD = 0.1, 1e-4
"""What the variance of the levels is first taken for, and never less than."""
_STEPS, _LONGEST_STEP = 20, 1.0
_CONVERGED = 1e-6
_ROUNDS, _SETTLED = 15, 0.01
_SILENT_DAYS = 180
_SILENCE_RIDGE = 5.0

Coefficients = tuple[tuple[float, ...], tuple[float, ...]]
"""Where the customer has bought in the category before, and where he never has."""

COLD_START: Coefficients = ((-2.50, 1.65, 0.11, 0.89, -0.61, 1.17, 0.0), (-2.08, 0.0, 0.35, 1.15, -0.60, 2.94, 0.0))
"""Coefficients where the bank's own history cannot give them: bought before, never bought. Source: fits on other banks'
and shops' purchases; not to be trusted for the level of a probability until a fit replaces them."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What tells the log-odds of a customer and leaf from its terms; plain numbers, 12 digits."""

    coefficients: Coefficients = COLD_START
    leaf_levels: tuple[tuple[float, ...], ...] = ((), ())
    """What each leaf lies above the formula where bought before, and where never; none where it has no level."""
    silence: tuple[float, ...] = (0.0, 0.0, 0.0)
    """What is added for who bought nothing in 180 days, a constant and a slope with ln(days / 180); and for who never
    bought anything."""


def fitted(looks: Sequence[Look], at: Floats) -> tuple[Fit, str]:
    """Both sets of coefficients for a book of the levels ``at``, and what there was too little of.

    The first look is the newest, and what happened in it moves the constant, by _MOST_SHIFT at most. The terms of each
    look are told against the book's levels of its day, so that only what sets customers apart is learnt from. Where
    fewer than 200 are there of bought or of not bought, a cold start is moved as far as they tell.
    """
    sets, few = [], []
    for cold, is_seen, name in zip(COLD_START, (True, False), ("bought before", "never bought"), strict=True):
        used = len(TERMS) - 1 if is_seen else len(TERMS)
        sides = [(one, one.seen == is_seen) for one in looks]
        raw = np.concatenate([one.terms[side][:, :used] for one, side in sides])
        terms = np.concatenate([(one.terms[side] - one.levels)[:, :used] for one, side in sides])
        happened = np.concatenate([one.happened[side] for one, side in sides])
        newest = int(sides[0][1].sum())
        if _rarer(happened) >= _LEAST_POSITIVES:
            weights = fit_logistic(terms, happened.astype(np.float64))
            if _rarer(happened[:newest]) >= _LEAST_POSITIVES:
                shift = _shift(weighed(terms[:newest], weights.tolist()), float(happened[:newest].sum()))
                weights[0] += float(np.clip(shift, -_MOST_SHIFT, _MOST_SHIFT))
        else:
            few.append(name)
            weights = _moved(terms, happened, weighed(raw, cold[: used + 1]))
        weights[0] -= float((weights[1:] * at[:used]).sum())
        if few[-1:] == [name]:
            weights = weights + np.asarray(cold[: used + 1])
        sets.append((*rounded(weights), *[0.0] * (len(TERMS) - used)))
    why = f"fewer than {_LEAST_POSITIVES} purchases to learn from ({', '.join(few)})" if few else ""
    return Fit((sets[0], sets[1])), why


def _rarer(happened: Flags) -> int:
    return int(min(happened.sum(), len(happened) - happened.sum()))


def _moved(terms: Floats, happened: Flags, cold: Floats) -> Floats:
    """What is added to a cold start's constant and coefficients by the little that is known."""
    if _rarer(happened) >= _LEAST_TO_WEIGH:
        return fit_logistic(terms, happened.astype(np.float64), ridge=_PULL, base=cold)
    weights = np.zeros(terms.shape[1] + 1)
    if len(happened):
        # Half an occurrence and half an absence more, so that no level is endless.
        weights[0] = _shift(cold, len(happened) * float(happened.sum() + 0.5) / (len(happened) + 1))
    return weights


def _shift(odds: Floats, total: float) -> float:
    """What is added to log-odds so that as much is foretold as ``total``."""
    shift = 0.0
    for _ in range(_SHIFTS):
        chance = logistic(odds + shift)
        step = (total - float(chance.sum())) / max(float((chance * (1 - chance)).sum()), 1e-12)
        shift += float(np.clip(step, -_LONGEST_STEP, _LONGEST_STEP))
    return shift


def levelled(fit: Fit, looks: Sequence[Look], at: Floats, *, sides: Sequence[bool] = (True,)) -> Fit:
    """The fit with a level for each leaf where it was bought before, where never, or in both.

    Levels are shrunken towards 0 by a normal prior whose variance the leaves themselves tell: EM on the modes.
    """
    made = [_levels(fit, looks, at, is_seen=is_seen) if is_seen in sides else () for is_seen in (True, False)]
    return Fit(fit.coefficients, tuple(made), fit.silence)


def _levels(fit: Fit, looks: Sequence[Look], at: Floats, *, is_seen: bool) -> tuple[float, ...]:
    cells = [one.seen == is_seen for one in looks]
    odds = np.concatenate([_odds_of(one, fit, at)[here] for one, here in zip(looks, cells, strict=True)])
    leaf = np.concatenate([here.nonzero()[1] for here in cells])
    happened = np.concatenate([one.happened[here] for one, here in zip(looks, cells, strict=True)])
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


def closed_month(look: Look, now: Look, at: Floats) -> Fit:
    """A cold start at the levels of the only closed window, told to foretell as much a customer tonight as came in it.

    Coefficients learnt from one window of a young book were worse: its terms are nearly one, and tonight's history is
    twice as long. Decayed counts of a history that has only begun grow with it, and with them what they foretell.
    """
    fit = levelled(Fit(), [look], at, sides=(True, False))
    total = float(look.happened.sum()) * len(now.seen) / max(len(look.seen), 1)
    shift = _shift(_odds_of(now, fit, at).ravel(), total) if total else 0.0
    bought, never = (rounded((one[0] + shift, *one[1:])) for one in fit.coefficients)
    return Fit((bought, never), fit.leaf_levels, fit.silence)


def foretold(newest: Look, before: Look) -> tuple[Floats, bool]:
    """The chances of the newest month by a fit on the one before, and whether levels of each leaf make them better."""
    earlier, _ = fitted([before], newest.levels)
    bare = logistic(_odds_of(newest, earlier, newest.levels))
    better = logistic(_odds_of(newest, levelled(earlier, [before], newest.levels), newest.levels))
    is_better = log_loss(better, newest.happened) < (1 - _LEAST_GAIN) * log_loss(bare, newest.happened)
    return (better if is_better else bare), is_better


def fallback(newest: Look, before: Look, at: Floats) -> tuple[Fit, str]:
    """What is used where the fit is not, and its name: what foretold the newest month better from the one before.

    Either a cold start with a level for each leaf, or the shares of each leaf where bought before and where never.
    """
    both = (True, False)
    cold = levelled(Fit(), [before], newest.levels, sides=both)
    losses = [
        log_loss(logistic(_odds_of(newest, one, newest.levels)), newest.happened) for one in (cold, _shares([before]))
    ]
    if losses[0] <= losses[1]:
        return levelled(Fit(), [newest, before], at, sides=both), "a cold start at the levels of the closed months"
    return _shares([newest, before]), "the shares of the closed months"


def _shares(looks: Sequence[Look]) -> Fit:
    """The share of each leaf in which it was bought, where bought before and where never, whoever the customer is."""
    none = (0.0,) * (len(TERMS) + 1)
    shares = shares_of(looks)
    return Fit((none, none), tuple(rounded(np.log(one / (1 - one))) for one in shares))


def silence(looks: Sequence[Look], fit: Fit, at: Floats) -> Fit:
    """The fit with what silence adds, of looks of customers who had bought nothing in 180 days, or never.

    Three numbers by Newton, drawn towards 0 by a ridge: who has been silent for long buys less than his terms say.
    """
    odds = np.concatenate([_odds_of(one, fit, at).ravel() for one in looks])
    happened = np.concatenate([one.happened.ravel() for one in looks])
    known = np.concatenate([np.repeat(_silence_terms(one.silent_days), one.seen.shape[1], axis=0) for one in looks])
    weights = np.zeros(len(fit.silence))
    for _ in range(_STEPS):
        chance = logistic(odds + np.einsum("ni,i->n", known, weights))
        slope = np.einsum("ni,n->i", known, happened - chance) - _SILENCE_RIDGE * weights
        curve = np.einsum("ni,nj->ij", known * (chance * (1 - chance))[:, None], known)
        step = np.linalg.solve(curve + _SILENCE_RIDGE * np.eye(len(weights)), slope)
        step = np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
        weights = weights + step
        if np.abs(step).max() < _CONVERGED:
            break
    return Fit(fit.coefficients, fit.leaf_levels, rounded(weights))


def _silence_terms(silent_days: Ints) -> Floats:
    """Whether somebody is silent, for how long (logarithm), and whether he never bought; below 0 days: never."""
    is_silent = silent_days > _SILENT_DAYS
    longer = np.log(np.maximum(silent_days, _SILENT_DAYS) / _SILENT_DAYS)
    return np.column_stack([is_silent, longer, silent_days < 0]).astype(np.float64)


def _odds_of(look: Look, fit: Fit, at: Floats) -> Floats:
    """The log-odds of a look's customers, told for a book of the levels ``at``."""
    return log_odds(by_term(look.terms - look.levels + at), look.seen, fit)


def log_odds(terms: Iterable[Floats], seen: Flags, fit: Fit, silent_days: Ints | None = None) -> Floats:
    """Term by term in a fixed order, so that a customer's odds are the same in any batch.

    ``silent_days`` are the days since each customer's last purchase, below 0: he has none.
    """
    (bought, *of_bought), (never, *of_never) = fit.coefficients
    of_seen, of_never_seen = (np.asarray(one) if one else 0.0 for one in fit.leaf_levels)
    odds: Floats = np.where(seen, bought + of_seen, never + of_never_seen)
    for term, one, other in zip(terms, of_bought, of_never, strict=True):
        odds = odds + np.where(seen, one, other) * term
    if silent_days is None:
        return odds
    return odds + of_silence(silent_days, fit)[:, None]


def of_silence(silent_days: Ints, fit: Fit) -> Floats:
    """What each customer's silence adds to his log-odds; 0 of who bought in the last 180 days."""
    return weighed(_silence_terms(silent_days), (0.0, *fit.silence))


def by_term(terms: Floats) -> Floats:
    """Terms of customers x leaves x TERMS, term by term: a view."""
    return np.moveaxis(terms, -1, 0)
