"""What the stages of a night may cost: the targets of `speed.md`, and the limits that bytes and arithmetic set.

They are stated there for 1M customers and about 150M transactions on two cores, and scale with the rows they are of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Rows = Literal["lines", "transactions", "customers", "messages", "new lines"]


@dataclass(frozen=True, slots=True)
class Limit:
    """Seconds that some stages together may take for so many rows."""

    name: str
    stages: tuple[str, ...]
    """By the names under which the night reports them; none: all of them."""
    seconds: float
    rows: int
    of: Rows
    clock: Literal["cpu", "wall"]
    source: str
    """The line of `speed.md` that says so."""

    def scaled(self, rows: int) -> float:
        """Seconds for another number of rows."""
        return self.seconds * rows / self.rows


M = 1_000_000
NIGHT: tuple[str, ...] = ()
"""All the stages of a night."""

STATE = ("state", "book", "signals")

SCORES = (
    "fit",
    "scores",
    "propensity model",
    "propensities",
    "pattern model",
    "patterns",
    "forecast models",
    "forecasts",
)

COLD: tuple[Limit, ...] = (
    Limit("load", ("load",), 1.0, M, "lines", "wall", "targets: load with rejects >= 1M rows/s"),
    Limit("signals", STATE, 60.0, 150 * M, "transactions", "cpu", "targets: cold signals <= 60 s CPU"),
    Limit("scores", SCORES, 15.0, M, "customers", "cpu", "targets: scores <= 15 s"),
    Limit("decisions", ("decisions",), 30.0, M, "customers", "cpu", "targets: verdicts + value + allocation <= 30 s"),
    Limit("messages", ("messages", "publish"), 10.0, M, "messages", "cpu", "targets: render + checks + write <= 10 s"),
    Limit("whole night", NIGHT, 360.0, 150 * M, "transactions", "wall", "targets: cold start from CSV <= 6 minutes"),
)
"""The first night, which loads the whole history."""

NEXT: tuple[Limit, ...] = (
    Limit("load", ("load",), 1.0, M, "new lines", "wall", "targets: load with rejects >= 1M rows/s"),
    Limit("signals", STATE, 5.0, M, "customers", "cpu", "targets: next night's state update <= 5 s"),
    *COLD[2:5],
    Limit("whole night", NIGHT, 120.0, M, "customers", "wall", "targets: the whole next night <= 2 minutes wall"),
)
"""The night after, with one more day."""
