"""What is wrong with a policy as a whole, and what in it will soon be: to add a check, append it.

A lint stops the run; a warning is told and the run goes on. Approvals are judged where content is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

from persona.errors import PolicyError
from persona.policy.lints.approvers import unmet
from persona.policy.lints.categories import doubly_coded, of_one_name, unleaved
from persona.policy.lints.compliance import mistyped, prohibited, unplaced
from persona.policy.lints.conditions import stated
from persona.policy.lints.constraints import clashing, crossed, unheard_of, unreachable, unremembered
from persona.policy.lints.contact import circling, ended_exemptions, misnamed, unkeepable
from persona.policy.lints.credit import not_for_credit
from persona.policy.lints.fairness import ended_overrides, unwatched
from persona.policy.lints.guardrails import ended_answers, unguarded
from persona.policy.lints.identity import unmatched
from persona.policy.lints.names import ambiguous, never_said, repeated, unanswered
from persona.policy.lints.prices import mispriced, undrawn, unparted
from persona.policy.lints.residency import moved_out
from persona.policy.lints.sense import failing_examples, never_met, never_offered, reversed_spans, unfounded
from persona.policy.lints.triggers import never_happening, unkept
from persona.policy.places import in_order

if TYPE_CHECKING:
    from persona.policy.policy import Policy
    from persona.policy.rules import Segment
    from persona.policy.triggers import Trigger

__all__ = ["LINTS", "WARNINGS", "warned"]

Lint = Callable[["Policy"], Iterable[PolicyError]]
Warning_ = Callable[["Policy", date], Iterable[PolicyError]]

LINTS: tuple[Lint, ...] = (
    repeated,
    ambiguous,
    of_one_name,
    doubly_coded,
    unleaved,
    unmatched,
    unanswered,
    never_said,
    never_met,
    never_offered,
    reversed_spans,
    unfounded,
    failing_examples,
    unheard_of,
    clashing,
    unreachable,
    unremembered,
    crossed,
    unguarded,
    moved_out,
    unmet,
    unplaced,
    prohibited,
    mistyped,
    unwatched,
    misnamed,
    circling,
    unkeepable,
    not_for_credit,
    mispriced,
    unparted,
    undrawn,
    unkept,
    never_happening,
)


def _ended(policy: Policy, day: date) -> Iterator[PolicyError]:
    """Offers and levers that have come to their end."""
    for offer in policy.offers:
        if offer.valid.until <= day:
            where = str(offer.place_of("valid", "until"))
            hint = "Nobody gets it any more; move its end, or take the file away."
            yield PolicyError(f"offer {offer.offer!r} ended on {offer.valid.until}", where=where, hint=hint)
        for key, levers in (("levers", offer.levers), ("context", offer.context)):
            for number, lever in enumerate(levers):
                if lever.until <= day:
                    where = str(offer.place_of(key, number, "until"))
                    yield PolicyError(f"a lever of {offer.offer!r} ended on {lever.until}", where=where)


def _due(policy: Policy, day: date) -> Iterator[PolicyError]:
    """Segments and triggers whose day of review has come."""
    named: dict[str, Segment | Trigger] = {f"segment {one.segment!r}": one for one in policy.segments}
    named |= {f"trigger {one.trigger!r}": one for one in policy.triggers}
    for name, one in named.items():
        if one.review_on <= day:
            where = str(one.place_of("review_on"))
            what = f"{name} was due for review on {one.review_on}"
            yield PolicyError(what, where=where, hint=f"Ask {one.owner}, then set the next date.")


def _lapsed(policy: Policy, day: date) -> Iterator[PolicyError]:
    """Conditions that are no longer in force."""
    for one in stated(policy):
        until = one.condition.effective_until
        if until is not None and until <= day:
            where = str(one.place_of("effective_until"))
            yield PolicyError(f"condition {one.condition.id!r} is no longer in force since {until}", where=where)


def _unused(policy: Policy, _: date) -> Iterator[PolicyError]:
    """Blocks that are in no template, and templates that are in no offer."""
    locales = [*(one.locales for one in policy.templates.values()), *(one.locales for one in policy.blocks.values())]
    written = " ".join(text for words in locales for texts in words.values() for _, text in texts if text)
    included = set(re.findall(r"\{%-?\s*include\s*['\"]([a-z0-9_]+)['\"]", written))
    drawn = {name for one in policy.templates.values() for blocks in one.choices.values() for name in blocks}
    required = {rule.requires_block for rule in policy.compliance} | drawn
    for name, block in policy.blocks.items():
        if name not in included | required:
            yield PolicyError(f"block {name!r} is in no template", where=str(block.place_of("block")))
    shown = {(treatment.channel, treatment.template) for offer in policy.offers for treatment in offer.treatments}
    for key, template in policy.templates.items():
        if key not in shown:
            yield PolicyError(f"template {key[1]!r} is in no offer", where=str(template.place_of("template")))


WARNINGS: tuple[Warning_, ...] = (_ended, _due, _lapsed, _unused, ended_overrides, ended_answers, ended_exemptions)


def warned(policy: Policy, day: date) -> list[PolicyError]:
    """What should be looked at on a day, though nothing is refused for it; sorted by place."""
    found = [warning for check in WARNINGS for warning in check(policy, day)]
    return sorted(found, key=lambda warning: in_order(warning.where))
