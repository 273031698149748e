"""Whether what is typed into a text is true of the offer: a rate or an amount equals a term, or the law asks for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from persona.errors import PolicyError
from persona.messages.claims import Claim, claims
from persona.messages.filters import RATE_UNIT, Formats, formats
from persona.messages.unfolded import spelt_out
from persona.messages.wording import FIELDS, Wording, nearest
from persona.policy.catalog import Offer
from persona.policy.content import Block, Template
from persona.policy.model import Term
from persona.policy.places import Place
from persona.policy.policy import Policy

__all__ = ["faults", "untraced_numbers"]

_PLAIN = str.maketrans({"\u00a0": " ", "\u202f": " ", "’": "'"})


def faults(offer: Offer, wording: Wording, policy: Policy) -> Iterator[PolicyError]:
    """Each typed rate or amount in what a wording says about an offer that is none of its terms."""
    for claim, place in _untraced(offer, wording, policy):
        what = f"{claim.said!r} is typed, and no term of {offer.offer!r} says so"
        yield PolicyError(what, where=str(place), hint=_hint(offer, wording, claim))


def _hint(offer: Offer, wording: Wording, claim: Claim) -> str:
    kinds = {claim.kind} & {"rate", "money"} or {"rate", "money"}
    shown = [
        f"{{{{ {name} | {kind} }}}}"
        for name, term in offer.terms.items()
        for kind in sorted(kinds)
        if _value(name, term, wording, kind) is not None
    ]
    write = f"Show a term, such as {shown[0]}" if shown else "Make it a term of the offer and show that"
    return f"{write}; only a block of kind disclosure says such figures by itself."


def untraced_numbers(offer: Offer, wording: Wording, policy: Policy) -> frozenset[str]:
    """The numbers of what is typed and traces to nothing: no approved words make them right."""
    return frozenset(number for claim, _ in _untraced(offer, wording, policy) for number in claim.numbers)


def _untraced(offer: Offer, wording: Wording, policy: Policy) -> list[tuple[Claim, Place]]:
    """The rates and amounts typed into a complete wording that equal no term of the offer, with their places.

    Left out is what stands in a disclosure or another block that a rule requires.
    """
    currency = policy.workspace.currency
    allowed = _terms(offer, wording, formats(wording.locale, currency))
    found = [
        (claim, place.inside(source, claim.at) if source is typed else place)
        for typed, place, is_html in _sources(offer, wording, policy)
        for source in dict.fromkeys((typed, spelt_out(typed)))
        for claim in claims(source, wording.locale, currency, is_html=is_html)
        if not {one.translate(_PLAIN) for one in claim.numbers} <= allowed.get(claim.kind, set())
    ]
    return list(dict.fromkeys(found))


def _sources(offer: Offer, wording: Wording, policy: Policy) -> Iterator[tuple[str, Place, bool]]:
    """The texts that people typed for a wording, whose file says where they stand; is each HTML?"""
    legal = {rule.requires_block for rule in policy.compliance}
    parts: list[Template | Block] = [policy.templates[wording.channel, wording.template]]
    parts += [
        block
        for block in (policy.blocks[name] for name in wording.blocks)
        if block.kind != "disclosure" and block.block not in legal
    ]
    fields = dict.fromkeys((*FIELDS[wording.channel], "mjml", "text", "body"))
    for part in parts:
        locale = nearest(part.locales, wording.locale, fallback=policy.workspace.languages[0])
        if locale is None:
            continue
        for name in fields:
            source = getattr(part.locales[locale], name)
            if source is not None:
                yield source, part.place_of("locales", locale, name), name in ("html", "mjml")
    yield from _offer_words(offer, wording)


def _offer_words(offer: Offer, wording: Wording) -> Iterator[tuple[str, Place, bool]]:
    """The texts of the offer itself that the wording shows."""
    given: dict[str, tuple[Place, Term]] = {
        "offer_name": (offer.place_of("name", wording.locale), offer.name),
        "reason": (offer.place_of("reason", wording.locale), offer.reason),
        **{name: (offer.place_of("terms", name, wording.locale), term) for name, term in offer.terms.items()},
    }
    for slot, (place, term) in given.items():
        if slot not in wording.slots or wording.slots[slot].type != "text":
            continue
        spoken = nearest(term, wording.locale) if isinstance(term, dict) else None
        said = term[spoken] if isinstance(term, dict) and spoken is not None else term
        if isinstance(said, str):
            yield said, place, False


def _terms(offer: Offer, wording: Wording, words: Formats) -> dict[str, set[str]]:
    """The ways to write the terms of an offer: as the filters do, with fewer zeros, and without groups."""
    found: dict[str, set[str]] = {"rate": set(), "money": set()}
    for name, term in offer.terms.items():
        for kind, ways in found.items():
            value = _value(name, term, wording, kind)
            if value is not None:
                ways.update(_written(value, kind, words))
    return found


def _value(name: str, term: object, wording: Wording, kind: str) -> int | None:
    """A term as the whole units that a filter writes; None where it is nothing of that kind."""
    if isinstance(term, bool) or not isinstance(term, int | Decimal):
        return None
    slot = wording.slots.get(name)
    guess = "money" if name.endswith("_minor") else "rate" if isinstance(term, Decimal) else None
    if (slot.type if slot else guess) != kind:
        return None
    units = Decimal(term) * (RATE_UNIT if kind == "rate" else 1)
    return int(units) if units == int(units) else None


def _written(value: int, kind: str, words: Formats) -> Iterator[str]:
    said = {words.rate(value)} if kind == "rate" else {words.money(value), words.money_short(value)}
    for one in said:
        figure = re.search(rf"\d(?:[\d{re.escape(words.separator + words.point)}]*\d)?", one)
        if figure is None:
            continue
        number = figure.group()
        bare = number.replace(words.separator, "")
        short = bare.rstrip("0") if kind == "rate" and words.point in bare else bare
        yield from (form.translate(_PLAIN) for form in (number, bare, short))
