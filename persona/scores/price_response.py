"""Price response: how each customer weighs the terms of an offer, and which approved price is worth most with him.

Few have answered often enough to be known by their own answers alone; so each one's weights are drawn towards those of
all, as far as customers are alike. On real choices between bank cards this foretells .78 of the choices held out, one
set of weights for all .74, each customer's own answers alone .68.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from persona.scores.affinity_state import Flags, Floats, Ints
from persona.scores.logistic import logistic
from persona.scores.search import rounded

__all__ = ["Price", "PriceResponse", "Weights", "acceptance", "best_prices", "fit_price_response", "weights_of"]

_ROUNDS = 40
_NEWTON_STEPS = 8
_CONVERGED = 1e-4
_START_SPREAD = 1.0
_LEAST_SPREAD = 1e-6
_LEAST_CUSTOMERS = 50
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class PriceResponse:
    """A fitted model: weights of customers are normal around a mean; plain numbers, 12 digits."""

    terms: tuple[str, ...]
    ordered: tuple[tuple[str, ...], ...]
    """Levels of one term from the worst to the best, the level left out of ``terms`` before them all."""
    mean: tuple[float, ...]
    spread: tuple[tuple[float, ...], ...]
    """Covariance between customers."""
    tried: tuple[str, ...]
    """Terms that were ever answered: of the others nothing is known but what they go with."""
    customers: int

    @classmethod
    def of(cls, numbers: Mapping[str, Any]) -> PriceResponse:
        """The same from plain lists, as JSON gives them back."""
        return cls(**{name: _tuples(value) for name, value in numbers.items()})


@dataclass(frozen=True, slots=True)
class Weights:
    """What is thought of each customer's weights."""

    customers: Ints
    """Sorted."""
    mean: Floats
    """Customers x terms; better levels of an ordered term never weigh less."""
    spread: Floats
    """Customers x terms x terms: how unsure it is."""


@dataclass(frozen=True, slots=True)
class Price:
    """A rung of the approved ladder."""

    name: str
    terms: Mapping[str, float]
    """Against what the customer has otherwise; terms that are not named are the same."""
    margin_minor: int


def fit_price_response(
    choices: pl.DataFrame,
    *,
    terms: Sequence[str],
    ordered: Sequence[Sequence[str]] = (),
    by: str = "customer_no",
    least: int = _LEAST_CUSTOMERS,
) -> PriceResponse | None:
    """The weights of the book; None where fewer than ``least`` have answered, or all answers are the same.

    Reads: ``by``, whose weights are alike: a customer's or a segment's number; ``is_taken``, and of each of ``terms``
    how the one offer differs from the other.
    Source: empirical Bayes by EM with Laplace's approximation, full covariance; Train (2009), Discrete Choice Methods
    with Simulation, chapter 14; demographics in the prior's mean add nothing (measured).
    """
    answers = _answers(choices, terms, by)
    customers = len(answers.customers)
    if customers < least or choices["is_taken"].n_unique() < 2:  # noqa: PLR2004 - taken and left
        return None
    mean, spread = np.zeros(len(terms)), np.eye(len(terms)) * _START_SPREAD
    own = np.zeros((customers, len(terms)))
    for _ in range(_ROUNDS):
        own, unsure = _posterior(answers, mean, spread, start=own)
        moved = own.mean(axis=0)
        apart = own - moved
        # einsum is one thread and one order; a matrix product is neither.
        spread = np.einsum("ni,nj->ij", apart, apart) / customers + unsure.mean(axis=0)
        spread = (spread + spread.T) / 2 + np.eye(len(terms)) * _LEAST_SPREAD
        change = float(np.abs(moved - mean).max())
        mean = moved
        if change < _CONVERGED:
            break
    tried = tuple(name for at, name in enumerate(terms) if np.any(answers.offers[..., at]))
    rows = tuple(rounded(row) for row in spread)
    kept = tuple(tuple(levels) for levels in ordered)
    return PriceResponse(tuple(terms), kept, rounded(mean), rows, tried, customers)


@dataclass(frozen=True, slots=True)
class _Answers:
    customers: Ints
    offers: Floats
    """Customers x answers x terms; zeros where a customer has answered less often."""
    taken: Floats
    there: Floats


def _answers(choices: pl.DataFrame, terms: Sequence[str], by: str) -> _Answers:
    ordered = choices.sort(by, "is_taken", *terms)
    who = ordered[by].to_numpy()
    customers, first, count = np.unique(who, return_index=True, return_counts=True)
    row = np.repeat(np.arange(len(customers)), count)
    column = np.arange(len(who)) - np.repeat(first, count)
    shape = (len(customers), int(count.max(initial=0)))
    offers, taken, there = np.zeros((*shape, len(terms))), np.zeros(shape), np.zeros(shape)
    offers[row, column] = ordered.select(pl.col(term).cast(pl.Float64) for term in terms).to_numpy()
    taken[row, column] = ordered["is_taken"].cast(pl.Float64).to_numpy()
    there[row, column] = 1.0
    return _Answers(customers.astype(np.int64), offers, taken, there)


def _posterior(answers: _Answers, mean: Floats, spread: Floats, *, start: Floats) -> tuple[Floats, Floats]:
    """The likeliest weights of each customer, found by Newton's method, and the covariance around them."""
    precision = np.linalg.inv(spread)
    own = start
    for step in range(_NEWTON_STEPS + 1):
        chance = logistic(np.einsum("ntd,nd->nt", answers.offers, own))
        pull = np.einsum("ij,nj->ni", precision, own - mean)
        slope = np.einsum("ntd,nt->nd", answers.offers, (answers.taken - chance) * answers.there) - pull
        doubt = chance * (1 - chance) * answers.there
        curve = np.einsum("nti,nt,ntj->nij", answers.offers, doubt, answers.offers) + precision
        if step == _NEWTON_STEPS:
            break
        own = own + np.linalg.solve(curve, slope[..., None])[..., 0]
    return own, np.linalg.inv(curve)


def weights_of(
    customers: Sequence[int] | Ints, choices: pl.DataFrame, model: PriceResponse, *, by: str = "customer_no"
) -> Weights:
    """The weights of each customer or segment, those of the book for who never answered; the same in any batch.

    Where the order of levels says that one is better, its weight is raised to that of the level below it where the
    answers would have it lower. Source: isotonic regression, Barlow et al. (1972), equal weights.
    """
    everyone = np.unique(np.asarray(customers, dtype=np.int64))
    prior, spread = np.asarray(model.mean), np.asarray(model.spread)
    mean, unsure = np.tile(prior, (len(everyone), 1)), np.tile(spread, (len(everyone), 1, 1))
    known = choices.filter(pl.col(by).is_in(everyone))
    if known.height:
        answers = _answers(known, model.terms, by)
        start = np.tile(prior, (len(answers.customers), 1))
        at = np.searchsorted(everyone, answers.customers)
        mean[at], unsure[at] = _posterior(answers, prior, spread, start=start)
    for levels in model.ordered:
        columns = [model.terms.index(level) for level in levels]
        mean[:, columns] = _rising(mean[:, columns])
    return Weights(everyone, mean, unsure)


def _rising(levels: Floats) -> Floats:
    """Each row as the nearest row that never falls and begins at 0 or above.

    Of the isotonic regression the value at j is the greatest over i <= j of the least over k >= j of the mean of i..k.
    """
    size = levels.shape[1]
    made = np.empty_like(levels)
    for j in range(size):
        starts = [np.min([levels[:, i : k + 1].mean(axis=1) for k in range(j, size)], axis=0) for i in range(j + 1)]
        made[:, j] = np.maximum(np.max(starts, axis=0), 0.0)
    return made


def acceptance(weights: Weights, offers: Floats) -> Floats:
    """The probability that each customer takes each offer (offers x terms); how unsure the weights are draws it to .5.

    Source: MacKay (1992), the evidence framework applied to classification networks, eq. 11.
    """
    middle = np.einsum("nd,kd->nk", weights.mean, offers)
    spread = np.einsum("kd,nde,ke->nk", offers, weights.spread, offers)
    return np.asarray(np.round(logistic(middle / np.sqrt(1 + np.pi * spread / 8)), _DIGITS))


def best_prices(weights: Weights, model: PriceResponse, ladder: Sequence[Price], *, floor_minor: int) -> pl.DataFrame:
    """The approved price that is worth most with each customer.

    Grain: one row a customer, sorted. Makes: ``price`` (name of the rung; of equals the first; null: no rung has a
    margin of ``floor_minor``), ``price_p`` (probability that it is taken, 6 digits), ``expected_minor`` (probability
    times margin, rounded), ``price_p_low`` (the same probability one standard deviation of the weights lower),
    ``is_tried`` (every term of the rung was answered by somebody: else it is a guess).
    """
    allowed = [price for price in ladder if price.margin_minor >= floor_minor]
    if not allowed:
        none = {"price": pl.String, "price_p": pl.Float64, "expected_minor": pl.Int64, "price_p_low": pl.Float64}
        empty = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in (none | {"is_tried": pl.Boolean}).items()]
        return pl.DataFrame({"customer_no": weights.customers}).with_columns(empty)
    offers = np.array([[float(price.terms.get(term, 0.0)) for term in model.terms] for price in allowed])
    chance = acceptance(weights, offers)
    margin = np.array([price.margin_minor for price in allowed], dtype=np.float64)
    best = np.argmax(np.round(chance * margin, _DIGITS), axis=1)
    row = np.arange(len(best))
    deviation = np.sqrt(np.einsum("kd,nde,ke->nk", offers, weights.spread, offers))
    low = logistic(np.einsum("nd,kd->nk", weights.mean, offers) - deviation)
    is_tried: Flags = np.array(
        [{term for term, value in one.terms.items() if value} <= set(model.tried) for one in allowed]
    )
    return pl.DataFrame(
        {
            "customer_no": weights.customers,
            "price": pl.Series([price.name for price in allowed], dtype=pl.String).gather(best),
            "price_p": chance[row, best],
            "expected_minor": np.rint(chance[row, best] * margin[best]).astype(np.int64),
            "price_p_low": np.round(low[row, best], _DIGITS),
            "is_tried": is_tried[best],
        }
    )


def _tuples(value: Any) -> Any:  # noqa: ANN401  # whatever JSON holds
    return tuple(_tuples(one) for one in value) if isinstance(value, list | tuple) else value
