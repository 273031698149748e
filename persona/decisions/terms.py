"""The constraints of the book as they are computed: what each action counts for, and for which customers.

What hangs on the action alone is a number; what hangs on the customer is a flag of his, and customers with the same
flags are one cell; what hangs on both is an amount of each pair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from persona.policy.actions import Action, described
from persona.policy.conditions import Checked
from persona.policy.constraints import Constraint, Constraints
from persona.tables.decisions import OF_ACTIONS, OF_PAIRS

__all__ = ["ALWAYS", "NEVER", "Flag", "Term", "Terms"]

Reader = Callable[..., Checked]

ALWAYS, NEVER = -1, -2
"""Conditions that the action alone decides; any other is the number of a flag of the customer."""

_OF_ACTION = frozenset(column.name for column in OF_ACTIONS)
_OF_PAIR = frozenset(column.name for column in OF_PAIRS)


@dataclass(frozen=True)
class Flag:
    """A condition on the customer, with what it reads of the action filled in."""

    condition: Checked
    action: tuple[tuple[str, object], ...]

    def of(self, frame: pl.DataFrame) -> pl.Series:
        """Whether each customer meets it; unknown is not met."""
        filled = frame.with_columns(pl.lit(value).alias(name) for name, value in self.action)
        return filled.with_columns(x=self.condition.expr.fill_null(value=False))["x"]


@dataclass(frozen=True)
class Term:
    """One constraint over the action columns."""

    constraint: Constraint
    number: Checked
    where: Checked | None
    is_of_pairs: bool
    """Whether it reads what is known only of an action of one customer."""
    weight: tuple[float, ...]
    """What each action adds where it counts; of pairs 1."""
    counts: tuple[int, ...]
    """For each action the flag of those with whom it counts, or ALWAYS or NEVER."""
    shares: tuple[int, ...]
    """Of a share: the flag of those who are in it."""

    @property
    def is_ratio(self) -> bool:
        """Whether it bounds an average or a share."""
        return self.constraint.kind != "sum"

    def bounds(self) -> Iterator[tuple[str, float]]:
        """``max`` and ``min`` as far as they are given."""
        if self.constraint.max is not None:
            yield "max", float(self.constraint.max)
        if self.constraint.min is not None:
            yield "min", float(self.constraint.min)


@dataclass(frozen=True)
class Terms:
    """All constraints of the night, and the flags that they ask of customers."""

    limits: Constraints
    terms: tuple[Term, ...] = ()
    flags: tuple[Flag, ...] = ()

    @classmethod
    def of(cls, limits: Constraints, actions: Sequence[Action], read: Reader) -> Terms:
        """The terms of a file of constraints; ``read`` gives the compiled expression at a path of it."""
        flags: dict[tuple[str, object], int] = {}
        known: list[Flag] = []
        frame = described(actions)
        rows = frame.to_dicts()

        def flagged(condition: Checked | None, one: Constraint) -> tuple[int, ...]:
            if condition is None:
                return tuple(ALWAYS if action.slot in one.classes else NEVER for action in actions)
            alone = condition.columns <= _OF_ACTION
            met = frame.with_columns(x=condition.expr)["x"].to_list() if alone else []
            result = []
            for place, action in enumerate(actions):
                said = tuple((name, rows[place][name]) for name in sorted(condition.columns & _OF_ACTION))
                if action.slot not in one.classes:
                    result.append(NEVER)
                elif alone:
                    result.append(ALWAYS if met[place] else NEVER)
                else:
                    key = (condition.text, said)
                    if key not in flags:
                        flags[key] = len(known)
                        known.append(Flag(condition, said))
                    result.append(flags[key])
            return tuple(result)

        terms = []
        for number, one in enumerate(limits.constraints):
            value = read(limits, "constraints", number, one.kind)
            where = read(limits, "constraints", number, "where") if one.where else None
            is_share = one.kind == "share"
            asked = value.columns | (where.columns if where else frozenset())
            of_pairs = bool(asked & _OF_PAIR) or (not is_share and not value.columns <= _OF_ACTION)
            if of_pairs:
                in_class = tuple(ALWAYS if action.slot in one.classes else NEVER for action in actions)
                terms.append(Term(one, value, where, of_pairs, (1.0,) * len(actions), in_class, ()))
                continue
            weight = (1.0,) * len(actions) if is_share else _numbers(frame, value)
            shares = flagged(value, one) if is_share else ()
            terms.append(Term(one, value, where, of_pairs, weight, flagged(where, one), shares))
        return cls(limits, tuple(terms), tuple(known))

    @property
    def of_pairs(self) -> tuple[Term, ...]:
        """The terms that need an amount of each pair."""
        return tuple(term for term in self.terms if term.is_of_pairs)

    @property
    def amounts(self) -> tuple[tuple[Term, str], ...]:
        """The amounts of each pair in their order: one of a sum, one of each bound of a ratio."""
        return tuple(
            (term, bound)
            for term in self.of_pairs
            for bound in ([name for name, _ in term.bounds()] if term.is_ratio else ["sum"])
        )

    def reads(self, name: str) -> bool:
        """Whether any term reads a column."""
        return any(name in one.number.columns or (one.where and name in one.where.columns) for one in self.terms)


def _numbers(frame: pl.DataFrame, value: Checked) -> tuple[float, ...]:
    told = frame.with_columns(x=value.expr.cast(pl.Float64).fill_null(0.0))["x"]
    return tuple(told.to_list())
