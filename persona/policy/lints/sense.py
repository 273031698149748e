"""What cannot be meant: conditions that no customer meets, spans that end before they begin, examples that fail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import combinations, product
from typing import TYPE_CHECKING

from persona.errors import PolicyError
from persona.policy.conditions import Checked
from persona.policy.explain import met
from persona.policy.lints.conditions import Stated, judging, standing, stated
from persona.policy.model import Condition
from persona.policy.places import Place
from persona.policy.rules import Compliance, ComplianceRule, ContactPolicy
from persona.policy.threshold import is_empty, never_together
from persona.policy.trial import is_never_met

if TYPE_CHECKING:
    from persona.policy.policy import Policy

__all__ = ["failing_examples", "never_met", "never_offered", "reversed_spans", "unfounded"]


def never_met(policy: Policy) -> Iterator[PolicyError]:
    """Conditions of which two parts exclude each other, or which are false whatever the customer."""
    for place, checked in policy.compiled.items():
        thresholds = [(part.text, part.threshold) for part in checked.parts if part.threshold]
        for text, one in thresholds:
            if is_empty(one):
                hint = f"{text} holds for nothing; are its ends the wrong way round?"
                yield PolicyError("no customer can meet the condition", where=str(place), hint=hint)
        for (text, one), (other_text, other) in combinations(thresholds, 2):
            if never_together(one, other):
                hint = f"{text} and {other_text} exclude each other; was OR meant?"
                yield PolicyError("no customer can meet the condition", where=str(place), hint=hint)
                break
        else:
            if len(checked.parts) == 1 and not thresholds and is_never_met(checked):
                hint = "Whatever its columns are, it is false or unknown; was a NOT too much?"
                yield PolicyError("no customer can meet the condition", where=str(place), hint=hint)


def never_offered(policy: Policy) -> Iterator[PolicyError]:
    """Offers whose conditions exclude each other where they stand apart: of the issue, the group, and their own."""
    told = set[tuple[Place, Place]]()
    for offer in policy.offers:
        group = policy.catalog.groups.get(offer.group)
        if group is not None and group.issue in policy.catalog.issues:
            for conditions in judging(policy, offer):
                for one, other in combinations(conditions, 2):
                    places = one.place_of("when"), other.place_of("when")
                    apart = None if places in told else _apart(policy, one, other)
                    if apart:
                        told.add(places)
                        what = f"no customer can meet this and {one.condition.id!r}: nobody gets offer {offer.offer!r}"
                        hint = f"{places[0]} asks for {apart[0]}, which excludes {apart[1]}."
                        yield PolicyError(what, where=str(places[1]), hint=hint)


def _apart(policy: Policy, one: Stated, other: Stated) -> tuple[str, str] | None:
    """Parts of two conditions that are in force on the same days and that no customer meets both."""
    sides = [policy.compiled.get(each.place_of("when")) for each in (one, other)]
    passing = [each.condition.on_unknown == "pass" for each in (one, other)]
    if all(passing) or not _meet(one.condition, other.condition):
        return None
    parts = [[(part.text, part.threshold) for part in side.parts if part.threshold] if side else [] for side in sides]
    for (text, first), (other_text, second) in product(*parts):
        is_met_by_nothing = any(passing) and "is null" in (first.operator, second.operator)
        if never_together(first, second) and not is_met_by_nothing:
            return text, other_text
    return None


def _meet(one: Condition, other: Condition) -> bool:
    """Whether both are in force on some day."""
    begun = max(each.effective_from or date.min for each in (one, other))
    return begun < min(each.effective_until or date.max for each in (one, other))


def reversed_spans(policy: Policy) -> Iterator[PolicyError]:
    """Spans of days and hours that end before they begin."""
    for begin, end, place in _spans(policy):
        if begin is not None and end is not None and str(begin) >= str(end):
            yield PolicyError("ends before it begins", where=str(place), hint="The end itself is not included.")


def _spans(policy: Policy) -> Iterator[tuple[date | str | None, date | str | None, Place]]:
    for offer in policy.offers:
        yield offer.valid.from_, offer.valid.until, offer.place_of("valid", "until")
    for one in stated(policy):
        yield one.condition.effective_from, one.condition.effective_until, one.place_of("effective_until")
    for rules in policy.of(Compliance):
        for number, rule in enumerate(rules.rules):
            yield rule.effective_from, rule.effective_until, rules.place_of("rules", number, "effective_until")
            for at, hours in enumerate(rule.send_hours):
                yield hours.send_from, hours.send_until, rules.place_of("rules", number, "send_hours", at, "send_until")
    for contact in policy.of(ContactPolicy):
        for number, hours in enumerate(contact.quiet_hours):
            yield hours.send_from, hours.send_until, contact.place_of("quiet_hours", number, "send_until")
        for number, slot in enumerate(contact.day_slots):
            yield slot.send_from, slot.send_until, contact.place_of("day_slots", number, "send_until")


def unfounded(policy: Policy) -> Iterator[PolicyError]:
    """Things that set inherited conditions aside and do not say why."""
    for one in standing(policy):
        if not one.verdicts.inherit and not one.verdicts.why_not_inherit.strip():
            where = str(one.file.place_of(*one.path, "inherit"))
            hint = "Say so in why_not_inherit, or take `inherit: false` away."
            yield PolicyError("inherited conditions are set aside without a reason", where=where, hint=hint)


def failing_examples(policy: Policy) -> Iterator[PolicyError]:
    """Rules on the customer whose own examples say otherwise."""
    for file in policy.of(Compliance):
        for number, rule in enumerate(file.rules):
            checked = policy.compiled.get(file.place_of("rules", number, "when"))
            if rule.when is not None and checked is not None:
                yield from _failing(rule, checked, file, number)


def _failing(rule: ComplianceRule, checked: Checked, file: Compliance, number: int) -> Iterator[PolicyError]:
    for key, examples, wanted in (("passes", rule.passes, True), ("fails", rule.fails, False)):
        for example, given in enumerate(examples):
            if met(checked, given.given, is_unknown_met=rule.on_unknown == "pass") is not wanted:
                where = str(file.place_of("rules", number, key, example))
                what = f"the example {'does not meet' if wanted else 'meets'} rule {rule.id!r}"
                yield PolicyError(what, where=where, hint=f"The rule reads: {rule.when}")
