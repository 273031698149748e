"""Rows that contradict one another: the proof before the night is spent, and the smallest relaxation that mends them.

With no values at all, ``phi(y) = y . bounds + what customers would choose to save`` is 0 or more for every y >= 0 if
any plan keeps the rows, even a fractional one; so a y with ``phi(y) < 0`` proves that none does, and names the rows
that clash. Over ``y <= 1 / size`` its least is minus the smallest relaxation, each row relative to its size; the
choices behind its cuts, averaged, keep the relaxed rows. That is a relaxation for fractions: on a book too large for
the elastic integer program, a row of amounts may need a customer's worth more.
Source: Farkas (1902); the dual of the elastic program, Chinneck, Feasibility and Infeasibility in Optimization (2008).
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import LinearConstraint
from scipy.sparse import csr_matrix, diags, hstack

from persona.decisions.optimizer.bundle import Descent, Manner, descended
from persona.decisions.optimizer.certificate import certified_bound
from persona.decisions.optimizer.core import Core, local_rows
from persona.decisions.optimizer.evaluate import Evaluator, View
from persona.decisions.optimizer.integer import integer_program
from persona.decisions.optimizer.problem import Reals, Rows
from persona.decisions.optimizer.sample import sampled
from persona.decisions.optimizer.solution import Infeasible

__all__ = ["contradiction", "mended", "not_in_whole"]

_SAMPLE = 25_000
_MANNER = Manner(steps=60, tolerance=1e-6, nearness=1.0, least_nearness=1e-6, cuts=80)
_SUSPICION = 1e-4
"""Relative relaxation that a sample must ask for before the whole book is asked."""
_PROOF = 1e-9
_SUPPORT = 1e-3
_NODES, _FEW_NODES = 20_000, 100
_NOTHING = 1e-7
"""Relative to the size of a row: what an average of cuts owes to its tolerance."""
_WHOLE = 1e-5
_EDGE = 1e-9


def contradiction(plain: Evaluator, scales: Reals, *, is_certain: bool = False) -> Infeasible | None:
    """The proof that no plan keeps the rows, and what would mend them; None where there is no such proof.

    Silence keeps every row whose bound is 0 or more, so that only minimums can contradict. ``is_certain``: ask the
    whole book even where a sample sees no need.
    """
    rows = plain.rows
    if np.all(rows.bounds >= 0):
        return None
    sizes = np.where(rows.bounds != 0, np.abs(rows.bounds), scales)
    start = np.zeros(len(sizes))
    if plain.customers > _SAMPLE:
        part = _valueless(sampled(plain, _SAMPLE, salt=5))
        found = _least(part, start, sizes * part.customers / plain.customers)
        if found.value > -_SUSPICION and not is_certain:
            return None
        start = found.point
    whole = _valueless(plain)
    found = _least(whole, start, sizes)
    plain.passes += whole.passes
    return _proof(whole, found, sizes) if found.value < -_PROOF else None


def _valueless(part: Evaluator) -> Evaluator:
    """The same customers and verdicts, where no pair is worth anything."""
    nothing, refused = np.float32(0), np.float32(-np.inf)
    views = [
        View(one.bucket, np.where(np.isfinite(one.bucket.value), nothing, refused), one.spans) for one in part.views
    ]
    return Evaluator(views, part.rows, k=part.k, workers=part.workers)


def _least(part: Evaluator, start: Reals, sizes: Reals) -> Descent:
    def oracle(point: Reals) -> tuple[float, Reals]:
        found = part.dual(point / sizes)
        return found.bound, found.slack / sizes

    ones = np.ones(len(sizes))
    return descended(oracle, start, metric=np.eye(len(sizes)), manner=_MANNER, ceiling=ones)


def _proof(whole: Evaluator, found: Descent, sizes: Reals) -> Infeasible | None:
    """The proof in double precision, first with the rows alone that bear most of it."""
    rows = whole.rows
    few = np.where(found.point >= _SUPPORT * found.point.max(), found.point, 0.0)
    for point in (few, found.point):
        shortfall = -certified_bound(whole, point / sizes)
        if shortfall > _PROOF:
            names = tuple(rows.names[one] for one in np.flatnonzero(point))
            return Infeasible(names, point / sizes, shortfall, _relaxed(rows, found, sizes), is_proven=True)
    return None


def _relaxed(rows: Rows, found: Descent, sizes: Reals) -> Reals:
    """Bounds that the average of the choices behind the cuts keeps: whole where a row counts."""
    slack = np.einsum("jm,j->m", found.slopes, found.weights) / max(float(found.weights.sum()), 1e-300)
    return mended(rows, np.maximum(0.0, -slack) * sizes, sizes)


def mended(rows: Rows, missing: Reals, sizes: Reals) -> Reals:
    """The bounds after they gave way by what is missing: whole where a row counts."""
    missing = np.where(missing > _NOTHING * sizes, missing, 0.0)
    whole = np.ceil(rows.bounds + missing - _WHOLE)
    return np.where(rows.counted(), whole, rows.bounds + missing * (1 + _EDGE) + _EDGE * sizes * (missing > 0)) + 0.0


def not_in_whole(one: Core, rows: Rows, scales: Reals, *, is_all: bool) -> Infeasible:
    """What is said where fractions keep the rows but no whole plan was found, and bounds that one does keep.

    Reads: ``is_all``, whether the core is the book: then it is a proof, as the elastic program has no other end.
    """
    sizes = np.where(rows.bounds != 0, np.abs(rows.bounds), scales)
    missing = _elastic(one, sizes, nodes=_NODES if is_all else _FEW_NODES)
    if missing is None:
        return Infeasible((), np.zeros(len(sizes)), 0.0, rows.bounds, is_proven=False)
    bounds = mended(rows, missing, sizes)
    names = tuple(rows.names[place] for place in np.flatnonzero(bounds > rows.bounds))
    return Infeasible(names, np.zeros(len(sizes)), float(np.sum(missing / sizes)), bounds, is_proven=is_all)


def _elastic(one: Core, sizes: Reals, *, nodes: int) -> Reals | None:
    """The least that the rows of a core must give way so that a whole plan keeps them."""
    pairs, count = len(one.value), len(sizes)
    shared = hstack([csr_matrix(one.use / sizes[:, None]), -diags(np.ones(count))], format="csr")
    constraints = [LinearConstraint(shared, -np.inf, one.left / sizes)]
    local, most = local_rows(one.customer, one.group, one.pairs.room)
    if len(most):
        wide = hstack([local, csr_matrix((len(most), count))], format="csr")
        constraints.append(LinearConstraint(wide, -np.inf, most))
    found = integer_program(
        np.concatenate([np.zeros(pairs), np.ones(count)]),
        constraints,
        whole=np.concatenate([np.ones(pairs), np.zeros(count)]),
        most=np.concatenate([np.ones(pairs), np.full(count, np.inf)]),
        nodes=nodes,
    )
    return None if found is None else np.maximum(0.0, found.x[pairs:]) * sizes
