"""Triggers that cannot be meant: columns that there are none of, and words that no row has."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from persona.errors import PolicyError
from persona.policy.nearest import known_words
from persona.policy.triggers import readable

if TYPE_CHECKING:
    from persona.policy.policy import Policy

__all__ = ["never_happening", "unkept"]

OUTCOMES = ("accepted", "bounced", "clicked", "complained", "declined", "delivered", "opened", "sent", "unsubscribed")


def unkept(policy: Policy) -> Iterator[PolicyError]:
    """Columns that a trigger keeps and its table does not have, and columns that two triggers would make."""
    first: dict[str, str] = {}
    for trigger in policy.triggers:
        known = [column.name for column in readable(trigger.table)] if trigger.table else []
        for number, name in enumerate(trigger.keeps):
            if name not in known:
                where = str(trigger.place_of("keeps", number))
                hint = known_words(name, known, plural="Columns")
                yield PolicyError(f"unknown column {name!r} of {trigger.table}", where=where, hint=hint)
        own = (trigger.column, f"{trigger.column}_days", *(f"{trigger.column}_{name}" for name in trigger.keeps))
        for name in own:
            where = str(trigger.place_of("trigger"))
            before = first.setdefault(name, where)
            if before != where:
                hint = f"The trigger at {before} makes a column of the same name; give one of them another name."
                yield PolicyError(f"column {name!r} stands twice", where=where, hint=hint)


def never_happening(policy: Policy) -> Iterator[PolicyError]:
    """Words that the rows of a trigger are compared with and that none of them can have."""
    for trigger in policy.triggers:
        checked = policy.compiled.get(trigger.place_of("where")) if trigger.where else None
        known = _known(policy).get(trigger.table or "", {})
        thresholds = [part.threshold for part in checked.parts if part.threshold] if checked else []
        for one in thresholds:
            words = known.get(one.column, ())
            for value in one.values if one.column in known else ():
                if isinstance(value, str) and value not in words:
                    hint = known_words(value, words, plural=f"Words of {one.column}")
                    where = str(trigger.place_of("where"))
                    yield PolicyError(f"unknown {one.column} {value!r}", where=where, hint=hint)


def _known(policy: Policy) -> Mapping[str, Mapping[str, Collection[str]]]:
    offers = {offer.offer for offer in policy.offers}
    return {
        "events": {"subject": policy.workspace.subjects},
        "transactions": {"category": {*policy.categories.categories}} if policy.categories else {},
        "outcomes": {"offer_id": offers, "outcome": OUTCOMES, "group_id": {*policy.catalog.groups}},
    }
