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
from dataclasses import dataclass, field
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
    Coefficients,
    by_term,
    fitted,
    foretold,
    leaf_levels,
    log_odds,
)
from persona.scores.affinity_gates import Evidence, Look, evidence
from persona.scores.affinity_state import Flags, Floats, Ints, State, day_number, folded
from persona.scores.completeness import incompleteness
from persona.scores.logistic import logistic
from persona.tables.profile import as_name
from persona.tables.words import leaves as leaves_of
from persona.tables.words import members

__all__ = ["COLD_START", "Affinity", "affinity", "chances", "fit_affinity"]

HORIZON_DAYS = 30
_LOOKS = (31, 62)
"""Days back. Not 30 and 60: of a night on the first of a month that is a window without a first, when bills are due."""
_LEAST_HISTORY_DAYS = 120
_DIGITS = 6
_RANKED = 3
_AT_A_TIME = 1_024
"""Customers whose numbers lie in the processor's caches together."""


@dataclass(frozen=True, slots=True)
class Affinity:
    """A fitted model: plain numbers, rounded, that go with the run."""

    leaves: tuple[str, ...]
    numbers: BookNumbers
    bought: tuple[float, ...]
    """Constant and coefficients of TERMS where the customer has bought in the category before."""
    never: tuple[float, ...]
    average: tuple[tuple[float, ...], tuple[float, ...]]
    """The book's mean of each term, where bought before and where never: what a reason is told against."""
    mean_log_odds: tuple[tuple[str, float], ...]
    """The book's mean log-odds of each category and group."""
    fitted_on: int
    """Customers."""
    why_not_fitted: str
    """Why the coefficients are those of a cold start; empty where they are fitted."""
    leaf_levels: tuple[float, ...] = ()
    """What each leaf lies above the formula where bought before (log-odds); none where that foretold no better."""
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
    """The model of a sample of the book: coefficients from the two closed 30-day windows before ``as_of``.

    Reads: ``customer_no``, ``category``, ``booked_on`` of the sample's purchases before ``as_of``; ``visits`` as
    ``affinity_state.appended`` reads them. One coefficient set or both are those of a cold start where the history is
    shorter than 120 days, a month of it is incomplete, or fewer than 200 purchases are there to learn from; both where
    ``affinity_gates.evidence`` speaks against the fit.
    """
    leaves, day = leaves_of(categories), day_number(as_of)
    told = _Told(np.unique(np.asarray(customers, dtype=np.int64)), bought.sort("booked_on"), visits, leaves)
    why = _short_history(told.state(as_of), day) or incompleteness(bought if visits is None else visits, as_of=as_of)
    made, found = _Fit(COLD_START, ()), None
    if not why:
        newest, before = (_look(told, as_of - timedelta(days=back)) for back in _LOOKS)
        looks, at = [newest, before], levels(told.numbers(as_of))
        coefficients, why = fitted(looks, at)
        if coefficients != COLD_START:
            chance, has_levels = foretold(newest, before)
            made = _Fit(coefficients, leaf_levels(looks, coefficients, at) if has_levels else ())
            found = evidence(newest, before, chance, _now(told, as_of))
        if found and found.why_not:
            made, why = _Fit(COLD_START, ()), found.why_not
    return _with_averages(told, made, why, found, as_of=as_of, categories=categories)


@dataclass(frozen=True, slots=True)
class _Fit:
    coefficients: Coefficients
    leaf_levels: tuple[float, ...]


def _now(told: _Told, as_of: date) -> Floats:
    """The terms of the customers active tonight, less the levels of the book."""
    state, numbers, day = told.state(as_of), told.numbers(as_of), day_number(as_of)
    return features(state, numbers, day=day)[state.is_active(day)] - levels(numbers)


@dataclass(slots=True)
class _Told:
    """A sample's purchases, and its state on the days on which it was asked for."""

    customers: Ints
    bought: pl.DataFrame
    visits: pl.DataFrame | None
    leaves: tuple[str, ...]
    states: dict[date, State] = field(default_factory=dict)

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


def _short_history(state: State, day: int) -> str:
    history = day - int(state.first.min()) if len(state.first) and state.first.min() < day else 0
    return f"{history} days of history, {_LEAST_HISTORY_DAYS} are needed" if history < _LEAST_HISTORY_DAYS else ""


def _look(told: _Told, at: date) -> Look:
    """The customers active on a day, and what they bought in the 30 days from then."""
    state, day = told.state(at), day_number(at)
    active = state.is_active(day)
    later = pl.col("booked_on").is_between(at, at + timedelta(days=HORIZON_DAYS), closed="left")
    label = folded(told.customers, told.bought.filter(later), leaves=told.leaves).seen
    numbers = told.numbers(at)
    return Look(features(state, numbers, day=day)[active], state.seen[active], label[active], levels(numbers))


def _with_averages(
    told: _Told,
    made: _Fit,
    why: str,
    found: Evidence | None,
    *,
    as_of: date,
    categories: Sequence[str],
) -> Affinity:
    state, numbers, day = told.state(as_of), told.numbers(as_of), day_number(as_of)
    active = state.is_active(day)
    terms, seen = features(state, numbers, day=day)[active], state.seen[active]
    means = tuple(
        tuple(float(f"{m:.12g}") for m in terms[seen == s].mean(axis=0)) if (seen == s).any() else (0.0,) * len(TERMS)
        for s in (True, False)
    )
    odds = log_odds(by_term(terms), seen, made.coefficients, made.leaf_levels)
    of_words = _of_words(logistic(odds), state.leaves, categories)
    level = tuple((word, _mean_log_odds(chance)) for word, chance in of_words.items())
    size = int(active.sum())
    average = (means[0], means[1])
    return Affinity(state.leaves, numbers, *made.coefficients, average, level, size, why, made.leaf_levels, found)


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


def chances(state: State, model: Affinity, *, as_of: date) -> Floats:
    """The probability of each customer and leaf; shape customers x leaves, rounded to 6 digits."""
    made = np.empty((len(state.leaves), len(state.customers))).T
    for start in range(0, len(state.customers), _AT_A_TIME):
        part = state.between(start, start + _AT_A_TIME)
        terms = terms_of(part, model.numbers, day=day_number(as_of))
        chance = logistic(log_odds(terms, part.seen, (model.bought, model.never), model.leaf_levels))
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
