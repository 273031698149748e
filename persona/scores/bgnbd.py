"""BG/NBD: how often a customer buys while he stays, and whether he still does, from three numbers of each customer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln, hyp2f1

from persona.scores.affinity_state import Floats
from persona.scores.search import least, rounded

__all__ = ["BgNbd", "Histories", "alive", "buys_again", "expected_purchases", "fit_bgnbd", "log_likelihood"]

_SPAN = 10.0
"""Times are scaled to it for the search, so that its steps mean the same in days and in weeks."""
_NEAR_ONE = 1e-6


@dataclass(frozen=True, slots=True)
class Histories:
    """What is known of each customer; times in one unit, days or weeks."""

    repeats: Floats
    """Purchase occasions after the first."""
    recency: Floats
    """From the first occasion to the last; 0 without repeats."""
    age: Floats
    """From the first occasion to the day of the run."""


@dataclass(frozen=True, slots=True)
class BgNbd:
    """A fitted model in the unit of time of its histories; 12 digits.

    Purchases come at a rate that is Gamma(r, alpha) over customers; after each the customer leaves for good with a
    chance that is Beta(a, b). Not to be trusted for buyers as regular as a bill: silence alarms it too late for those.
    Source: Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2).
    """

    r: float
    alpha: float
    a: float
    b: float


def fit_bgnbd(seen: Histories) -> BgNbd:
    """The model of greatest likelihood, found from one start, whatever the order of the customers.

    Raises: ValueError where nobody has bought twice.
    """
    if not (seen.repeats > 0).any():
        raise ValueError("nobody has bought twice")
    rows, count = np.unique(np.column_stack([seen.repeats, seen.recency, seen.age]), axis=0, return_counts=True)
    scale = _SPAN / float(rows[:, 2].max())
    once = Histories(rows[:, 0], rows[:, 1] * scale, rows[:, 2] * scale)
    weights = count / count.sum()

    def loss(logs: Floats) -> tuple[float, Floats]:
        numbers = np.exp(logs)
        value, slope = _likelihood(once, *numbers)
        return -float((weights * value).sum()), -(slope * weights).sum(axis=1) * numbers

    r, alpha, a, b = np.exp(least(loss, [0.0] * 4)).tolist()
    return BgNbd(*rounded((r, alpha / scale, a, b)))


def log_likelihood(model: BgNbd, seen: Histories) -> float:
    """The log-likelihood of all histories together."""
    return float(_likelihood(seen, model.r, model.alpha, model.a, model.b)[0].sum())


def _likelihood(seen: Histories, r: float, alpha: float, a: float, b: float) -> tuple[Floats, Floats]:
    """The log-likelihood of each history, and its slopes by r, alpha, a and b as rows. Source: the paper's eq. 6."""
    x, last, age = seen.repeats, seen.recency, seen.age
    has_repeat = x > 0
    after = np.where(has_repeat, b + np.maximum(x, 1) - 1, 1.0)
    stays = -(r + x) * np.log(alpha + age)
    left = np.where(has_repeat, np.log(a / after) - (r + x) * np.log(alpha + last), -np.inf)
    both = np.logaddexp(stays, left)
    gone = np.exp(left - both)
    value = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + both
    value = value + gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    together = digamma(a + b) - digamma(a + b + x)
    slopes = (
        digamma(r + x) - digamma(r) + np.log(alpha) - (1 - gone) * np.log(alpha + age) - gone * np.log(alpha + last),
        r / alpha - (r + x) * ((1 - gone) / (alpha + age) + gone / (alpha + last)),
        together + gone / a,
        together + digamma(b + x) - digamma(b) - gone / after,
    )
    return value, np.vstack(slopes)


def alive(model: BgNbd, seen: Histories) -> Floats:
    """The chance that each customer has not left; 1 of those who have bought once, of whom the model knows no better.

    Source: Fader, Hardie and Lee (2008), Computing P(alive) Using the BG/NBD Model.
    """
    x = seen.repeats
    after = model.b + np.maximum(x, 1) - 1
    stretch = (model.r + x) * np.log((model.alpha + seen.age) / (model.alpha + seen.recency))
    # Beyond e^700 the chance is 0 to every digit.
    return np.asarray(1 / (1 + np.where(x > 0, model.a / after * np.exp(np.minimum(stretch, 700)), 0)))


def buys_again(model: BgNbd, seen: Histories, *, horizon: float) -> Floats:
    """The chance that each customer buys at least once within the horizon, in the unit of the histories."""
    silent = ((model.alpha + seen.age) / (model.alpha + seen.age + horizon)) ** (model.r + seen.repeats)
    return np.asarray(alive(model, seen) * (1 - silent))


def expected_purchases(model: BgNbd, seen: Histories, *, horizon: float) -> Floats:
    """How many purchase occasions each customer is expected to have within the horizon.

    Source: the paper's eq. 10, its hypergeometric function turned by Euler's transformation, so that its arguments stay
    small for customers of a thousand purchases.
    """
    a = model.a if abs(model.a - 1) > _NEAR_ONE else 1 + _NEAR_ONE
    x = seen.repeats
    share = horizon / (model.alpha + seen.age + horizon)
    turned = hyp2f1(a + model.b - 1 - model.r, a - 1, a + model.b + x - 1, share)
    rest = 1 - (1 - share) ** (a - 1) * turned
    return np.asarray((a + model.b + x - 1) / (a - 1) * rest * alive(model, seen))
