"""Affinity: the probability that a customer buys in a category in the next 30 days.

p = sigmoid(b0 + b1 ln(1 + R90) + b2 ln pop + b3 ln a30 + b4 ln a180 + b5 E + b6 ln h), with one set of coefficients
where the customer has bought in the category before and one where he never has; b6 counts only there. Each month is
learnt from against the book's levels of its day, and the newest closed one moves the constant. Where it foretells
better, each category bought before has a level of its own: rents and phones come each month. On real purchases
(Complete Journey, as of 1 September 2017): log-loss .1744, calibration error .0022, recall in the first five .691
against .677 of decayed counting, of new categories .188 against .179 of popularity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from persona.scores.affinity_features import (
    TAKEN_UP_DAYS,
    TERMS,
    BookNumbers,
    book_numbers,
    features,
    levels,
    terms_of,
)
from persona.scores.affinity_fit import (
    COLD_START,
    Fit,
    by_term,
    closed_month,
    fallback,
    fitted,
    foretold,
    levelled,
    log_odds,
    silence,
)
from persona.scores.affinity_gates import Evidence, Look, evidence
from persona.scores.affinity_state import Flags, Floats, Ints, State, day_number, folded
from persona.scores.completeness import incompleteness
from persona.scores.logistic import logistic
from persona.scores.search import rounded
from persona.tables.profile import as_name
from persona.tables.words import leaves as leaves_of
from persona.tables.words import members

__all__ = ["COLD_START", "LOOKS", "Affinity", "affinity", "chances", "fit_affinity", "silent_days"]

HORIZON_DAYS = 30
_WINDOW_DAYS = 31
"""Of what is learnt from: as long as a month, so that what is due once a month falls into each, whatever its day."""
LOOKS = (_WINDOW_DAYS, 2 * _WINDOW_DAYS)
_TO_LEVEL_DAYS, _TO_TEST_DAYS = 38, 92
"""Days of history that leave a week before the newest window, and a month before the one a fit is tested from."""
_MOST_OFF = 1.25
"""Times what came, beyond which a fit's levels are not to be trusted; measured of 23 nights of a bank: at most 1.06."""
_FIRST_SHARE = 0.01
"""A hundredth of the purchases may be older than a history: a clock that was wrong makes none."""
_DIGITS = 6
_RANKED = 3
_AT_A_TIME = 1_024
"""Customers whose numbers lie in the processor's caches together."""


FITTED = "the fitted model"
NEAR_COLD = "the fitted model, near a cold start where it had little to learn from"
COLD = "coefficients of a cold start"
LEVELLED = "a cold start at the levels of the closed month"
RANKS = "the fitted model: its ranks can be trusted, its levels cannot"


@dataclass(frozen=True, slots=True)
class Affinity:
    """A fitted model: plain numbers, rounded, that go with the run."""

    leaves: tuple[str, ...]
    numbers: BookNumbers
    fit: Fit
    average: tuple[tuple[float, ...], tuple[float, ...]]
    """The book's mean of each term, where bought before and where never: what a reason is told against."""
    mean_log_odds: tuple[tuple[str, float], ...]
    """The book's mean log-odds of each category and group."""
    fitted_on: int
    """Customers."""
    why_not_fitted: str
    """Why the fit is not one of the book's own closed months, or not wholly; empty where it is."""
    used: str = FITTED
    """What gives tonight's probabilities."""
    evidence: Evidence | None = field(default=None, compare=False)
    """What spoke for and against the fit, for its card; it moves no score."""


def fit_affinity(
    customers: Sequence[int] | Ints,
    bought: pl.DataFrame,
    *,
    as_of: date,
    categories: Sequence[str],
    visits: pl.DataFrame | None = None,
) -> Affinity:
    """The model of a sample of the book: coefficients from the two closed windows of 31 days before ``as_of``.

    Reads: ``customer_no``, ``category``, ``booked_on`` of the sample's purchases before ``as_of``; ``visits`` as
    ``affinity_state.appended`` reads them. With 38 to 91 days of history a cold start is levelled on one window; with
    less, or where a month is incomplete, it speaks as it is. Where fewer than 200 purchases are there to learn from, it
    is moved as far as they tell. Where ``affinity_gates.evidence`` speaks against the fit, ``affinity_fit.fallback`` is
    used.
    """
    leaves, day = leaves_of(categories), day_number(as_of)
    told = _Told(np.unique(np.asarray(customers, dtype=np.int64)), bought.sort("booked_on"), visits, leaves)
    history = _history_days(told.occasions, day)
    why = f"{history} days of history, {_TO_LEVEL_DAYS} are needed" if history < _TO_LEVEL_DAYS else ""
    why = why or incompleteness(told.occasions, as_of=as_of, days=history)
    if why:
        return _with_averages(told, _Learnt(Fit(), why, COLD), as_of=as_of, categories=categories)
    days = [as_of - timedelta(days=back) for back in LOOKS[: 2 if history >= _TO_TEST_DAYS else 1]]
    sides, at = [told.look(one) for one in days], levels(told.numbers(as_of))
    looks, (now, _) = [active for active, _ in sides], told.look(as_of)
    if len(looks) > 1:
        learnt = _learnt(looks, now, at)
    else:
        why = f"{history} days of history, {_TO_TEST_DAYS} are needed to learn and to test it"
        learnt = _Learnt(closed_month(looks[0], now, at), why, LEVELLED)
    fit = silence([silent for _, silent in sides], learnt.fit, at)
    return _with_averages(told, replace(learnt, fit=fit), as_of=as_of, categories=categories)


@dataclass(frozen=True, slots=True)
class _Learnt:
    """A fit, what speaks against it, what is used, and what the fit was tested by."""

    fit: Fit
    why: str
    used: str
    evidence: Evidence | None = None


def _learnt(looks: list[Look], now: Look, at: Floats) -> _Learnt:
    """What two closed windows teach, the newest first, and what is used instead where a test speaks against it."""
    newest, before = looks
    fit, why = fitted(looks, at)
    chance, has_levels = foretold(newest, before)
    found = evidence(newest, before, chance, now.terms - at)
    if found and found.why_not:
        instead, used = fallback(newest, before, at)
        return _Learnt(instead, found.why_not, used, found)
    off = _off(found.measured.foretold_over_happened) if found else ""
    used = RANKS if off else NEAR_COLD if why else FITTED
    fit = levelled(fit, looks, at) if has_levels else fit
    return _Learnt(fit, "; ".join(filter(None, (why, off))), used, found)


def _off(foretold_over_happened: float | None) -> str:
    """What is said of a fit that foretold the newest month far too much or too little; empty where it did not."""
    level = foretold_over_happened
    if level is None or 1 / _MOST_OFF <= level <= _MOST_OFF:
        return ""
    return f"of the newest month it foretold {level:.2f} times what came"


@dataclass(slots=True)
class _Told:
    """A sample's purchases, and its state on the days on which it was asked for."""

    customers: Ints
    bought: pl.DataFrame
    visits: pl.DataFrame | None
    leaves: tuple[str, ...]
    states: dict[date, State] = field(default_factory=dict)
    looks: dict[date, tuple[Look, Look]] = field(default_factory=dict)

    @property
    def occasions(self) -> pl.DataFrame:
        """What counts as a visit."""
        return self.bought if self.visits is None else self.visits

    def state(self, at: date) -> State:
        """The state before a day."""
        if at not in self.states:
            before = pl.col("booked_on") < at
            visits = None if self.visits is None else self.visits.filter(before)
            bought = self.bought.filter(before)
            self.states[at] = folded(self.customers, bought, leaves=self.leaves, visits=visits)
        return self.states[at]

    def numbers(self, at: date) -> BookNumbers:
        """The book's numbers before a day."""
        return book_numbers(self.state(at), self.state(at - timedelta(days=TAKEN_UP_DAYS)), day=day_number(at))

    def look(self, at: date) -> tuple[Look, Look]:
        """The customers active on a day, and all others, with what they bought in the 31 days from it."""
        if at not in self.looks:
            state, numbers, day = self.state(at), self.numbers(at), day_number(at)
            later = pl.col("booked_on").is_between(at, at + timedelta(days=_WINDOW_DAYS), closed="left")
            label = folded(self.customers, self.bought.filter(later), leaves=self.leaves).seen
            terms, of_book, days = features(state, numbers, day=day), levels(numbers), silent_days(state, day)
            active = state.is_active(day)
            one, other = (
                Look(terms[here], state.seen[here], label[here], of_book, days[here]) for here in (active, ~active)
            )
            self.looks[at] = one, other
        return self.looks[at]


def _history_days(occasions: pl.DataFrame, day: int) -> int:
    """Days since the first purchases, all but a hundredth of them."""
    first = occasions["booked_on"].sort().slice(int(occasions.height * _FIRST_SHARE), 1)
    return day - day_number(first.item()) if len(first) else 0


def silent_days(state: State, day: int) -> Ints:
    """Days since each customer's last purchase; -1: he has none."""
    return np.where(state.first < day, day - state.last, -1)


def _with_averages(told: _Told, learnt: _Learnt, *, as_of: date, categories: Sequence[str]) -> Affinity:
    now, _ = told.look(as_of)
    means = [
        rounded(now.terms[now.seen == side].mean(axis=0)) if (now.seen == side).any() else (0.0,) * len(TERMS)
        for side in (True, False)
    ]
    chance = _of_horizon(logistic(log_odds(by_term(now.terms), now.seen, learnt.fit)))
    of_words = _of_words(chance, told.leaves, categories)
    return Affinity(
        told.leaves,
        told.numbers(as_of),
        learnt.fit,
        average=(means[0], means[1]),
        mean_log_odds=tuple((word, _mean_log_odds(one)) for word, one in of_words.items()),
        fitted_on=len(now.seen),
        why_not_fitted=learnt.why,
        used=learnt.used,
        evidence=learnt.evidence,
    )


def _mean_log_odds(chance: Floats) -> float:
    bounded = np.clip(chance, 1e-6, 1 - 1e-6)
    return float(f"{np.log(bounded / (1 - bounded)).mean():.12g}") if len(chance) else 0.0


def _of_words(chance: Floats, leaves: tuple[str, ...], categories: Sequence[str]) -> dict[str, Floats]:
    """The chance of each category and group: of a group 1 - the product of its leaves' 1 - p."""
    place = {word: i for i, word in enumerate(leaves)}
    made = {}
    for word, held in members(categories).items():
        none = np.ones(len(chance))
        for member in held:
            if member in place:
                none = none * (1 - chance[:, place[member]])
        made[word] = 1 - none
    return made


def _of_horizon(chance: Floats) -> Floats:
    """The chance within 30 days from that within the window learnt from, at a rate that stays."""
    return 1 - (1 - chance) ** (HORIZON_DAYS / _WINDOW_DAYS)


def chances(state: State, model: Affinity, *, as_of: date) -> Floats:
    """The probability of each customer and leaf; shape customers x leaves, rounded to 6 digits."""
    made, day = np.empty((len(state.leaves), len(state.customers))).T, day_number(as_of)
    for start in range(0, len(state.customers), _AT_A_TIME):
        part = state.between(start, start + _AT_A_TIME)
        terms = terms_of(part, model.numbers, day=day)
        chance = _of_horizon(logistic(log_odds(terms, part.seen, model.fit, silent_days(part, day))))
        made[start : start + _AT_A_TIME] = np.round(chance, _DIGITS)
    return made


def affinity(state: State, model: Affinity, *, as_of: date, categories: Sequence[str]) -> pl.DataFrame:
    """What each customer will probably buy.

    Grain: one row a customer of the state, sorted.
    Makes: ``affinity_<category>`` (probability to buy in 30 days, 6 digits; of a group 1 - the product of its leaves'
    1 - p), ``again_1`` to ``again_3`` (categories bought before, highest first; null: no such), ``discover_1`` to
    ``discover_3`` (never bought). Of equals the first by name.
    """
    leaf = chances(state, model, as_of=as_of)
    of_words = _of_words(leaf, state.leaves, categories)
    scores = {f"affinity_{as_name(word)}": np.round(chance, _DIGITS) for word, chance in of_words.items()}
    frame = pl.DataFrame({"customer_no": state.customers} | scores)
    again, discover = (_ranked(leaf, state.seen == is_seen, state.leaves) for is_seen in (True, False))
    ranks = {
        f"{name}_{at + 1}": word
        for name, words in (("again", again), ("discover", discover))
        for at, word in enumerate(words)
    }
    return frame.with_columns(**ranks)


def _ranked(chance: Floats, among: Flags, leaves: tuple[str, ...]) -> list[pl.Series]:
    """The names of the leaves of highest chance among some, the highest first; null where no more is left."""
    by_name = sorted(range(len(leaves)), key=lambda i: leaves[i])
    words = pl.Series([*(leaves[i] for i in by_name), None], dtype=pl.String)
    told = np.full((_RANKED, len(chance)), len(leaves))
    for start in range(0, len(chance) if leaves else 0, _AT_A_TIME):
        here = slice(start, start + _AT_A_TIME)
        left = np.ascontiguousarray(np.where(among[here], chance[here], -1.0)[:, by_name])
        rows = np.arange(len(left))
        for rank in range(_RANKED):
            best = left.argmax(axis=1)
            told[rank, start : start + len(left)] = np.where(left[rows, best] >= 0, best, len(leaves))
            left[rows, best] = -1.0
    return [words.gather(told[rank]) for rank in range(_RANKED)]
