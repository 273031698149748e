"""Names that stand twice, and names that nothing answers to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from persona.errors import PolicyError
from persona.policy.approvers import Approvers
from persona.policy.catalog import Catalog, Offer
from persona.policy.content import Block, Template
from persona.policy.lints.comparisons import compared
from persona.policy.lints.conditions import reaching
from persona.policy.model import FileModel
from persona.policy.nearest import known_words
from persona.policy.needs import Needs
from persona.policy.places import Place
from persona.policy.rules import Compliance, ContactPolicy, Delivery, Experiments, Segment
from persona.policy.source import Source
from persona.policy.triggers import Trigger
from persona.policy.workspace import CHANNELS

if TYPE_CHECKING:
    from persona.policy.policy import Policy

__all__ = ["ambiguous", "never_said", "repeated", "unanswered"]

Named = tuple[str, str, Place]
"""A kind of thing, its name, and where it is named."""


_FILES: tuple[tuple[type[FileModel], str, str], ...] = (
    (Source, "source", "source"),
    (Segment, "segment", "segment"),
    (Block, "block", "block"),
    (Delivery, "delivery profile", "profile"),
    (Offer, "offer", "offer"),
    (Trigger, "trigger", "trigger"),
)
"""Files that are named by a key of their own."""


def repeated(policy: Policy) -> Iterator[PolicyError]:
    """Names that two things of one kind have."""
    first: dict[tuple[str, str], Place] = {}
    for kind, name, place in (*_given(policy), *_needed(policy)):
        before = first.setdefault((kind, name), place)
        if before is not place:
            hint = f"It stands at {before} already; give one of them another name."
            yield PolicyError(f"{kind} {name!r} stands twice", where=str(place), hint=hint)


def ambiguous(policy: Policy) -> Iterator[PolicyError]:
    """Conditions of one offer that share an id and say different things: a reason is told by the id."""
    told = set()
    for offer in policy.offers:
        said: dict[str, tuple[str, Place]] = {}
        for one in reaching(policy, offer):
            place = one.place_of("id")
            when, before = said.setdefault(one.condition.id, (one.condition.when, place))
            if when != one.condition.when and place not in told:
                told.add(place)
                hint = f"At {before} it says something else, and {offer.offer!r} is judged by both."
                yield PolicyError(f"condition {one.condition.id!r} stands twice", where=str(place), hint=hint)


def _given(policy: Policy) -> Iterator[Named]:
    for model, kind, key in _FILES:
        for file in policy.of(model):
            yield kind, str(getattr(file, key)), file.place_of(key)
    for template in policy.of(Template):
        yield f"{template.channel} template", template.template, template.place_of("template")
    for rules in policy.of(Compliance):
        yield from _each("compliance rule", "rules", rules, (rule.id for rule in rules.rules))
    for contact in policy.of(ContactPolicy):
        yield from _each("limit", "limits", contact, (limit.id for limit in contact.limits))
        yield from _each("cool-off", "cooloffs", contact, (cooloff.id for cooloff in contact.cooloffs))
        yield from _each("day slot", "day_slots", contact, (slot.id for slot in contact.day_slots))
    for experiments in policy.of(Experiments):
        yield from _each("holdout", "holdouts", experiments, (holdout.id for holdout in experiments.holdouts))
    for approvers in policy.of(Approvers):
        for number, one in enumerate(approvers.approvers):
            yield "approver", one.who.strip().casefold(), approvers.place_of("approvers", number, "who")
    for offer in {offer.offer: offer for offer in policy.offers}.values():
        ids = (treatment.id for treatment in offer.treatments)
        yield from _each(f"treatment of {offer.offer}", "treatments", offer, ids)


def _needed(policy: Policy) -> Iterator[Named]:
    for needs in policy.of(Needs):
        for number, need in enumerate(needs.needs):
            yield "need", need.need, needs.place_of("needs", number, "need")


def _each(kind: str, key: str, file: FileModel, names: Iterable[str]) -> Iterator[Named]:
    for number, name in enumerate(names):
        yield kind, name, file.place_of(key, number, "id")


def unanswered(policy: Policy) -> Iterator[PolicyError]:
    """Names that are referred to and that nothing has."""
    known: dict[str, Collection[str]] = {
        "issue": policy.catalog.issues,
        "group": policy.catalog.groups,
        "offer": {offer.offer for offer in policy.offers},
        "block": policy.blocks,
        "segment": {segment.segment for segment in policy.segments},
        "channel": policy.workspace.channels,
        "language": policy.workspace.languages,
        "category": policy.vocabulary.categories,
        **{f"{c} template": {name for channel, name in policy.templates if channel == c} for c in CHANNELS},
    }
    for kind, name, place in (*_referred(policy), *_compared(policy)):
        if name not in known[kind]:
            hint = known_words(name, known[kind], plural=_plural(kind).capitalize())
            yield PolicyError(f"unknown {kind} {name!r}", where=str(place), hint=hint)


def _plural(kind: str) -> str:
    return f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"


def _referred(policy: Policy) -> Iterator[Named]:
    for catalog in policy.of(Catalog):
        for name, group in catalog.groups.items():
            yield "issue", group.issue, catalog.place_of("groups", name, "issue")
    for offer in policy.offers:
        yield "group", offer.group, offer.place_of("group")
        if offer.propensity.affinity:
            yield "category", offer.propensity.affinity, offer.place_of("propensity", "affinity")
        for number, treatment in enumerate(offer.treatments):
            at = ("treatments", number)
            yield "channel", treatment.channel, offer.place_of(*at, "channel")
            yield f"{treatment.channel} template", treatment.template, offer.place_of(*at, "template")
    for needs in policy.of(Needs):
        for number, need in enumerate(needs.needs):
            yield from _listed(needs, ("needs", number), offer=need.offers)
    for trigger in policy.triggers:
        yield from _listed(trigger, (), offer=trigger.offers)
    yield from _referred_by_rules(policy)


def _referred_by_rules(policy: Policy) -> Iterator[Named]:
    for rules in policy.of(Compliance):
        for number, rule in enumerate(rules.rules):
            # A pack speaks of channels and blocks that a bank need not have.
            own = () if rules.is_pack else rule.channels
            yield from _listed(rules, ("rules", number), group=rule.groups, channel=own)
            if rule.requires_block and not (rules.is_pack and rule.requires):
                yield "block", rule.requires_block, rules.place_of("rules", number, "requires_block")
    for contact in policy.of(ContactPolicy):
        for number, limit in enumerate(contact.limits):
            path = ("limits", number)
            yield from _listed(contact, path, group=limit.groups, channel=limit.channels, offer=limit.offers)
        for number, slot in enumerate(contact.day_slots):
            yield from _listed(contact, ("day_slots", number), channel=slot.channels)
        for number, hours in enumerate(contact.quiet_hours):
            yield from _listed(contact, ("quiet_hours", number), channel=hours.channels)
    for experiments in policy.of(Experiments):
        for number, holdout in enumerate(experiments.holdouts):
            yield from _listed(experiments, ("holdouts", number), offer=holdout.offers)


def _listed(file: FileModel, path: tuple[str | int, ...], **names: Iterable[str]) -> Iterator[Named]:
    """Each name of the lists ``<kind>s`` that stand at the path."""
    for kind, some in names.items():
        for number, name in enumerate(some):
            yield kind, name, file.place_of(*path, f"{kind}s", number)


_COMPARED = {"segment": "segment", "segment_before": "segment", "language": "language"}
"""Columns whose values are names, and of what."""


def _compared(policy: Policy) -> Iterator[Named]:
    """The segments and languages that conditions name: comparing with one that does not exist is never true."""
    for place, checked in policy.compiled.items():
        for column, word in compared(checked.text):
            if column in _COMPARED:
                yield _COMPARED[column], word, place


def never_said(policy: Policy) -> Iterator[PolicyError]:
    """Words that columns of the profile are compared with and never have: of those columns that have few, all known."""
    known = {column.name: column.words for column in policy.profile.columns if column.words}
    for place, checked in policy.compiled.items():
        for column, word in compared(checked.text):
            if word not in known.get(column, (word,)):
                hint = known_words(word, known[column], plural=f"Values of {column}")
                yield PolicyError(f"{word!r} is no value of {column}", where=str(place), hint=hint)
