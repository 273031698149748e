"""What refuses each action for each customer, first of all in the order of a decision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from persona.offers.conditions import KINDS
from persona.offers.refusals import Flags, Refusals, Rows
from persona.policy.actions import Action
from persona.tables.reasons import CODES

__all__ = ["STEPS", "verdicts"]

Steps = NDArray[np.uint8]

STEPS = ("", "D", "C", "C:profiling", "X", "E", "U:E", "A", "U:A", "S", "U:S", "F", "K", "L", "T")
"""The order in which an action is asked; the first that refuses is its reason, the furthest is nearest to going out."""

_STEP = {name: np.uint8(number) for number, name in enumerate(STEPS)}
_CODE = np.array([CODES[name[0]] if name else 0 for name in STEPS], dtype=np.uint8)


def verdicts(refusals: Refusals, actions: Sequence[Action]) -> pl.DataFrame:
    """Each customer with the primary reason for each action.

    Grain: one row a customer of the batch, in its order; right for any batch of whole households.
    Makes: ``met_<plane>``, ``unknown_<plane>``; ``reason_<action>`` (UInt8 of ``tables.reasons``; 0: admissible);
    ``stopped_by`` (UInt8: the reason of the marketing action that came nearest to going out; 0: one is admissible) and
    ``stopped_id`` (which condition, limit, suppression, cool-off, channel or action that was; null: none).
    """
    before: dict[tuple[int, ...], Steps] = {}
    steps = [_steps(refusals, action, before) for action in actions]
    stopped_by, stopped_id = _nearest(refusals, actions, steps)
    reasons = [pl.Series(f"reason_{action.index}", _CODE[steps[action.index]]) for action in actions]
    return refusals.asked.judged.with_columns(*reasons, stopped_by, stopped_id)


def _steps(refusals: Refusals, action: Action, before: dict[tuple[int, ...], Steps]) -> Steps:
    """The first step that refuses the action for each customer; 0 where none does."""
    masks = tuple(refusals.criteria.mask(action.index, kind) for kind in KINDS)
    if masks not in before:
        before[masks] = _of_conditions(refusals, masks)
    asked = before[masks]
    # Asked backwards, so that what is asked earlier writes over what is asked later.
    result = np.zeros_like(asked)
    result[refusals.has_no_window(action)] = _STEP["T"]
    result[refusals.has_no_room(action)] = _STEP["L"]
    result[refusals.is_resting(action)] = _STEP["K"]
    result[refusals.is_out_of_order(action)] = _STEP["F"]
    result = np.where(asked == 0, result, asked)
    result[refusals.is_stopped(action)] = _STEP["X"]
    result[refusals.may_not_be_profiled(action)] = _STEP["C:profiling"]
    result[refusals.may_not_be_told(action)] = _STEP["C"]
    result[refusals.is_not_valid(action)] = _STEP["D"]
    return result


def _of_conditions(refusals: Refusals, masks: Sequence[int]) -> Steps:
    result = np.zeros(len(refusals.customers), dtype=np.uint8)
    for kind, mask in reversed(list(zip(KINDS, masks, strict=True))):
        result[refusals.is_unknown(mask)] = _STEP[f"U:{kind}"]
        result[refusals.fails(mask)] = _STEP[kind]
    return result


def _nearest(refusals: Refusals, actions: Sequence[Action], steps: Sequence[Steps]) -> tuple[pl.Series, pl.Series]:
    """The reason of the marketing action that came furthest, and which rule that was."""
    count = len(refusals.customers)
    marketing = [action for action in actions if action.slot == "marketing"]
    ids = np.full(count, None, dtype=object)
    furthest = np.full(count, CODES["N"], dtype=np.uint8)
    if marketing:
        here = np.stack([steps[action.index] for action in marketing])
        # An admissible action, 0, has come through all of them: one below 0 is the largest number.
        best = np.argmax(here - np.uint8(1), axis=0)
        step = here[best, np.arange(count)]
        for number, action in enumerate(marketing):
            for at in np.unique(step[best == number]):
                _name(ids, np.flatnonzero((best == number) & (step == at)), refusals, action, STEPS[at])
        furthest = _CODE[step]
    return pl.Series("stopped_by", furthest, dtype=pl.UInt8), pl.Series("stopped_id", ids.tolist(), dtype=pl.String)


def _name(ids: NDArray[np.object_], rows: Rows, refusals: Refusals, action: Action, step: str) -> None:
    """Write the id of what refused the action into the rows."""
    if step in ("C", "T"):
        ids[rows] = action.channel
    elif step == "C:profiling":
        ids[rows] = "profiling"
    elif step == "D":
        ids[rows] = action.name
    elif step == "X":
        ids[rows] = refusals.stoppers(action).gather(rows).to_numpy()
    elif step:
        # Backwards, so that the first that refuses writes over the others.
        for name, flags in reversed(list(_rules(refusals, action, step))):
            ids[rows[flags[rows]]] = name


def _rules(refusals: Refusals, action: Action, step: str) -> Iterator[tuple[str, Flags]]:
    """The rules that a step asks, by id, and where each of them refuses."""
    if step in ("F", "K"):
        for name, rows in refusals.disorders(action) if step == "F" else refusals.rests(action):
            flags = np.zeros(len(refusals.customers), dtype=np.bool_)
            flags[rows] = True
            yield name, flags
    elif step == "L":
        for limit in refusals.limits_on(action):
            yield limit.id, refusals.is_used_up(limit)
        yield "occasion", refusals.was_told_already(action)
    else:
        asks = refusals.is_unknown if step.startswith("U") else refusals.fails
        for index in refusals.criteria.of_action[action.index]:
            one = refusals.criteria.items[index]
            if one.blocks and one.kind == step[-1]:
                yield one.id, asks(1 << index)
