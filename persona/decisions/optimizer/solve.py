"""The best plan of a whole book under shared rows, with a bound that proves how good it is.

Prices of the rows by a dual method, on samples first and on the book at the end; then the few pairs that prices leave
undecided, settled together by a linear and a small integer program; then the certificate, which trusts none of it.
The plan depends on the book alone: not on the order of its customers, nor on the number of workers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from persona.decisions.optimizer.bundle import Descent, Manner, descended
from persona.decisions.optimizer.certificate import certified_bound, recounted, violated
from persona.decisions.optimizer.core import Core, Settled, core, settled
from persona.decisions.optimizer.evaluate import Evaluator, view
from persona.decisions.optimizer.infeasible import contradiction, not_in_whole
from persona.decisions.optimizer.problem import Book, Reals, Rows
from persona.decisions.optimizer.rounding import Exactness, Rounded, rounded
from persona.decisions.optimizer.sample import sampled
from persona.decisions.optimizer.scaling import metric, row_scales
from persona.decisions.optimizer.scan import decided, margins, placed, scanned
from persona.decisions.optimizer.solution import Infeasible, Solution, choices
from persona.errors import ContractError, PersonaError

__all__ = ["PROVEN_PAIRS", "solve"]

PROVEN_PAIRS = 8_000
"""Books with no more admissible pairs are handed to the integer program whole."""

_NUDGE = 5e-4
"""Of the mean value of a customer: enough to part equals, too little to be seen in the plan's worth."""
_COARSE, _FINE = 2_500, 25_000
_COARSE_MANNER = Manner(steps=100, tolerance=1e-4, nearness=10.0, least_nearness=1e-9, cuts=100)
_FINE_MANNER = Manner(steps=40, tolerance=2e-6)
_WHOLE_MANNER = Manner(steps=25, tolerance=1e-7)
_TIED_MANNER = Manner(steps=60, tolerance=1e-7, nearness=10.0)
_STALLED = 20.0
"""Times the tolerance: where the cuts still promise more, heavy ties hold the metric up."""
_FINE_TEMPERATURE, _WHOLE_TEMPERATURE = 0.05, 0.01
"""Of the mean value of a customer."""
_CORE_PAIRS = 12_000
_CORE_ROUNDS, _CORE_FAILURES = 3, 4
_CORE_GAP = 2e-6
_LEAST_MARGIN = 2e-6
_PROVEN_NODES = 4_000
_MIP_GAP, _SMALL_MIP_GAP = 2e-6, 5e-5
_EVERYTHING = float(np.finfo(np.float32).max)
"""A margin that no admissible pair has."""


@dataclass(frozen=True)
class _Scales:
    """What makes numbers of a book alike."""

    total: float
    """The value of the book without rows."""
    unit: float
    """Of a customer."""
    rows: Reals
    """The size of each row over the book."""

    @property
    def price(self) -> Reals:
        """The price of each row that is 1 in the coordinates of the descent."""
        return self.total / self.rows


@dataclass(frozen=True)
class _Attempt:
    """A core settled, the prices it was cut out with, and the best bound so far."""

    core: Core
    settled: Settled
    prices: Reals
    bound: float


def solve(
    book: Book,
    rows: Rows,
    *,
    k: int = 1,
    workers: int = 2,
    near: Reals | None = None,
    proven_pairs: int = PROVEN_PAIRS,
) -> Solution | Infeasible:
    """The plan with at most ``k`` actions a customer and one of each exclusive group that is worth most.

    Reads: ``near``, prices of nearly the same book, to begin with.
    Raises: ContractError where book and rows do not fit one another; PersonaError where the recount finds a row broken.
    """
    _check(book, rows, k)
    plain = Evaluator([view(one, 0.0) for one in book.treated], rows, k=k, workers=workers)
    scales = _scales(plain)
    clash = contradiction(plain, scales.rows)
    pairs = sum(int(np.isfinite(one.value).sum()) for one in book.treated)
    is_small = pairs <= proven_pairs
    if clash is not None:
        return _mended(clash, plain, scales) if is_small else clash
    nudge = _NUDGE * scales.unit
    whole = Evaluator([view(one, nudge, rows.salts) for one in book.treated], rows, k=k, workers=workers)
    prices = np.zeros(len(rows.bounds)) if is_small else _prices(whole, scales, near)
    attempt = _core(whole, plain, scales, prices, pairs=pairs if is_small else _CORE_PAIRS)
    if isinstance(attempt, Core):
        clash = contradiction(plain, scales.rows, is_certain=True)
        return clash or not_in_whole(attempt, rows, scales.rows, is_all=is_small)
    if is_small:
        # Nothing was decided by prices beforehand: those of the linear program are the ones to decide ghosts by.
        attempt = replace(attempt, prices=attempt.settled.prices)
    exactness = Exactness(0.0, nodes=_PROVEN_NODES, customers=pairs) if is_small else _usual(attempt, scales)
    plan = rounded(
        attempt.core, attempt.settled, unit=scales.unit, scales=_per_customer(whole, scales), counted=rows.counted(),
        exactness=exactness,
    )  # fmt: skip
    if plan is None:
        return not_in_whole(attempt.core, rows, scales.rows, is_all=is_small)
    return _told(book, whole, attempt, plan, nudge, plain.passes + whole.passes)


def _check(book: Book, rows: Rows, k: int) -> None:
    if k < 1:
        raise ContractError("a customer may have at least one action")
    for bucket in (*book.treated, *book.ghosts):
        if len(bucket.value) != rows.actions or len(bucket.measured) + 1 != rows.measures:
            raise ContractError("the rows and the book do not have the same actions and amounts")
        if bucket.customers and not 0 <= bucket.cell[0] <= bucket.cell[-1] < rows.cells:
            raise ContractError("the book has a cell that the rows do not know")


def _scales(plain: Evaluator) -> _Scales:
    rows, customers = plain.rows, max(1, plain.customers)
    total = plain.dual(np.zeros(len(rows.bounds))).bound
    sample = sampled(plain, _FINE, salt=7) if plain.views else plain
    if total <= 0:
        finite = [np.abs(one.bucket.value[np.isfinite(one.bucket.value)]).max(initial=0) for one in plain.views]
        total = customers * (float(max(finite, default=0.0)) or 1.0)
    return _Scales(total, total / customers, row_scales(sample, customers))


def _per_customer(whole: Evaluator, scales: _Scales) -> Reals:
    return scales.rows / max(1, whole.customers)


def _descent(part: Evaluator, whole: Evaluator, scales: _Scales, start: Reals, shape: Reals, manner: Manner) -> Descent:
    """A descent over a part of the book, in coordinates in which prices and value are near 1."""
    unit, total = scales.price, scales.total * part.customers / max(1, whole.customers)

    def oracle(point: Reals) -> tuple[float, Reals]:
        found = part.dual(point * unit)
        return found.bound / total, found.slack * unit / total

    return descended(oracle, start, metric=shape, manner=manner)


def _metric(part: Evaluator, whole: Evaluator, scales: _Scales, point: Reals, temperature: float) -> Reals:
    total = scales.total * part.customers / max(1, whole.customers)
    return metric(part, point * scales.price, temperature * scales.unit, unit=scales.price, value=total)


def _prices(whole: Evaluator, scales: _Scales, near: Reals | None) -> Reals:
    """The prices at which the dual is least: on a coarse sample, on a fine one, on the book."""
    plain_shape = np.eye(len(whole.rows.bounds))
    if near is None:
        part = sampled(whole, _COARSE, salt=1)
        point = _descent(part, whole, scales, np.zeros(len(plain_shape)), plain_shape, _COARSE_MANNER).point
    else:
        part, point = sampled(whole, _FINE, salt=1), near / scales.price
    if near is None and whole.customers >= _COARSE * 3:
        part = sampled(whole, _FINE, salt=1)
        shape = _metric(part, whole, scales, point, _FINE_TEMPERATURE)
        point = _descent(part, whole, scales, point, shape, _FINE_MANNER).point
    shape = _metric(part, whole, scales, point, _WHOLE_TEMPERATURE)
    found = _descent(whole, whole, scales, point, shape, _WHOLE_MANNER)
    if found.predicted > _STALLED * _WHOLE_MANNER.tolerance:
        found = _descent(whole, whole, scales, found.point, plain_shape, _TIED_MANNER)
    return found.point * scales.price


def _core(whole: Evaluator, plain: Evaluator, scales: _Scales, prices: Reals, *, pairs: int) -> _Attempt | Core:
    """The core that leaves least between its linear program and the bound; a core alone where none keeps the rows."""
    bound, best_prices = certified_bound(plain, prices), prices
    sample = sampled(whole, _FINE, salt=3)
    spread = margins(sample, prices)
    best, failures, done = None, 0, 0
    while failures < _CORE_FAILURES and done < _CORE_ROUNDS:
        delta = _margin_of(spread, pairs * sample.customers / max(1, whole.customers), scales)
        one = core(whole, scanned(whole, prices, delta))
        found = settled(one, unit=scales.unit, scales=_per_customer(whole, scales))
        if found is None:
            failures, pairs = failures + 1, pairs * 4
            continue
        done, pairs = done + 1, pairs * 2
        there = certified_bound(plain, found.prices)
        if there < bound:
            bound, best_prices = there, found.prices
        if best is None or found.value > best.settled.value:
            best = _Attempt(one, found, prices, bound)
        if bound - best.settled.value <= _CORE_GAP * abs(best.settled.value):
            break
        if not np.array_equal(prices, best_prices):
            prices, spread = best_prices, margins(sample, best_prices)
    return one if best is None else replace(best, bound=bound)


def _margin_of(spread: Reals, rank: float, scales: _Scales) -> float:
    """The margin below which there are so many pairs of the sample; all of them where it has no more."""
    if rank >= len(spread):
        return _EVERYTHING
    return max(float(spread[int(rank)]), _LEAST_MARGIN * scales.unit)


def _usual(attempt: _Attempt, scales: _Scales) -> Exactness:
    worth = abs(attempt.settled.value)
    return Exactness(max(_MIP_GAP * worth, min(0.5 * scales.unit, _SMALL_MIP_GAP * worth)))


def _mended(clash: Infeasible, plain: Evaluator, scales: _Scales) -> Infeasible:
    """The same proof with bounds that a whole plan keeps, as a small book allows to find them."""
    prices = np.zeros(len(plain.rows.bounds))
    one = core(plain, scanned(plain, prices, _EVERYTHING))
    return replace(clash, bounds=not_in_whole(one, plain.rows, scales.rows, is_all=True).bounds)


def _told(book: Book, whole: Evaluator, attempt: _Attempt, plan: Rounded, nudge: float, passes: int) -> Solution:
    """The plan recounted, with ghosts under the same prices."""
    pairs, chosen = attempt.core.pairs, plan.chosen
    plans = placed(pairs.fixed, pairs.bucket[chosen], pairs.place[chosen], pairs.action[chosen])
    rows = whole.rows
    counted = recounted(book.treated, plans, rows)
    if counted.faults or np.any(violated(rows, counted)):
        names = [rows.names[one] for one in np.flatnonzero(violated(rows, counted))]
        raise PersonaError(f"the plan breaks {', '.join(names) or 'a customer limit'}: nothing of it is kept")
    ghosts = Evaluator([view(one, nudge, rows.salts) for one in book.ghosts], rows, k=whole.k)
    ghost_plans = decided(ghosts, attempt.prices)
    everyone = choices((*book.treated, *book.ghosts), (*plans, *ghost_plans), book.everyone, whole.k)
    return Solution(
        choice=everyone,
        value=counted.value,
        bound=max(counted.value, min(attempt.bound, plan.bound)),
        use=counted.use,
        slack=rows.bounds - counted.use,
        shadow_prices=attempt.settled.prices,
        prices=attempt.prices,
        passes=passes,
        undecided=len(pairs.action),
    )
