"""The verdicts of a night read from its bits: what refuses an action for whom, and what does so alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from persona.offers.judged import PLANE
from persona.offers.refusals import Flags
from persona.tables.verdicts import SEVERAL

__all__ = ["NOBODY", "Bits", "Rule"]

NOBODY = -1
"""In place of a rule's number: nothing refuses, or more than one does."""

Numbers = NDArray[np.int16]
Codes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the night, as ``tables.verdicts.RULES`` has it."""

    number: int
    letter: str
    id: str
    bit: int | None
    besides: int | None
    blocks: bool
    unknown_blocks: bool
    source: str
    owner: str
    actions: frozenset[int]


@dataclass(frozen=True)
class Bits:
    """The verdicts of a night, some customers or all, with what their bits mean."""

    verdicts: pl.DataFrame
    actions: pl.DataFrame
    """``tables.verdicts.ACTIONS``."""
    said: pl.DataFrame
    """``tables.verdicts.RULES``."""

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules by number, in the order in which they are asked."""
        return tuple(
            Rule(
                row["rule"], row["letter"], row["id"], row["bit"], row["besides"], row["blocks"],
                row["unknown_blocks"], row["source"], row["owner"], frozenset(row["actions"]),
            )
            for row in self.said.sort("rule").iter_rows(named=True)
        )  # fmt: skip

    @property
    def height(self) -> int:
        """How many customers there are."""
        return self.verdicts.height

    def conditions(self, action: int) -> tuple[Rule, ...]:
        """The conditions that can refuse an action."""
        return tuple(one for one in self.rules if one.bit is not None and one.blocks and action in one.actions)

    def unmet(self, rule: Rule) -> Flags:
        """For whom a condition refuses: it is not met, or unknown where that refuses."""
        if rule.number not in self._unmet:
            passes = self._bit("met", rule)
            if not rule.unknown_blocks:
                passes |= self.is_unknown(rule)
            self._unmet[rule.number] = ~passes
        return self._unmet[rule.number]

    def is_unknown(self, rule: Rule) -> Flags:
        """For whom something that a condition reads is not known."""
        return self._bit("unknown", rule)

    def besides(self, action: int) -> Codes:
        """The one rule besides conditions that refuses an action; 0: none, 255: more than one."""
        result: Codes = self.verdicts[f"besides_{action}"].to_numpy()
        return result

    def named(self, action: int) -> Numbers:
        """The number of the one rule besides conditions that refuses an action; NOBODY: none, or more than one."""
        return self._number_of[self.besides(action)]

    def is_admissible(self, action: int) -> Flags:
        """For whom nothing refuses an action."""
        result: Flags = self._counted(action)[0] == 0
        return result

    def meets_conditions(self, action: int) -> Flags:
        """For whom no condition refuses an action."""
        result: Flags = self._against(action) == 0
        return result

    def alone(self, action: int) -> Numbers:
        """The number of the rule that alone refuses an action to each customer; NOBODY: none, or several do."""
        count, which = self._counted(action)
        return np.where(count == 1, which, np.int16(NOBODY))

    def actions_of(self, offer: str) -> list[int]:
        """The action columns of an offer."""
        return self.actions.filter(pl.col("offer_id") == offer)["action"].to_list()

    def _against(self, action: int) -> Codes:
        """How many conditions refuse an action."""
        result = np.zeros(self.height, dtype=np.uint8)
        for rule in self.conditions(action):
            result += self.unmet(rule)
        return result

    def _counted(self, action: int) -> tuple[Codes, Numbers]:
        """How many rules refuse an action, several that are no conditions counting two, and the last of them."""
        besides = self.besides(action)
        count = self._against(action) + (besides > 0) + (besides == SEVERAL)
        which = self.named(action)
        for rule in self.conditions(action):
            which = np.where(self.unmet(rule), np.int16(rule.number), which)
        return count.astype(np.uint8), which

    def _bit(self, plane: str, rule: Rule) -> Flags:
        bit = rule.bit or 0
        bits = self.verdicts[f"{plane}_{bit // PLANE}"].to_numpy()
        result: Flags = (bits >> np.uint64(bit % PLANE)) & np.uint64(1) > 0
        return result

    @cached_property
    def _unmet(self) -> dict[int, Flags]:
        return {}

    @cached_property
    def _number_of(self) -> Numbers:
        """The number of each rule that is no condition, by its code."""
        result = np.full(SEVERAL + 1, NOBODY, dtype=np.int16)
        for rule in reversed(self.rules):
            if rule.besides is not None:
                result[rule.besides] = rule.number
        return result
