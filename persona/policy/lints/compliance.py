"""What law keeps out of decisions, and what a bank must say of itself before a pack of law can speak of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, get_args

from persona.errors import PolicyError
from persona.policy.catalog import Catalog, Offer, Product
from persona.policy.conditions import Checked
from persona.policy.lints.conditions import reaching
from persona.policy.places import Place
from persona.policy.prohibited import bare, reads_prohibited
from persona.policy.rules import Compliance, ComplianceRule
from persona.policy.source import Source
from persona.policy.vocabulary import EXTRA_TYPES, extra_columns

if TYPE_CHECKING:
    from persona.policy.policy import Policy

__all__ = ["deciding", "mistyped", "pricing", "prohibited", "unplaced"]


def unplaced(policy: Policy) -> Iterator[PolicyError]:
    """Groups that do not say which kinds of product they sell, where law or fairness speaks of kinds of product."""
    if policy.fairness is None and not any(rule.products for rule in policy.compliance):
        return
    for catalog in policy.of(Catalog):
        for name, group in catalog.groups.items():
            if "regulated_as" not in group.model_fields_set:
                hint = f"Say `regulated_as`: {', '.join(get_args(Product))}; [] where it sells none."
                where = str(catalog.place_of("groups", name))
                yield PolicyError(f"group {name!r} does not say which law speaks of it", where=where, hint=hint)


def prohibited(policy: Policy) -> Iterator[PolicyError]:
    """Conditions, worths and levers of offers that read what law prohibits for their kind of product.

    Whatever the rule's dates: what will be unlawful is not built. A segment stands for the columns of its condition,
    the main segment for those of all. What a text shows (``facts``) decides nothing.
    """
    derived = _derived(policy)
    told: set[tuple[Place, str]] = set()
    for rule in policy.compliance:
        for offer in _spoken_of(rule, policy) if rule.prohibits else ():
            for place in _deciding(policy, offer):
                checked = policy.compiled.get(place)
                columns = reads_prohibited(checked, rule, derived=derived) if checked else []
                if columns and (place, rule.id) not in told:
                    told.add((place, rule.id))
                    what = f"{', '.join(map(repr, columns))} may not decide on offer {offer.offer!r}"
                    yield PolicyError(what, where=str(place), hint=f"Rule {rule.id!r}: {rule.source}.")


def _spoken_of(rule: ComplianceRule, policy: Policy) -> list[Offer]:
    groups = {*policy.catalog.groups} if not rule.products else {*policy.catalog.groups_of(rule.products)}
    named = groups & {*rule.groups} if rule.groups else groups
    return [offer for offer in policy.offers if offer.group in named and offer.class_ in rule.classes]


def _deciding(policy: Policy, offer: Offer) -> Iterator[Place]:
    """Where the expressions stand that decide who gets the offer and what it is worth."""
    for one in reaching(policy, offer):
        yield one.place_of("when")
    yield offer.place_of("worth")
    yield from pricing(offer)
    for key, levers in (("levers", offer.levers), ("context", offer.context)):
        for number, _ in enumerate(levers):
            yield offer.place_of(key, number, "when")
    for trigger in policy.triggers:
        if trigger.urgency and offer.offer in trigger.offers:
            yield trigger.place_of("when")


def pricing(offer: Offer) -> Iterator[Place]:
    """Where the expressions stand that decide which price of an offer a customer is told."""
    if offer.price:
        paths = (("when",), ("bands", "by"), ("response", "by"))
        said = (offer.price.when, offer.price.bands, offer.price.response.by)
        yield from (offer.place_of("price", *path) for path, one in zip(paths, said, strict=True) if one)


def deciding(policy: Policy, offer: Offer) -> tuple[Checked, ...]:
    """What decides who gets an offer and what it is worth: the sides of its conditions and its worth, sorted by text.

    A condition that law allows by name (``age_years >= 18``) does not count.
    """
    lawful = {bare(text) for rule in policy.compliance if offer in _spoken_of(rule, policy) for text in rule.allows}
    found = {
        part.text: part
        for place in _deciding(policy, offer)
        for part in (policy.compiled[place].parts if place in policy.compiled else ())
        if part.columns and bare(part.text) not in lawful
    }
    return tuple(found[text] for text in sorted(found))


def _derived(policy: Policy) -> list[tuple[str, frozenset[str]]]:
    """The columns that are made of others by the bank's own rules, and what they are made of."""
    found = []
    for segment in policy.segments:
        checked = policy.compiled.get(segment.place_of("when"))
        if checked is not None:
            found.append((f"in_{segment.segment}", checked.columns))
    every = frozenset[str]().union(*(columns for _, columns in found))
    states = [(one.column, policy.compiled.get(one.place_of("when"))) for one in policy.triggers if one.when]
    told = [(name, checked.columns) for name, checked in states if checked is not None]
    return [*found, ("segment", every), ("segment_before", every), *told]


def mistyped(policy: Policy) -> Iterator[PolicyError]:
    """Columns of sources that a compliance rule reads as something else."""
    for rules in policy.of(Compliance):
        for source in policy.of(Source):
            own = {column.name: column for column in extra_columns(source)} if source.into == "customers" else {}
            for name, kind in rules.columns.items():
                if name in own and own[name].dtype != EXTRA_TYPES[kind]:
                    where = str(source.place_of("columns", name))
                    hint = f"Give it `type: {kind}`."
                    yield PolicyError(f"{name!r} must be {kind} for the rules of {rules.file}", where=where, hint=hint)
