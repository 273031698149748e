"""What contacts say of each offer before anything is known of a customer, and what they teach beyond that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from persona.scores.affinity_state import Flags, Floats, Ints
from persona.scores.pairs import TERMS, OfferLevel, Standing, Yardstick, interest, terms_of
from persona.scores.propensity import shrunken
from persona.scores.search import rounded
from persona.scores.told import Told

__all__ = ["Learnt", "learnt", "log_odds_of", "terms_at"]

_ALIKE = 100.0
"""Acceptances at which an offer's takers count as much as all who were told of it. Measured on the sample bank."""
_SPREAD = 0.05
"""Added to each leaf's variance, so that a leaf that nobody buys says nothing."""
_LIKENESS = TERMS.index("buys like those who took it")


@dataclass(frozen=True, slots=True)
class Learnt:
    """The book, the offers, and the terms of the contacts that they were learnt from."""

    book: Yardstick
    offers: tuple[OfferLevel, ...]
    terms: Floats


def learnt(told: Told, at: Ints, happened: Floats) -> Learnt:
    """What some contacts (their positions) and what came of them teach; there are contacts of both kinds.

    Source of the likeness: the linear discriminant of those who accepted against all who were told, with a diagonal
    covariance, Hastie, Tibshirani and Friedman (2009), The Elements of Statistical Learning, section 18.2.
    """
    known = told.standing.only(at)
    book = _book(told.leaves, known, happened)
    rates = shrunken(told.priors, _counts(told, at, happened))
    mix = known.mix
    spread = mix.var(axis=0) + _SPREAD
    made, own_likeness = [], np.zeros(len(at))
    for number, prior in enumerate(told.priors):
        here = told.offer[at] == number
        rate = rates[prior.offer_id]
        level, likeness = _likeness(mix[here], happened[here] > 0, spread)
        own_likeness[here] = likeness
        own = interest(known.only(np.flatnonzero(here)), told.categories[number], book)
        category, usual = told.categories[number], rounded([own.mean()])[0] if len(own) else 0.0
        odds = rounded([np.log(rate / (1 - rate))])[0]
        made.append(OfferLevel(prior.offer_id, odds, category, usual, *level, contacted=int(here.sum())))
    terms = terms_at(told, at, book, made)
    terms[:, _LIKENESS] = own_likeness
    return Learnt(book, tuple(made), terms)


def _book(leaves: tuple[str, ...], known: Standing, happened: Floats) -> Yardstick:
    bought = known.purchases.sum(axis=0)
    shares = rounded(bought / max(float(bought.sum()), 1.0))
    active, rate = rounded([known.active.mean(), happened.mean()])
    return Yardstick(leaves, shares, active, rate)


def _likeness(mix: Floats, taken: Flags, spread: Floats) -> tuple[tuple[tuple[float, ...], float], Floats]:
    """The weights of an offer's leaves and the likeness of those who were told; that of each of them to the others.

    Nobody is like himself: of who accepted, it is the likeness to the other takers.
    """
    if not len(mix):
        return ((0.0,) * len(spread), 0.0), np.zeros(0)
    usual = mix.mean(axis=0)
    apart = mix - usual
    pull = apart[taken].sum(axis=0) / spread
    strength = float(taken.sum()) + _ALIKE
    weights = rounded(pull / strength)
    likeness = np.einsum("nl,l->n", apart, pull / strength)
    himself = np.einsum("nl,l->n", apart**2, 1 / spread)
    others = (likeness * strength - himself) / (strength - 1)
    level = rounded([float((usual * np.asarray(weights)).sum())])[0]
    return (weights, level), np.where(taken, others, likeness)


def _counts(told: Told, at: Ints, happened: Floats) -> dict[str, tuple[int, int]]:
    size = len(told.priors)
    contacted = np.bincount(told.offer[at], minlength=size).tolist()
    accepted = np.bincount(told.offer[at], happened, minlength=size).astype(np.int64).tolist()
    return {prior.offer_id: (contacted[n], accepted[n]) for n, prior in enumerate(told.priors)}


def terms_at(told: Told, at: Ints, book: Yardstick, offers: Sequence[OfferLevel]) -> Floats:
    """The terms of some contacts against what others have taught."""
    terms = np.zeros((len(at), len(TERMS)))
    for number, level in enumerate(offers):
        here = np.flatnonzero(told.offer[at] == number)
        terms[here] = terms_of(told.standing.only(at[here]), told.past.only(at[here]), level, book)
    return terms


def log_odds_of(told: Told, at: Ints, offers: Sequence[OfferLevel]) -> Floats:
    """The log-odds of the shrunken rate of each contact's offer."""
    return np.array([offer.log_odds for offer in offers])[told.offer[at]]
