"""What may not decide on credit: columns that say nothing of what somebody can afford."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from persona.errors import PolicyError
from persona.policy.catalog import Offer, Product
from persona.policy.lints.compliance import pricing
from persona.policy.lints.conditions import reaching
from persona.policy.places import Place
from persona.tables.features import feature

if TYPE_CHECKING:
    from persona.policy.policy import Policy

__all__ = ["CREDIT", "not_for_credit"]

CREDIT: tuple[Product, ...] = ("loan", "mortgage", "overdraft")
"""Products that are credit agreements."""
_DECIDING = ("eligibility", "suitability")
"""Lists that say who may have it; applicability says whom it interests."""
_SEGMENT = "in_"


def not_for_credit(policy: Policy) -> Iterator[PolicyError]:
    """Conditions that decide on credit and read what may not decide on it."""
    told = set[Place]()
    for offer in policy.of(Offer):
        group = policy.catalog.groups.get(offer.group)
        if group is None or not {*group.regulated_as} & {*CREDIT}:
            continue
        for place in _deciding(policy, offer):
            checked = policy.compiled.get(place)
            if checked is None or place in told:
                continue
            told.add(place)
            yield from _read(policy, checked.columns, place, offer)


def _deciding(policy: Policy, offer: Offer) -> Iterator[Place]:
    for one in reaching(policy, offer):
        if one.path[-2] in _DECIDING:
            yield one.place_of("when")
    yield offer.place_of("expected_loss")
    yield from pricing(offer)


def _read(policy: Policy, columns: Collection[str], place: Place, offer: Offer) -> Iterator[PolicyError]:
    for name in sorted(columns):
        why = _why_not(policy, name)
        if why:
            what = f"{name} may not decide on credit, which offer {offer.offer!r} is: it {why}"
            hint = "Let applicability ask for it, or read income, regular payments and balances."
            yield PolicyError(what, where=str(place), hint=hint)


def _why_not(policy: Policy, name: str) -> str:
    """Why a column may not decide on credit; of a segment the reason of the first column of its condition."""
    for segment in policy.segments:
        if name == f"{_SEGMENT}{segment.segment}":
            checked = policy.compiled.get(segment.place_of("when"))
            read = sorted(checked.columns) if checked else ()
            reasons = ((one, feature(one).not_for_credit) for one in read)
            return next((f"reads {one}, which {why}" for one, why in reasons if why), "")
    return feature(name).not_for_credit
