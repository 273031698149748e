"""What is wrong with the fairness rules: names that nothing has, and overrides that have come to their end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from persona.errors import PolicyError
from persona.policy.fairness import Fairness
from persona.policy.nearest import known_words

if TYPE_CHECKING:
    from persona.policy.policy import Policy

__all__ = ["ended_overrides", "unwatched"]


def unwatched(policy: Policy) -> Iterator[PolicyError]:
    """Columns, groups and offers that the fairness rules name and nothing has; groups that stand twice."""
    for rules in policy.of(Fairness):
        names = [one.id for one in rules.watched]
        for number, name in enumerate(names):
            if name in names[:number]:
                yield PolicyError(f"watched {name!r} stands twice", where=str(rules.place_of("watched", number, "id")))
        columns = [column.name for column in policy.profile.columns]
        if rules.given is not None and rules.given not in columns:
            hint = known_words(rules.given, columns, plural="Columns")
            yield PolicyError(f"unknown column {rules.given!r}", where=str(rules.place_of("given")), hint=hint)
        offers = [offer.offer for offer in policy.offers]
        for number, one in enumerate(rules.overrides):
            named = [("watched", one.watched, names), *([("offer", one.offer, offers)] if one.offer else [])]
            for kind, name, known in named:
                if name not in known:
                    where = str(rules.place_of("overrides", number, kind))
                    yield PolicyError(
                        f"unknown {kind} {name!r}", where=where, hint=known_words(name, known, plural="Known")
                    )


def ended_overrides(policy: Policy, day: date) -> Iterator[PolicyError]:
    """Overrides of fairness that hold no longer: what they answered for stops the night."""
    for rules in policy.of(Fairness):
        for number, one in enumerate(rules.overrides):
            if not one.holds_on(day):
                where = str(rules.place_of("overrides", number, "until"))
                yield PolicyError(f"an override of {one.watched!r} ended on {one.until}", where=where)
