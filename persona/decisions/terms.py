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
from persona.tables.decisions import OF_PAIRS

__all__ = ["ALWAYS", "NEVER", "Amount", "Flag", "Term", "Terms"]

Reader = Callable[..., Checked]

ALWAYS, NEVER = -1, -2
"""Conditions that the action alone decides; any other is the number of a flag of the customer."""

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
class Amount:
    """What pairs add to a sum, each its own number."""

    number: Checked | None
    """None: 1."""
    where: Checked | None
    """A condition that reads what is known of pairs alone; None: all."""

    @property
    def key(self) -> tuple[str | None, str | None]:
        """Amounts that say the same are one."""
        return self.number.text if self.number else None, self.where.text if self.where else None

    @property
    def reads(self) -> frozenset[str]:
        """The columns that it reads."""
        return frozenset[str]().union(*(one.columns for one in (self.number, self.where) if one))


@dataclass(frozen=True)
class Term:
    """One constraint over the action columns: where it counts, a pair adds its weight times its amount."""

    constraint: Constraint
    weight: tuple[float, ...]
    """Of each action."""
    counts: tuple[int, ...]
    """For each action the flag of those with whom it counts, or ALWAYS or NEVER."""
    shares: tuple[int, ...] = ()
    """Of a share that hangs on the customer: the flag of those who are in it."""
    amount: int | None = None
    """Which amount of the pair is added up; None: 1."""
    within: int | None = None
    """Which amount is 1 where a condition on the pair holds, else 0; None: it holds."""

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
    """All constraints of the night, with the flags that they ask of customers and the amounts of pairs."""

    limits: Constraints
    terms: tuple[Term, ...] = ()
    flags: tuple[Flag, ...] = ()
    amounts: tuple[Amount, ...] = ()

    @classmethod
    def of(cls, limits: Constraints, actions: Sequence[Action], read: Reader) -> Terms:
        """The terms of a file of constraints; ``read`` gives the compiled expression at a path of it."""
        made = _Making(actions, described(actions))
        terms = []
        for number, one in enumerate(limits.constraints):
            value = read(limits, "constraints", number, one.kind)
            where = read(limits, "constraints", number, "where") if one.where else None
            terms.append(made.term(one, value, where))
        return cls(limits, tuple(terms), tuple(made.flags), tuple(made.amounts))


class _Making:
    """Flags and amounts as they are found, each once."""

    def __init__(self, actions: Sequence[Action], frame: pl.DataFrame) -> None:
        self.actions, self.frame, self.rows = actions, frame, frame.to_dicts()
        self.of_action = frozenset(frame.columns)
        self.flags: list[Flag] = []
        self.amounts: list[Amount] = []

    def term(self, one: Constraint, value: Checked, where: Checked | None) -> Term:
        """The term of a constraint."""
        ones = (1.0,) * len(self.actions)
        of_pair = where if where and where.columns & _OF_PAIR else None
        counts = self.flagged(one, None if of_pair else where)
        within = self.amount(None, of_pair) if of_pair else None
        if one.kind == "share" and not (of_pair or value.columns & _OF_PAIR):
            return Term(one, ones, counts, shares=self.flagged(one, value))
        if one.kind != "share" and value.columns <= self.of_action:
            told = self.frame.with_columns(x=value.expr.cast(pl.Float64).fill_null(0.0))["x"]
            return Term(one, tuple(told.to_list()), counts, amount=within, within=within)
        return Term(one, ones, counts, amount=self.amount(value, of_pair), within=within)

    def amount(self, number: Checked | None, where: Checked | None) -> int:
        """The place of an amount."""
        asked = Amount(number, where)
        for place, known in enumerate(self.amounts):
            if known.key == asked.key:
                return place
        self.amounts.append(asked)
        return len(self.amounts) - 1

    def flagged(self, one: Constraint, condition: Checked | None) -> tuple[int, ...]:
        """For each action the flag of those who meet a condition on action and customer."""
        if condition is None:
            return tuple(ALWAYS if action.slot in one.classes else NEVER for action in self.actions)
        alone = condition.columns <= self.of_action
        met = self.frame.with_columns(x=condition.expr)["x"].to_list() if alone else []
        result = []
        for place, action in enumerate(self.actions):
            if action.slot not in one.classes:
                result.append(NEVER)
            elif alone:
                result.append(ALWAYS if met[place] else NEVER)
            else:
                said = tuple((name, self.rows[place][name]) for name in sorted(condition.columns & self.of_action))
                result.append(self.flag(condition, said))
        return tuple(result)

    def flag(self, condition: Checked, said: tuple[tuple[str, object], ...]) -> int:
        """The place of a flag."""
        for place, known in enumerate(self.flags):
            if (known.condition.text, known.action) == (condition.text, said):
                return place
        self.flags.append(Flag(condition, said))
        return len(self.flags) - 1
