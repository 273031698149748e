"""What is wrong with guardrails: names that nothing has, bounds that exclude each other, answers that have ended."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import TYPE_CHECKING

from persona.errors import PolicyError
from persona.policy.constraints import Constraints
from persona.policy.guardrails import Guardrail
from persona.policy.nearest import known_words

if TYPE_CHECKING:
    from persona.policy.policy import Policy

__all__ = ["ended_answers", "unguarded"]


def unguarded(policy: Policy) -> Iterator[PolicyError]:
    """Tables, offers and channels that a guardrail names and nothing has; ids that stand twice; a min above the max."""
    for rules in policy.of(Constraints):
        names = [one.id for one in rules.guardrails]
        for number, one in enumerate(rules.guardrails):
            if one.id in names[:number]:
                yield PolicyError(
                    f"guardrail {one.id!r} stands twice", where=str(rules.place_of("guardrails", number, "id"))
                )
            if one.min is not None and one.max is not None and one.min > one.max:
                where = str(rules.place_of("guardrails", number, "min"))
                yield PolicyError(f"min {one.min} is above max {one.max}: no night could keep it", where=where)
            known = _parts(policy, one)
            if one.of is not None and one.of not in known:
                where = str(rules.place_of("guardrails", number, "of"))
                kind = "table" if one.measure == "rows" else "offer or channel"
                hint = known_words(one.of, known, plural="Known")
                yield PolicyError(f"unknown {kind} {one.of!r}", where=where, hint=hint)


def _parts(policy: Policy, one: Guardrail) -> Collection[str]:
    if one.measure == "rows":
        return {source.into for source in policy.sources}
    return {*(offer.offer for offer in policy.offers), *policy.workspace.channels}


def ended_answers(policy: Policy, day: date) -> Iterator[PolicyError]:
    """Answers for guardrails that hold no longer: what they answered for stops the night again."""
    for rules in policy.of(Constraints):
        for number, one in enumerate(rules.guardrails):
            if one.override and not one.override.holds_on(day):
                where = str(rules.place_of("guardrails", number, "override", "until"))
                yield PolicyError(f"the override of {one.id!r} ended on {one.override.until}", where=where)
