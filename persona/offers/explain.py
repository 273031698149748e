"""Why an action is not for a customer: everything that refuses it, and what would have to change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from persona.offers.conditions import KINDS, Criterion
from persona.offers.refusals import Flags, Refusals
from persona.policy.actions import Action
from persona.policy.explain import Change, Failing, explained, smallest_change
from persona.tables.reasons import words

__all__ = ["Refusal", "refused_by"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason against an action, in the words of who answers for it."""

    letter: str
    id: str | None
    """Which channel, suppression, condition, cool-off or limit."""
    says: str
    source: str = ""
    failing: tuple[Failing, ...] = ()
    """The parts of a condition that are not met, with what was read."""
    change: tuple[Change, ...] = ()
    """The least that would flip a condition; empty where nobody can say so simply."""


def refused_by(
    refusals: Refusals, action: Action, row: Mapping[str, object], *, place: int = 0, language: str = "en"
) -> tuple[Refusal, ...]:
    """Everything that refuses the action to one customer, in the order of a decision; none: it is admissible.

    Reads: ``row``, what the profile says of the customer, who stands at ``place`` of the batch.
    """
    before = [
        Refusal(letter, name, words(letter, language))
        for letter, name, flags in _before(refusals, action)
        if flags[place]
    ]
    unmet = [_of_condition(one, row, is_unknown, language) for one, is_unknown in _unmet(refusals, action, place)]
    after = [
        Refusal(letter, name, words(letter, language))
        for letter, name, flags in _after(refusals, action)
        if flags[place]
    ]
    return (*before, *unmet, *after)


_Plain = Iterator[tuple[str, str, Flags]]
"""What refuses besides conditions: its letter, its id and where it does."""


def _before(refusals: Refusals, action: Action) -> _Plain:
    """What is asked before the conditions."""
    yield "D", action.name, refusals.is_not_valid(action)
    yield "C", action.channel, refusals.may_not_be_told(action)
    yield "C", "profiling", refusals.may_not_be_profiled(action)
    stoppers = refusals.stoppers(action)
    for name in stoppers.drop_nulls().unique().sort():
        yield "X", name, (stoppers == name).fill_null(value=False).to_numpy()


def _after(refusals: Refusals, action: Action) -> _Plain:
    """What is asked after the conditions."""
    for letter, found in (("F", refusals.disorders(action)), ("K", refusals.rests(action))):
        for name, rows in found:
            flags = np.zeros(len(refusals.customers), dtype=np.bool_)
            flags[rows] = True
            yield letter, name, flags
    for limit in refusals.limits_on(action):
        yield "L", limit.id, refusals.is_used_up(limit)
    yield "L", "occasion", refusals.was_told_already(action)
    yield "T", action.channel, refusals.has_no_window(action)


def _unmet(refusals: Refusals, action: Action, place: int) -> Iterator[tuple[Criterion, bool]]:
    """The conditions that refuse, and whether because they are unknown."""
    for kind in KINDS:
        for index in refusals.criteria.of_action[action.index]:
            one = refusals.criteria.items[index]
            if one.kind == kind and one.blocks:
                is_unknown = bool(refusals.is_unknown(1 << index)[place])
                if is_unknown or refusals.fails(1 << index)[place]:
                    yield one, is_unknown


def _of_condition(one: Criterion, row: Mapping[str, object], is_unknown: bool, language: str) -> Refusal:  # noqa: FBT001 - read from the bits
    letter = "U" if is_unknown else one.kind
    says = one.says.get(language) or one.says.get("en") or words(letter, language)
    return Refusal(
        letter, one.id, says, one.source, tuple(explained(one.when, row)), tuple(smallest_change(one.when, row))
    )
