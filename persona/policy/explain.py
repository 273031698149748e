"""Why a condition does not hold for one row: its failing parts, what was read, and the least that would flip them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from persona.policy.conditions import Checked
from persona.policy.threshold import Threshold

__all__ = ["Change", "Failing", "explained", "met", "smallest_change"]


@dataclass(frozen=True, slots=True)
class Change:
    """A column, what was read in it, and what would do."""

    column: str
    value: object
    needed: Threshold

    def __str__(self) -> str:
        read = "unknown" if self.value is None else _shown(self.value)
        return f"{self.column} {read} -> {self.needed}"


@dataclass(frozen=True, slots=True)
class Failing:
    """A part of a condition that is not met, with the values that it read."""

    text: str
    state: Literal["not met", "unknown"]
    read: tuple[tuple[str, object], ...]
    """Column and value, sorted by column; None is unknown."""
    change: Change | None
    """What one column would have to be; None where the part is no plain comparison."""

    def __str__(self) -> str:
        if self.change:
            return str(self.change)
        values = ", ".join(f"{name} {'unknown' if value is None else _shown(value)}" for name, value in self.read)
        return f"{self.text} ({self.state}: {values})" if values else f"{self.text} ({self.state})"


def explained(condition: Checked, row: Mapping[str, object]) -> list[Failing]:
    """The parts of the condition that the row does not meet, in their order; none where it meets the condition.

    Reads: from ``row`` the condition's columns; one that is absent is unknown.
    """
    if not condition.columns:
        frame = pl.DataFrame({"": [None]})
    else:
        frame = pl.DataFrame({name: [row.get(name)] for name in condition.types}, schema=dict(condition.types))
    results = frame.with_columns(part.expr.alias(f"\0{n}") for n, part in enumerate(condition.parts)).row(0)
    outcomes = results[frame.width :]
    return [_failing(part, row, met) for part, met in zip(condition.parts, outcomes, strict=True) if met is not True]


def met(condition: Checked, given: Mapping[str, object], *, is_unknown_met: bool) -> bool:
    """Whether an example, as a rule file writes it, meets the condition; what it does not name is unknown."""
    row = {name: _typed(value, condition.types[name]) for name, value in given.items() if name in condition.types}
    failing = explained(condition, row)
    return not failing or (is_unknown_met and all(part.state == "unknown" for part in failing))


def _typed(value: object, dtype: object) -> object:
    if dtype == pl.Date and isinstance(value, str):
        return date.fromisoformat(value)
    return float(str(value)) if dtype == pl.Float64 and value is not None else value


def smallest_change(condition: Checked, row: Mapping[str, object]) -> list[Change]:
    """What would have to change for the condition to hold; empty where it holds or nobody can say so simply."""
    failing = explained(condition, row)
    changes = [part.change for part in failing if part.change]
    return changes if len(changes) == len(failing) else []


def _failing(part: Checked, row: Mapping[str, object], met: bool | None) -> Failing:  # noqa: FBT001 three-valued
    read = tuple((name, row.get(name)) for name in sorted(part.columns))
    threshold = part.threshold
    change = Change(threshold.column, row.get(threshold.column), threshold) if threshold else None
    return Failing(part.text, "unknown" if met is None else "not met", read, change)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}'" if isinstance(value, str) else str(value)
