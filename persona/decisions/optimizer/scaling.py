"""How large a row is and how the dual curves: the two measures by which prices of very different rows become alike."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from persona.decisions.optimizer.evaluate import Evaluator, charges, reduced
from persona.decisions.optimizer.problem import Bucket, Reals
from persona.decisions.optimizer.products import product

__all__ = ["curvature", "metric", "row_scales"]


def row_scales(sample: Evaluator, customers: int) -> Reals:
    """For each row its size over a book of so many customers: N times the root of the mean square use of a customer.

    A row that nobody can use has the scale 1.
    """
    rows = sample.rows
    squares = np.zeros(len(rows.bounds))
    for one in sample.views:
        for cell, start, end in _cells_of(one.bucket):
            features = _features(one.bucket, start, end)
            moments = np.einsum("qjn,pjn->jqp", features, features)
            weights = rows.weights[:, cell]
            squares += np.einsum("rjp,jqp,rjq->r", weights, moments, weights)
    scale = customers * np.sqrt(np.maximum(squares, 0) / max(1, sample.customers))
    return np.where(scale > 0, scale, 1.0)


def curvature(sample: Evaluator, prices: Reals, temperature: float) -> Reals:
    """The Hessian of the dual of a sample, smoothed by a softmax with a temperature in minor units; [rows, rows].

    Of a sum of maxima the second derivative is nothing or infinite; where customers hesitate by about the temperature,
    the smoothed one says how use answers to prices. Source: Nesterov, Smooth minimization (2005); McFadden's logit.
    """
    rows = sample.rows
    result = np.zeros((len(rows.bounds), len(rows.bounds)))
    charge = charges(rows, prices)
    for one in sample.views:
        for span in one.spans:
            gains = reduced(one.bucket, one.value, charge, span) / temperature
            shares = _shares(gains, sample.slices, sample.k)
            features = _features(one.bucket, span.start, span.end)
            weights = rows.weights[:, one.bucket.cell[span.start]]
            block = _covariance(shares, features, sample.slices)
            flat = weights.reshape(len(rows.bounds), -1)
            result += product(product(flat, block), flat)
    return result / temperature


def metric(sample: Evaluator, prices: Reals, temperature: float, *, unit: Reals, value: float) -> Reals:
    """The curvature in the coordinates ``prices / unit`` and in shares of ``value``, made safely definite."""
    curved = curvature(sample, prices, temperature) * unit[:, None] * unit[None, :] / value
    diagonal = np.diag(curved)
    return (curved + curved.T) / 2 + np.diag(1e-3 * diagonal + 1e-6 * diagonal.max(initial=0.0) + 1e-6)


def _cells_of(bucket: Bucket) -> list[tuple[int, int, int]]:
    edges = [0, *(np.flatnonzero(np.diff(bucket.cell)) + 1).tolist(), len(bucket.cell)]
    return [(int(bucket.cell[a]), a, b) for a, b in pairwise(edges) if b > a]


def _features(bucket: Bucket, start: int, end: int) -> Reals:
    """The measures of admissible pairs, [measures, actions, customers]; 0 where the verdicts refuse."""
    here = slice(start, end)
    allowed = np.isfinite(bucket.value[:, here])
    numbers = (np.ones_like(allowed), *(one[:, here] for one in bucket.measured))
    return np.stack([np.where(allowed, one, 0).astype(np.float64) for one in numbers])


def _shares(gains: NDArray[np.floating], slices: Sequence[tuple[int, int]], k: int) -> Reals:
    """The probability of each pair: in a group by softmax against what would come in its place."""
    best = np.stack([gains[a:b].max(axis=0) for a, b in slices])
    entry = np.zeros(gains.shape[1])
    if len(best) > k:
        entry = np.maximum(np.partition(best, len(best) - k - 1, axis=0)[len(best) - k - 1], 0)
    result = np.empty(gains.shape)
    for a, b in slices:
        rest = gains[a:b] - entry
        highest = np.maximum(rest.max(axis=0), 0)
        grown = np.exp(rest - highest)
        result[a:b] = grown / (grown.sum(axis=0) + np.exp(-highest))
    return result


def _covariance(shares: Reals, features: Reals, slices: Sequence[tuple[int, int]]) -> Reals:
    """Sum over customers of the covariance of what they use, [actions x measures, actions x measures]."""
    actions, measures = len(shares), len(features)
    weighted = features * shares
    own = np.einsum("qjn,pjn->jqp", weighted, features)
    block = np.zeros((actions * measures, actions * measures))
    for a, b in slices:
        flat = weighted[:, a:b].transpose(1, 0, 2).reshape((b - a) * measures, -1)
        block[a * measures : b * measures, a * measures : b * measures] = -product(flat, flat)
    for j in range(actions):
        block[j * measures : (j + 1) * measures, j * measures : (j + 1) * measures] += own[j]
    return block
