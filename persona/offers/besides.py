"""What refuses each action besides conditions, and the rules of the night by number: what its bits are read by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from persona.offers.conditions import KINDS, Criteria
from persona.offers.refusals import Flags, Refusals
from persona.policy.actions import SLOTS, Action, is_limited
from persona.policy.contact import Contact
from persona.tables.verdicts import ACTIONS, RULES, SEVERAL

__all__ = ["Numbers", "besides", "night_actions", "night_rules", "numbered"]

Numbers = Mapping[tuple[str, str], int]
"""The number of each rule that is no condition, by letter and id."""
Codes = NDArray[np.uint8]

_OTHER = "another"
"""Suppressions of a type that the contact policy does not name, and rules beyond those that have a number."""
_MOST = SEVERAL - 1


def numbered(actions: Sequence[Action], contact: Contact) -> Numbers:
    """The rules of a night that are no conditions, from 1 in the order of a decision.

    What the policy alone can name, so that the numbers are the same for every batch of customers.
    """
    channels = sorted({action.channel for action in actions})
    said = [
        ("D", "approval"),
        *(("C", channel) for channel in channels),
        ("C", "profiling"),
        *(("X", name) for name in (*sorted(contact.suppressions), _OTHER)),
        *(("F", one.id) for one in contact.conflicts),
        *(("F", one.id) for one in contact.orders),
        *(("K", one.id) for one in contact.cooloffs),
        *(("L", one.id) for one in contact.limits),
        ("L", "occasion"),
        *(("T", channel) for channel in channels),
    ]
    return {key: min(number, _MOST) for number, key in enumerate(dict.fromkeys(said), start=1)}


def besides(refusals: Refusals, actions: Sequence[Action], numbers: Numbers) -> list[pl.Series]:
    """``besides_<action>`` (UInt8): the one rule besides conditions that refuses it; 0: none, 255: more than one."""
    known: dict[object, Codes] = {}
    made = []
    for action in actions:
        result = known.get((action.slot, action.channel))
        if result is None:
            result = known[(action.slot, action.channel)] = _of_channel(refusals, action, numbers)
        result = result.copy()
        for key, flags in _of_action(refusals, action, known):
            _add(result, flags, numbers.get(key, _MOST))
        made.append(pl.Series(f"besides_{action.index}", result))
    return made


def _of_channel(refusals: Refusals, action: Action, numbers: Numbers) -> Codes:
    """What refuses every action of a class on a channel alike: no consent, a suppression."""
    result = np.zeros(len(refusals.customers), dtype=np.uint8)
    _add(result, refusals.may_not_be_told(action), numbers["C", action.channel])
    types = {name: number for (letter, name), number in numbers.items() if letter == "X"}
    stoppers = refusals.stoppers(action)
    codes = stoppers.replace_strict(types, default=types[_OTHER], return_dtype=pl.UInt8)
    stopped = codes.set(stoppers.is_null(), 0).to_numpy()
    return np.where((stopped > 0) & (result > 0), np.uint8(SEVERAL), np.maximum(result, stopped))


def _of_action(
    refusals: Refusals, action: Action, known: dict[object, Codes]
) -> Iterator[tuple[tuple[str, str], Flags]]:
    yield ("D", "approval"), refusals.is_not_valid(action)
    yield ("C", "profiling"), refusals.may_not_be_profiled(action)
    for letter, found in (("F", refusals.disorders(action)), ("K", refusals.rests(action))):
        for name, rows in found:
            flags = np.zeros(len(refusals.customers), dtype=np.bool_)
            flags[rows] = True
            yield (letter, name), flags
    for limit in refusals.limits_on(action):
        if limit.id not in known:
            known[limit.id] = refusals.is_used_up(limit).astype(np.uint8)
        yield ("L", limit.id), known[limit.id].astype(np.bool_)
    yield ("L", "occasion"), refusals.was_told_already(action)
    yield ("T", action.channel), refusals.has_no_window(action)


def _add(result: Codes, flags: Flags, number: int) -> None:
    """Write a rule where it is the first, and that there are several where it is not."""
    rows = np.flatnonzero(flags)
    if len(rows):
        result[rows] = np.where(result[rows] > 0, np.uint8(SEVERAL), np.uint8(number))


def night_actions(actions: Sequence[Action]) -> pl.DataFrame:
    """The action columns in words: ``tables.verdicts.ACTIONS``."""
    rows = [(one.index, one.slot, one.offer.offer, one.treatment.id, one.channel) for one in actions]
    return ACTIONS.checked(pl.DataFrame(rows, schema=ACTIONS.schema, orient="row"))


def night_rules(criteria: Criteria, actions: Sequence[Action], contact: Contact) -> pl.DataFrame:
    """Every rule that could refuse an action, in the order in which they are asked: ``tables.verdicts.RULES``."""
    others = [
        (letter, name, None, number, True, False, None, "", "",
         [one.index for one in actions if _speaks(letter, name, one, contact)])
        for (letter, name), number in numbered(actions, contact).items()
    ]  # fmt: skip
    conditions = [
        (one.kind, one.id, one.index, None, one.blocks, one.unknown_blocks, one.when.text, one.source, one.owner,
         [place for place, asked in enumerate(criteria.of_action) if one.index in asked])
        for one in criteria.items
    ]  # fmt: skip
    order = ["D", "C", "X", *KINDS, "F", "K", "L", "T"]
    rows = sorted([*others, *conditions], key=lambda row: order.index(row[0]))
    frame = pl.DataFrame([(n, *row) for n, row in enumerate(rows)], schema=RULES.schema, orient="row")
    return RULES.checked(frame)


def _speaks(letter: str, name: str, action: Action, contact: Contact) -> bool:
    """Whether a rule that is no condition can refuse an action."""
    if letter in ("C", "T") and name != "profiling":
        return action.channel == name
    if letter == "X":
        return action.slot in contact.suppressions.get(name, SLOTS)
    if letter == "K":
        return action.slot == "marketing"
    limit = next((one for one in contact.limits if letter == "L" and one.id == name), None)
    return limit is None or is_limited(limit, action)
