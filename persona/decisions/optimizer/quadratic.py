"""The step of a bundle method: where the highest of some cuts, and the distance from the centre, are least together.

Source: Mehrotra (1992), a predictor-corrector interior point method; the problem is that of Kiwiel (1990).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from persona.decisions.optimizer.problem import Reals
from persona.decisions.optimizer.products import product

__all__ = ["Step", "step"]

_ROUNDS = 60
_COMPLEMENTARITY = 1e-13
_RESIDUAL = 1e-9
_FLAT = 1e-12
_SHORT_OF_THE_WALL = 0.99


@dataclass(frozen=True)
class Step:
    """Where to look next."""

    point: Reals
    model: float
    """The highest cut there."""
    weights: Reals
    """How much each cut bears, adding up to one."""


@dataclass
class _Iterate:
    """Point x, level t of the highest cut, slacks s of cuts and c of the ceiling, multipliers w, z (x >= 0), y (c)."""

    x: Reals
    t: float
    s: Reals
    c: Reals
    w: Reals
    z: Reals
    y: Reals


def step(slopes: Reals, offsets: Reals, centre: Reals, metric: Reals, ceiling: Reals) -> Step:
    """The least of ``max(offsets + slopes x) + (x - centre)' metric (x - centre) / 2`` over ``0 <= x <= ceiling``.

    Reads: ``slopes`` [cuts, rows]; ``metric`` symmetric, positive definite; ``ceiling`` inf where there is none.
    """
    at = _start(slopes, offsets, centre, ceiling)
    with np.errstate(all="ignore"):
        for _ in range(_ROUNDS):
            residuals = _residuals(at, slopes, offsets, centre, metric, ceiling)
            if _is_solved(residuals, float(np.abs(slopes).max(initial=_FLAT))):
                break
            try:
                at = _moved(at, residuals, slopes, metric)
            except np.linalg.LinAlgError:
                break
    x = np.where(at.x < 1e-10 * max(1.0, float(at.x.max(initial=0.0))), 0.0, np.minimum(at.x, ceiling))
    return Step(x, float((offsets + _dot(slopes, x)).max()), at.w)


def _dot(matrix: Reals, vector: Reals) -> Reals:
    # By einsum: the library's own product of a matrix and a vector may be shared out to threads.
    result: Reals = np.einsum("ij,j->i", matrix, vector)
    return result


def _start(slopes: Reals, offsets: Reals, centre: Reals, ceiling: Reals) -> _Iterate:
    cuts, rows = slopes.shape
    x = np.minimum(np.maximum(centre, 1e-6) + 1e-7, 0.5 * (ceiling + np.minimum(centre, ceiling)))
    heights = offsets + _dot(slopes, x)
    level = float(heights.max()) + 1e-4 * max(1e-3, float(np.ptp(heights)))
    has_ceiling = np.isfinite(ceiling)
    room = np.where(has_ceiling, np.maximum(ceiling - x, 1e-10), 1.0)
    s = np.maximum(level - heights, 1e-10)
    return _Iterate(x, level, s, room, np.full(cuts, 1 / cuts), np.full(rows, 1e-3), np.where(has_ceiling, 1e-3, 0.0))


@dataclass(frozen=True)
class _Residuals:
    slope: Reals
    weight: float
    height: Reals
    mean: float
    """Mean complementarity."""
    pairs: int


def _residuals(at: _Iterate, slopes: Reals, offsets: Reals, centre: Reals, metric: Reals, ceiling: Reals) -> _Residuals:
    bounded = int(np.isfinite(ceiling).sum())
    pairs = len(at.w) + len(at.x) + bounded
    inner = float(np.sum(at.s * at.w) + np.sum(at.x * at.z) + np.sum(at.c * at.y))
    slope = _dot(metric, at.x - centre) + np.einsum("jm,j->m", slopes, at.w) - at.z + at.y
    height = offsets + _dot(slopes, at.x) + at.s - at.t
    return _Residuals(slope, 1 - float(at.w.sum()), height, inner / pairs, pairs)


def _is_solved(r: _Residuals, steepest: float) -> bool:
    return (
        r.mean < _COMPLEMENTARITY
        and float(np.abs(r.slope).max(initial=0.0)) < _RESIDUAL * steepest
        and abs(r.weight) < _RESIDUAL
        and float(np.abs(r.height).max()) < _RESIDUAL / 100
    )


def _moved(at: _Iterate, r: _Residuals, slopes: Reals, metric: Reals) -> _Iterate:
    """The next iterate. Raises: LinAlgError where rounding allows no better."""
    rows = len(at.x)
    bearing = at.w / at.s
    matrix = np.empty((rows + 1, rows + 1))
    matrix[:rows, :rows] = product((slopes * bearing[:, None]).T, slopes.T) + metric
    matrix[np.arange(rows), np.arange(rows)] += at.z / at.x + at.y / at.c
    matrix[:rows, rows] = matrix[rows, :rows] = -np.einsum("jm,j->m", slopes, bearing)
    matrix[rows, rows] = bearing.sum()
    if not np.all(np.isfinite(matrix)):
        raise np.linalg.LinAlgError

    def direction(ks: Reals, kz: Reals, ky: Reals) -> _Iterate:
        """The Newton direction for given targets of the three complementarities."""
        q = (ks + at.w * r.height) / at.s
        right = np.append(-r.slope - np.einsum("jm,j->m", slopes, q) + kz / at.x - ky / at.c, -r.weight + q.sum())
        solution = np.linalg.solve(matrix, right)
        dx, dt = solution[:rows], float(solution[rows])
        ds = -r.height - _dot(slopes, dx) + dt
        return _Iterate(dx, dt, ds, -dx, (ks - at.w * ds) / at.s, (kz - at.z * dx) / at.x, (ky + at.y * dx) / at.c)

    aim = direction(-at.s * at.w, -at.x * at.z, -at.c * at.y)
    primal, dual = _lengths(at, aim)
    left = np.sum((at.s + primal * aim.s) * (at.w + dual * aim.w)) + np.sum(
        (at.x + primal * aim.x) * (at.z + dual * aim.z)
    )
    left += np.sum((at.c + primal * aim.c) * (at.y + dual * aim.y))
    share = min(1.0, max(0.0, float(left) / (r.pairs * max(r.mean, 1e-300)))) ** 3
    target = max(share, 1e-3) * r.mean
    move = direction(
        target - at.s * at.w - aim.s * aim.w,
        target - at.x * at.z - aim.x * aim.z,
        np.where(at.y > 0, target - at.c * at.y - aim.c * aim.y, 0.0),
    )
    primal, dual = _lengths(at, move)
    return _Iterate(
        at.x + primal * move.x,
        at.t + primal * move.t,
        at.s + primal * move.s,
        np.where(at.y > 0, at.c + primal * move.c, at.c),
        at.w + dual * move.w,
        at.z + dual * move.z,
        at.y + dual * move.y,
    )


def _lengths(at: _Iterate, by: _Iterate) -> tuple[float, float]:
    """How far the point and the multipliers may go before one of them is negative."""
    bounded = at.y > 0

    def length(*pairs: tuple[Reals, Reals]) -> float:
        walls = [(-old[new < 0] / new[new < 0]).min(initial=np.inf) for old, new in pairs]
        return min(1.0, _SHORT_OF_THE_WALL * float(min(walls)))

    primal = length((at.x, by.x), (at.s, by.s), (at.c[bounded], by.c[bounded]))
    return primal, length((at.w, by.w), (at.z, by.z), (at.y[bounded], by.y[bounded]))
