"""The blocks that rules require of a message about an offer: chosen by what it says, not by who wrote it.

What the offer is and has comes first (its products, terms and facts), then the words of the message that are the same
for everybody. Words that only a customer's own values bring in are seen by the checks, which block.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from jinja2 import nodes

from persona.messages.wording import Wording, nearest
from persona.policy.catalog import Offer
from persona.policy.policy import Policy
from persona.policy.rules import ComplianceRule

__all__ = ["fixed_words", "has_legal_text", "required"]

_TAG = re.compile(r"<[^>]*>")


def required(offer: Offer, wording: Wording, policy: Policy, *, day: date | None) -> dict[str, tuple[str, ...]]:
    """The blocks that rules in force require beyond those that the wording has, by placement, in the rules' order.

    ``day`` is that of the run; None: any on which the offer can be taken up.
    """
    found: dict[str, dict[str, None]] = {}
    heard = None
    for rule in policy.compliance:
        if rule.requires_block not in policy.blocks or not _speaks_of(rule, offer, wording, policy, day):
            continue
        if rule.placement == "anywhere" and rule.requires_block in wording.blocks:
            continue
        heard = heard or " ".join(fixed_words(offer, wording))
        if _is_triggered(rule, offer, heard):
            found.setdefault(rule.placement, {})[str(rule.requires_block)] = None
    return {placement: tuple(names) for placement, names in found.items()}


def has_legal_text(wording: Wording, policy: Policy) -> bool:
    """Whether a wording has a disclosure in it, or another block that a rule requires."""
    wanted = {rule.requires_block for rule in policy.compliance}
    return any(name in wanted or policy.blocks[name].kind == "disclosure" for name in wording.blocks)


def _speaks_of(rule: ComplianceRule, offer: Offer, wording: Wording, policy: Policy, day: date | None) -> bool:
    """Whether a rule is in force, and of the offer's kind and channel."""
    if day is None:
        ends = rule.effective_until
        holds = rule.effective_from < offer.valid.until and (ends is None or ends > offer.valid.from_)
    else:
        holds = rule.holds_on(day)
    is_meant = holds and offer.class_ in rule.classes and wording.channel in (rule.channels or (wording.channel,))
    if rule.groups and offer.group not in rule.groups:
        return False
    return is_meant and (not rule.products or offer.group in policy.catalog.groups_of(rule.products))


def _is_triggered(rule: ComplianceRule, offer: Offer, heard: str) -> bool:
    if rule.triggered_by and not _names_any(rule.triggered_by, offer, heard):
        return False
    return not _names_any(rule.unless, offer, heard)


def _names_any(names: Iterable[str], offer: Offer, heard: str) -> bool:
    """Whether the offer has a term or fact of some name, or its words have one by itself."""
    own = {*offer.terms, *offer.facts}
    return any(name in own or re.search(_by_itself(name), heard) is not None for name in names)


def _by_itself(name: str) -> str:
    words = " ".join(name.lower().split())
    before = r"(?<!\w)" if re.match(r"\w", words) else ""
    after = r"(?!\w)" if re.search(r"\w$", words) else ""
    return f"{before}{re.escape(words)}{after}"


def fixed_words(offer: Offer, wording: Wording) -> Iterable[str]:
    """The words that every message of a wording about an offer says, in small letters, a text at a time."""
    for text in wording.texts.values():
        holder = nodes.Template(list(text.body))
        said = " ".join(part.data for part in holder.find_all(nodes.TemplateData))
        yield " ".join(_TAG.sub(" ", said).lower().split())
    for slot in wording.slots:
        yield from _constant(offer, slot, wording.locale)


def _constant(offer: Offer, slot: str, locale: str) -> Iterable[str]:
    """What a slot says where it is a text of the offer."""
    given: Mapping[str, object] = {"offer_name": offer.name, "reason": offer.reason, **offer.terms}
    said = given.get(slot)
    if isinstance(said, dict):
        spoken = nearest(said, locale)
        said = said[spoken] if spoken else None
    if isinstance(said, str):
        yield " ".join(said.lower().split())
