"""How a slot's plan stands to what it had to keep: value, bound, each line's use and price; or why there is no plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from persona.decisions.market import Settled
from persona.decisions.optimizer import Book, Infeasible, greedy
from persona.decisions.optimizer.evaluate import Evaluator, view
from persona.decisions.optimizer.sample import sampled
from persona.decisions.pairs import Pairs, Reals
from persona.decisions.shared import Line, Shared
from persona.decisions.terms import Terms
from persona.errors import PolicyError, PolicyErrors
from persona.money import MILLI
from persona.policy.places import Place
from persona.tables.decisions import CONSTRAINTS, PLANS

__all__ = ["Told", "infeasible", "told"]

_SAMPLE = 50_000
"""Customers on whom selections by rank are tried."""
_DIGITS = 6
"""Of figures that are sums of amounts."""


@dataclass(frozen=True)
class Told:
    """The rows of a slot in ``tables.decisions.CONSTRAINTS`` and ``PLANS``."""

    constraints: pl.DataFrame
    plan: pl.DataFrame
    uses: Mapping[str, float]
    """What the slot adds to each sum, by its constraint."""


def told(pairs: Pairs, found: Settled, lines: Shared, *, slot: str, k: int, beyond: int = 0) -> Told:
    """What a settled slot comes to; ``beyond`` counts the pairs that were set aside before."""
    total = pairs.total(lines.every, found.chosen) * np.array([line.sign for line in lines.lines])
    counted = pairs.total(lines.counting, found.chosen)
    counts = [
        float(count) if line.term and line.term.is_ratio else None
        for line, count in zip(lines.lines, counted, strict=True)
    ]
    prices = np.full(len(lines.lines), np.nan)
    prices[lines.enforced] = found.prices / MILLI
    rows = [
        _row(line, slot, float(total[number]), counts[number], float(prices[number]))
        for number, line in enumerate(lines.lines)
        if line.holds
    ]
    uses = {
        line.name: float(total[number])
        for number, line in enumerate(lines.lines)
        if line.term is not None and not line.term.is_ratio
    }
    frame = pl.DataFrame(rows, schema=CONSTRAINTS.schema, orient="row")
    return Told(frame, _plan(pairs, found, lines, slot, k).with_columns(beyond=pl.lit(beyond, pl.Int64)), uses)


def _row(line: Line, slot: str, total: float, count: float | None, price: float) -> tuple[object, ...]:
    kind = line.term.constraint.kind if line.term else "sum"
    unit = line.term.constraint.unit if line.term else "customers"
    use = total if count is None else line.limit + total / count if count else None
    slack = None if use is None else line.sign * (line.limit - use - line.before)
    mode = "enforce" if line.is_enforced else "report"
    # The bound of an average or share stands in the row of each contact that it speaks of.
    told_price = None if np.isnan(price) else round(price * (1.0 if count is None else count), _DIGITS) + 0.0
    figures = (_rounded(line.limit), _rounded(line.before), _rounded(use), _rounded(slack), told_price)
    return (slot, line.name, line.bound, kind, mode, unit, *figures)


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, _DIGITS) + 0.0


def _plan(pairs: Pairs, found: Settled, lines: Shared, slot: str, k: int) -> pl.DataFrame:
    bound = max(found.value, int(np.floor(found.bound)))
    distance = bound - found.value
    gap = distance / abs(found.value) if found.value else (None if distance else 0.0)
    rivals: list[object] = [None] * 4
    if found.book is not None and slot == "marketing":
        # By rank only what it would come to is told: of a large book a part is enough.
        part = sampled(Evaluator([view(one, 0.0) for one in found.book.treated], lines.rows, k=k), _SAMPLE, salt=11)
        share = part.customers / max(1, found.book.customers)
        book = Book(tuple(one.bucket for one in part.views))
        for place, by in enumerate(("value", "use")):
            peer = greedy(book, part.rows, k=k, by=by)  # type: ignore[arg-type] # one of the two
            rivals[2 * place : 2 * place + 2] = [round(peer.value / share), ", ".join(peer.broken)]
    row = (slot, len(pairs), len(found.chosen), found.value, bound, gap, *rivals, found.in_turn)
    own = {name: dtype for name, dtype in PLANS.schema.items() if name != "beyond"}
    return pl.DataFrame([row], schema=own, orient="row")


def infeasible(found: Infeasible, lines: Shared, terms: Terms) -> PolicyErrors:
    """The lines that contradict one another, each at its place, with the smallest change that mends them."""
    kept = [lines.lines[place] for place in lines.enforced]
    changes = [_change(line, float(now), float(then)) for line, now, then in _relaxed(kept, lines, found)]
    clashing = set(found.clashing) or {f"{line.name}:{line.bound}" for line, _, _ in _relaxed(kept, lines, found)}
    named = [line for line in kept if f"{line.name}:{line.bound}" in clashing]
    others = ", ".join(f"{line.bound} of {line.name}" for line in named)
    hint = f"The smallest change that mends it: {'; '.join(changes)}." if changes else "Take one of them away."
    proof = "no plan can keep" if found.is_proven else "no plan was found that keeps"
    return PolicyErrors(
        [PolicyError(f"{proof} {others} tonight", where=str(_place(line, terms)), hint=hint) for line in named[:1]]
        + [
            PolicyError(f"{line.bound} of {line.name} is one of them", where=str(_place(line, terms)))
            for line in named[1:]
        ]
    )


def _relaxed(kept: list[Line], lines: Shared, found: Infeasible) -> Iterator[tuple[Line, float, float]]:
    now: Reals = lines.rows.bounds
    for line, before, after in zip(kept, now, found.bounds, strict=True):
        if after > before:
            yield line, before, after


def _change(line: Line, now: float, then: float) -> str:
    if line.term is not None and line.term.is_ratio:
        return f"{line.bound} of {line.name}: let it be missed by {then - now:g} in all, or take it away"
    limit = line.limit + line.sign * (then - now)
    return f"{line.bound} of {line.name} {line.limit:g} -> {limit:g}"


def _place(line: Line, terms: Terms) -> Place:
    if line.term is None:
        return Place(f"rules/offers/{line.name}.yaml")
    number = next(n for n, term in enumerate(terms.terms) if term is line.term)
    return terms.limits.place_of("constraints", number, line.bound)
