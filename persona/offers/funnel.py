"""The funnel of an offer: how many customers are left after each rule, and for whom a rule alone stood in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from persona.offers.bits import NOBODY, Bits, Rule
from persona.tables.reasons import CODES, words

__all__ = ["STAGES", "funnel", "stages"]

Places = NDArray[np.int16]

STAGES = ("reachable", "eligible", "relevant", "suitable", "contact policy", "worth it", "told")
"""The stages of a decision, in their order; between *worth it* and *told* stands the plan of the whole book."""

_BEFORE = {"D": "reachable", "C": "reachable", "X": "reachable"}
_CONDITIONS = {"E": "eligible", "A": "relevant", "S": "suitable"}
_AFTER = dict.fromkeys("FKLT", "contact policy")
_OUTCOMES = {"U": "worth it", "N": "worth it", **dict.fromkeys("LPVRH", "plan"), "O": "told"}
"""What becomes of an admissible action, from the least to the most: L is a limit that this night's plan uses up."""

_FUNNEL = {
    **dict.fromkeys(("stage", "letter", "id", "says", "source"), pl.String),
    **dict.fromkeys(("left", "lost", "refused", "unknown", "alone"), pl.Int64),
}


@dataclass(frozen=True, slots=True)
class _Step:
    """One question of the funnel: a condition, all rules of a letter that are no conditions, or what came of it."""

    stage: str
    letter: str
    rule: Rule | None = None
    is_outcome: bool = False

    def row(self) -> tuple[str | None, ...]:
        """The step in words."""
        if self.rule is None:
            tonight = " with tonight's plan" if self.letter == "L" and self.is_outcome else ""
            return self.stage, self.letter, None, words(self.letter) + tonight, ""
        return self.stage, self.letter, self.rule.id, self.rule.id, self.rule.source


def funnel(bits: Bits, offer: str) -> pl.DataFrame:
    """How many customers are left of an offer after each step; each of them may get it by any of its actions.

    Grain: one row a step, in the order in which they are asked; the last row is the offer made.
    Makes: ``stage``, ``letter``, ``id`` (the condition; null: all other rules of the letter), ``says``, ``source``,
    ``left`` (customers with an action that came through), ``lost`` (at this step), ``refused`` (customers for whom the
    condition is not met, whatever else is against it), ``unknown`` (of them those of whom something is not known),
    ``alone`` (customers who can have no action of the offer and could, were it not for this step; null: the plan).
    """
    actions = bits.actions_of(offer)
    steps = _steps(bits, actions)
    place = np.max([_place(bits, action, steps) for action in actions], axis=0)
    fallen = np.bincount(place, minlength=len(steps)).tolist()
    lost = [*fallen[:-1], 0]
    left = bits.height - np.cumsum(lost)
    alone = _alone(bits, actions)
    rows = [
        (*step.row(), int(left[number]), lost[number], *_refused(bits, step), _count(bits, alone, step))
        for number, step in enumerate(steps)
    ]
    return pl.DataFrame(rows, schema=_FUNNEL, orient="row")


def stages(bits: Bits, offers: Sequence[str]) -> pl.DataFrame:
    """How many customers are left of each offer after each stage of a decision.

    Grain: one row an offer, in the order given. Makes: ``offer_id``, ``customers``, a column a stage of ``STAGES``;
    ``most_alone`` (the step that alone stands in the way of most customers; null: none does), ``alone`` (of how many).
    """
    rows = []
    for offer in offers:
        told = funnel(bits, offer)
        after = [bits.height]
        for stage in STAGES:
            here = told.filter(pl.col("stage") == stage)["left"]
            after.append(int(here[-1]) if len(here) else after[-1])
        most = told.filter(pl.col("alone") > 0).sort("alone", descending=True, maintain_order=True)
        rows.append((offer, *after, *(most.select("says", "alone").row(0) if most.height else (None, None))))
    counts = dict.fromkeys(("customers", *STAGES), pl.Int64)
    schema = {"offer_id": pl.String, **counts, "most_alone": pl.String, "alone": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _steps(bits: Bits, actions: Sequence[int]) -> list[_Step]:
    asked = {rule.number: rule for action in actions for rule in bits.conditions(action)}
    conditions = [asked[number] for number in sorted(asked)]
    return [
        *(_Step(stage, letter) for letter, stage in _BEFORE.items()),
        *(_Step(_CONDITIONS[rule.letter], rule.letter, rule) for rule in conditions),
        *(_Step(stage, letter) for letter, stage in _AFTER.items()),
        *(_Step(stage, letter, is_outcome=True) for letter, stage in _OUTCOMES.items()),
    ]


def _place(bits: Bits, action: int, steps: Sequence[_Step]) -> Places:
    """The step at which an action falls for each customer; the last: it was made."""
    reason = bits.verdicts[f"reason_{action}"].to_numpy()
    is_besides, own = bits.besides(action) > 0, bits.conditions(action)
    result = np.zeros(bits.height, dtype=np.int16)
    # Asked backwards, so that what is asked earlier writes over what is asked later.
    for number, step in reversed(list(enumerate(steps))):
        if step.rule is None:
            result[(reason == CODES[step.letter]) & (is_besides != step.is_outcome)] = number
        elif step.rule in own:
            result[bits.unmet(step.rule)] = number
    return result


def _alone(bits: Bits, actions: Sequence[int]) -> list[Places]:
    """For each action the rule that alone refuses it, where no action of the offer is admissible."""
    is_open = np.any([bits.is_admissible(action) for action in actions], axis=0)
    return [np.where(is_open, np.int16(NOBODY), bits.alone(action)) for action in actions]


def _count(bits: Bits, alone: Sequence[Places], step: _Step) -> int | None:
    """For how many customers a step alone stands in the way."""
    if step.is_outcome:
        return None
    others = [one for one in bits.rules if one.letter == step.letter and one.besides is not None]
    numbers = [one.number for one in ([step.rule] if step.rule else others)]
    return int(np.count_nonzero(np.any([np.isin(one, numbers) for one in alone], axis=0)))


def _refused(bits: Bits, step: _Step) -> tuple[int | None, int | None]:
    """For how many customers a condition is not met, and of how many of them something is not known."""
    if step.rule is None:
        return None, None
    unmet = bits.unmet(step.rule)
    return int(np.count_nonzero(unmet)), int(np.count_nonzero(unmet & bits.is_unknown(step.rule)))
