"""What would keep messages from being written, found when the policy is loaded: before any customer is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from persona.errors import PolicyError, PolicyErrors
from persona.messages import traced
from persona.messages.disclosures import required
from persona.messages.locales import meant_by
from persona.messages.recipe import recipes
from persona.messages.slots import faults
from persona.messages.wording import KEPT, Wording, wordings
from persona.policy.catalog import Offer
from persona.policy.policy import Policy

__all__ = ["lint"]


def lint(policy: Policy) -> Iterator[PolicyError]:
    """All that is wrong with sender and languages, with texts of templates and blocks, and what offers give them."""
    yield from _sender_faults(policy)
    yield from _language_faults(policy)
    try:
        made = wordings(policy.templates.values(), policy.blocks, languages=policy.workspace.languages)
    except PolicyErrors as told:
        yield from told.errors
        made = {}
    every = (one for offer in policy.offers for one in offer.told)
    errors = (error for one in every for error in _offer_faults(one, policy, made))
    yield from {str(error): error for error in errors}.values()


def _sender_faults(policy: Policy) -> Iterator[PolicyError]:
    workspace = policy.workspace
    for name in ("privacy_url", "unsubscribe_url"):
        address = urlsplit(getattr(workspace.sender, name))
        if address.scheme != "https" or not address.hostname:
            where = str(workspace.place_of("sender", name))
            yield PolicyError(f"{name} is no https address", where=where, hint="RFC 8058 asks for https.")


def _language_faults(policy: Policy) -> Iterator[PolicyError]:
    """Languages of the workspace in which nothing can be written."""
    for number, name in enumerate(policy.workspace.languages):
        meant = meant_by(name)
        if meant != name:
            where = str(policy.workspace.place_of("languages", number))
            hint = f"Did you mean {meant!r}?" if meant else "Write it as en or de-AT."
            yield PolicyError(f"{name!r} is no language that can be written", where=where, hint=hint)


def _offer_faults(offer: Offer, policy: Policy, made: Mapping[tuple[str, str, str], Wording]) -> Iterable[PolicyError]:
    found = {name: policy.compiled.get(offer.place_of("facts", name)) for name in offer.facts}
    facts = {name: fact for name, fact in found.items() if fact is not None}
    for treatment in offer.treatments:
        for language in policy.workspace.languages:
            wording = made.get((treatment.channel, treatment.template, language))
            yield from () if wording is None else _unplaced(offer, wording, policy)
            for complete in () if wording is None else _complete(offer, wording, policy):
                if isinstance(complete, PolicyError):
                    yield complete
                    continue
                # A fact that is wrong in itself is told where it stands, not for each slot that it would fill.
                slots = {name: slot for name, slot in complete.slots.items() if found.get(name, slot) is not None}
                own = replace(complete, slots=slots)
                yield from faults(offer, own, sender=policy.workspace.sender, facts=facts)
                yield from traced.faults(offer, complete, policy)


def _unplaced(offer: Offer, wording: Wording, policy: Policy) -> Iterator[PolicyError]:
    """Blocks that a rule wants beside a claim or on top, in a text that keeps no such place: it could never be sent."""
    wanted = required(offer, wording, policy, day=None)
    for name, placement in KEPT.items():
        if placement != "anywhere" and name not in wording.opened:
            for block in wanted.get(placement, ()):
                what = f"a rule wants block {block!r} {placement} where {offer.offer!r} is told, and there is no place"
                hint = f"Write {{% include {name!r} %}} where it is to stand."
                yield PolicyError(what, where=str(wording.place), hint=hint)


def _complete(offer: Offer, wording: Wording, policy: Policy) -> Iterable[Wording | PolicyError]:
    """Each variant of a wording for an offer, with all that rules can require of it; or what is wrong with them."""
    try:
        return [recipe.wording for recipe in recipes(offer, wording, policy, day=None)]
    except PolicyErrors as told:
        return told.errors
