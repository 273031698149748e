"""A mixture of multinomials: kinds of customers, each with its own shares of what is bought.

All sums over customers and categories are of numbers on a binary grid, so that they are exact: a matrix product adds
them up in any order, on any number of threads, for any batch of customers, to the same last bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Flags", "Floats", "Ints", "Mixture", "fitted", "likelihood", "log_joint", "rows_of", "started"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_ROW_MOST = 100
"""A customer weighs as much as this many purchases at most."""
_PARTS = 16
"""Rows are whole multiples of 1 / 16 of a purchase."""
_LOG_GRID, _SHARE_GRID = 2.0**24, 2.0**20
_PRIOR = 5.0
_LLOYD_STEPS = 12
_CONVERGED = 1e-7


@dataclass(frozen=True, slots=True)
class Mixture:
    """Kinds of customers: how many of all are of each, and what each buys; shapes kinds, kinds x categories."""

    weights: Floats
    profiles: Floats


def rows_of(counts: Ints) -> Floats:
    """The purchases of each customer by category, scaled down to a hundred where there are more, in sixteenths."""
    total = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return np.asarray(np.rint(counts * np.minimum(1.0, _ROW_MOST / total) * _PARTS), dtype=np.float64)


def log_joint(rows: Floats, mixture: Mixture) -> Floats:
    """Ln of the weight of each kind times the likelihood of each row in it; shape customers x kinds."""
    logs = np.rint(np.log(mixture.profiles) * _LOG_GRID)
    return np.asarray((rows @ logs.T) / (_LOG_GRID * _PARTS) + np.log(mixture.weights), dtype=np.float64)


def likelihood(rows: Floats, mixture: Mixture) -> float:
    """The mean log-likelihood of the rows."""
    joint = log_joint(rows, mixture)
    top = joint.max(axis=1)
    return float((top + np.log(np.exp(joint - top[:, None]).sum(axis=1))).mean())


def fitted(rows: Floats, mixture: Mixture, *, steps: int) -> Mixture:
    """The mixture after so many steps of expectation and maximization, fewer where they change nothing any more.

    Source: Dempster, Laird and Rubin (1977); each profile with five purchases of the book's shares as its prior.
    """
    total = rows.sum(axis=0)
    share = total / total.sum()
    for _ in range(steps):
        joint = log_joint(rows, mixture)
        part = np.exp(joint - joint.max(axis=1, keepdims=True))
        part = np.rint(part / part.sum(axis=1, keepdims=True) * _SHARE_GRID)
        bought = (part.T @ rows) / (_SHARE_GRID * _PARTS) + _PRIOR * share
        members = part.sum(axis=0) + 1
        new = Mixture(members / members.sum(), _profiles(bought))
        change = np.abs(new.profiles - mixture.profiles).max()
        mixture = new
        if change < _CONVERGED:
            break
    return mixture


def _profiles(bought: Floats) -> Floats:
    shares = bought / bought.sum(axis=1, keepdims=True)
    # A category that nobody buys has no share; a share of nothing has no logarithm.
    floored = np.maximum(shares, 1e-9)
    return np.asarray(floored / floored.sum(axis=1, keepdims=True), dtype=np.float64)


def started(rows: Floats, kinds: int, *, seed: int) -> Mixture:
    """A first mixture from k-means of the square roots of shares, spread by k-means++ with a fixed seed.

    Source: Arthur and Vassilvitskii (2007), k-means++.
    """
    points = np.rint(np.sqrt(rows / np.maximum(rows.sum(axis=1, keepdims=True), 1)) * _SHARE_GRID) / _SHARE_GRID
    squares = (points**2).sum(axis=1)
    centres = _spread(points, squares, kinds, np.random.default_rng(seed))
    for _ in range(_LLOYD_STEPS):
        nearest = np.argmin(_distances(points, squares, centres), axis=1)
        one_hot = (nearest[:, None] == np.arange(kinds)).astype(np.float64)
        size = one_hot.sum(axis=0)[:, None]
        # A centre that lost all its customers stays where it is.
        means = np.rint(one_hot.T @ points / np.maximum(size, 1) * _SHARE_GRID) / _SHARE_GRID
        centres = np.where(size > 0, means, centres)
    nearest = np.argmin(_distances(points, squares, centres), axis=1)
    one_hot = (nearest[:, None] == np.arange(kinds)).astype(np.float64)
    total = rows.sum(axis=0)
    bought = one_hot.T @ rows / _PARTS + _PRIOR * total / total.sum()
    members = one_hot.sum(axis=0) + 1
    return Mixture(members / members.sum(), _profiles(bought))


def _spread(points: Floats, squares: Floats, kinds: int, chance: np.random.Generator) -> Floats:
    chosen = [int(chance.integers(len(points)))]
    nearest = np.full(len(points), np.inf)
    for _ in range(1, kinds):
        nearest = np.minimum(nearest, _distances(points, squares, points[chosen[-1:]])[:, 0])
        away = np.maximum(nearest, 0)
        running = np.cumsum(away)
        chosen.append(int(np.searchsorted(running, chance.random() * running[-1], side="right").clip(0, len(away) - 1)))
    return np.asarray(points[chosen], dtype=np.float64)


def _distances(points: Floats, squares: Floats, centres: Floats) -> Floats:
    both = squares[:, None] + (centres**2).sum(axis=1)
    return np.asarray(both - 2 * (points @ centres.T), dtype=np.float64)
