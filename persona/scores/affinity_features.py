"""What affinity is made of: six terms of each customer and category, against the numbers of the whole book."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from persona.scores.affinity_state import HALF_LIVES, Flags, Floats, State

__all__ = ["TAKEN_UP_DAYS", "TERMS", "BookNumbers", "book_numbers", "features", "levels", "terms_of"]

TERMS = ("recent purchases", "common", "active now", "active for long", "bought alongside", "taken up of late")
"""ln(1 + R90), ln pop, ln a30, ln a180, E and ln h, in the order of the coefficients after the constant. The last
counts only where the customer has never bought in the category."""

TAKEN_UP_DAYS = 30
"""Days in which first purchases are counted."""

_RIDGE = 200.0
_PRIOR_DAYS = 30
_SHORT, _MIDDLE, _LONG = range(3)
_MOST_USUAL = 20.0
_GRID = 2.0**32
"""Weights of neighbours lie on this grid: sums of them are exact in whatever order a matrix product adds."""


@dataclass(frozen=True, slots=True)
class BookNumbers:
    """The book on a day, in plain numbers rounded to 12 digits."""

    occasions_a_day: tuple[float, float]
    """Average purchase occasions of an active customer a day, decayed over 30 and over 180 days."""
    popularity: tuple[float, ...]
    """ln of each leaf's share of the decayed occasions."""
    taken_up: tuple[float, ...]
    """ln of the share of those who had never bought of a leaf that did in the 30 days before."""
    neighbours: tuple[tuple[float, ...], ...]
    """Weight of having bought j for buying c, as row j, column c; 0 on the diagonal."""


def book_numbers(state: State, earlier: State, *, day: int) -> BookNumbers:
    """The numbers of the customers of the state who were active before ``day``; ``earlier`` is it TAKEN_UP_DAYS before.

    Source: Steck (2019), Embarrassingly Shallow Autoencoders for Sparse Data, for the neighbours (ridge 200).
    """
    active = state.is_active(day)
    visits = _bounded(state.visits[active] * _fading(day))
    tenure = state.tenure_days(day)[active]
    rates = [float(visits[:, at].sum() / max(_exposure(tenure, HALF_LIVES[at]).sum(), 1.0)) for at in (_SHORT, _LONG)]
    decayed = state.decayed[active] * 2.0 ** (-day / HALF_LIVES[_MIDDLE])
    bought = np.minimum(decayed, visits[:, _MIDDLE : _MIDDLE + 1]).sum(axis=0)
    popularity = np.log((bought + 1e-3) / max(float(visits[:, _MIDDLE].sum()), 1.0))
    return BookNumbers(
        (_rounded(max(rates[0], 1e-6)), _rounded(max(rates[1], 1e-6))),
        tuple(map(_rounded, popularity.tolist())),
        tuple(map(_rounded, _taken_up(state, earlier).tolist())),
        _neighbours(state.seen[active]),
    )


def _bounded(visits: Floats) -> Floats:
    """Nobody's visits count for more than twenty times the usual: a till that books for all is no customer."""
    return np.minimum(visits, _MOST_USUAL * np.median(visits, axis=0)) if len(visits) else visits


def features(state: State, numbers: BookNumbers, *, day: int) -> Floats:
    """The terms of every customer and leaf before ``day``; shape customers x leaves x TERMS."""
    made = np.empty((len(state.customers), len(state.leaves), len(TERMS)))
    for at, term in enumerate(terms_of(state, numbers, day=day)):
        made[..., at] = term
    return made


def terms_of(state: State, numbers: BookNumbers, *, day: int) -> tuple[Floats, ...]:
    """The same a term, each as small as it is: of customers x leaves, of customers x 1 or of leaves."""
    fading, tenure, leaves = _fading(day), state.tenure_days(day), len(state.leaves)
    rates = []
    for at, usual in zip((_SHORT, _LONG), numbers.occasions_a_day, strict=True):
        exposure = _exposure(tenure, HALF_LIVES[at]) + _PRIOR_DAYS
        rates.append(np.log((state.visits[:, at] * fading[at] + _PRIOR_DAYS * usual) / exposure)[:, None])
    recent = np.log1p(state.decayed * fading[_MIDDLE])
    alongside = state.seen.astype(np.float64) @ np.asarray(numbers.neighbours).reshape(leaves, leaves)
    return (recent, np.asarray(numbers.popularity), *rates, alongside, np.asarray(numbers.taken_up))


def levels(numbers: BookNumbers) -> Floats:
    """What the book as a whole gives each term: how much everybody shops, over both windows, and takes up.

    A busy month moves these terms for all alike; that is no reason to expect more of the next one.
    """
    made = np.zeros(len(TERMS))
    made[2:4] = np.log(numbers.occasions_a_day)
    made[5] = np.log(np.exp(numbers.taken_up).mean()) if numbers.taken_up else 0.0
    return made


def _taken_up(state: State, earlier: State) -> Floats:
    """The logarithm of the share of those who had bought, but never here, that have bought here since; shrunken."""
    might = (earlier.visits.sum(axis=1) > 0)[:, None] & ~earlier.seen
    return np.asarray(np.log(((might & state.seen).sum(axis=0) + 0.5) / (might.sum(axis=0) + 5.0)), dtype=np.float64)


def _fading(day: int) -> Floats:
    return 2.0 ** (-day / np.asarray(HALF_LIVES, dtype=np.float64))


def _exposure(tenure: Floats, half_life: int) -> Floats:
    return np.asarray(half_life / np.log(2) * (1 - 0.5 ** (tenure / half_life)), dtype=np.float64)


def _neighbours(seen: Flags) -> tuple[tuple[float, ...], ...]:
    together = seen.astype(np.float64)
    inverse = np.linalg.inv(together.T @ together + _RIDGE * np.eye(seen.shape[1]))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return tuple(map(tuple, (np.rint(weights * _GRID) / _GRID).tolist()))


def _rounded(number: float) -> float:
    return float(f"{number:.12g}")
