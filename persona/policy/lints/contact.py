"""What is wrong with a contact policy: names that nothing has, orders that go in a circle, what can never be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from persona.errors import PolicyError
from persona.policy.lints.triggers import OUTCOMES
from persona.policy.nearest import known_words
from persona.policy.places import Path
from persona.policy.rules import ContactPolicy

if TYPE_CHECKING:
    from persona.policy.policy import Policy

__all__ = ["circling", "ended_exemptions", "misnamed", "unkeepable"]

LISTS = ("limits", "cooloffs", "conflicts", "requires", "reservations")
"""Lists of a contact policy whose entries have ids of their own."""


def misnamed(policy: Policy) -> Iterator[PolicyError]:
    """Offers, limits and rules that the contact policy names and nothing has, and ids that stand twice."""
    offers = {offer.offer: offer.class_ for offer in policy.offers}
    for contact in policy.of(ContactPolicy):
        yield from _twice(contact)
        ids = [one.id for name in LISTS for one in getattr(contact, name)]
        limits = [limit.id for limit in contact.limits]
        for path, kind, name, known in _named(contact, list(offers), limits, ids):
            if name not in known:
                hint = known_words(name, known, plural=f"{kind}s".capitalize())
                yield PolicyError(f"unknown {kind} {name!r}", where=str(contact.place_of(*path)), hint=hint)
        for number, conflict in enumerate(contact.conflicts):
            for at, name in enumerate(conflict.never):
                if offers.get(name, "marketing") != "marketing":
                    where = str(contact.place_of("conflicts", number, "never", at))
                    hint = "What is owed to a customer is told whatever else he was told."
                    yield PolicyError(f"{name!r} is no marketing and cannot be in conflict", where=where, hint=hint)
                if name in conflict.never[:at]:
                    where = str(contact.place_of("conflicts", number, "never", at))
                    hint = f"To tell a customer of {name} once at most is a limit."
                    yield PolicyError(f"{name!r} cannot be in conflict with itself", where=where, hint=hint)


_Named = tuple[Path, str, str, Sequence[str]]


def _named(contact: ContactPolicy, offers: list[str], limits: list[str], ids: list[str]) -> Iterator[_Named]:
    for number, limit in enumerate(contact.limits):
        yield from ((("limits", number, "without", at), "offer", one, offers) for at, one in enumerate(limit.without))
    for number, conflict in enumerate(contact.conflicts):
        yield from ((("conflicts", number, "never", at), "offer", one, offers) for at, one in enumerate(conflict.never))
    for number, order in enumerate(contact.requires):
        yield from ((("requires", number, key), "offer", getattr(order, key), offers) for key in ("offer", "after"))
    for number, rollout in enumerate(contact.rollouts):
        yield from ((("rollouts", number, "offers", at), "offer", one, offers) for at, one in enumerate(rollout.offers))
        for wave, said in enumerate(rollout.waves):
            path = ("rollouts", number, "waves", wave, "gate", "outcomes")
            words = said.gate.outcomes if said.gate else ()
            yield from (((*path, at), "outcome", one, OUTCOMES) for at, one in enumerate(words))
    for number, kept in enumerate(contact.reservations):
        yield ("reservations", number, "limit"), "limit", kept.limit, limits
        yield from (
            (("reservations", number, "offers", at), "offer", one, offers) for at, one in enumerate(kept.offers)
        )
    for number, spared in enumerate(contact.exemptions):
        yield from ((("exemptions", number, "rules", at), "rule", one, ids) for at, one in enumerate(spared.rules))
        yield from (
            (("exemptions", number, "offers", at), "offer", one, offers) for at, one in enumerate(spared.offers)
        )


def _twice(contact: ContactPolicy) -> Iterator[PolicyError]:
    first: dict[str, str] = {}
    for name in (*LISTS[2:], "rollouts"):
        for number, one in enumerate(getattr(contact, name)):
            where = str(contact.place_of(name, number, "id"))
            taken = {limit.id for limit in contact.limits} | {rest.id for rest in contact.cooloffs}
            if one.id in taken or first.setdefault(one.id, where) != where:
                yield PolicyError(f"{one.id!r} stands twice", where=where, hint="Give one of them another name.")


def circling(policy: Policy) -> Iterator[PolicyError]:
    """Offers that have to follow each other in a circle, or one with which they are in conflict: nobody gets them."""
    for contact in policy.of(ContactPolicy):
        after = {one.offer: one.after for one in contact.requires}
        for number, order in enumerate(contact.requires):
            seen, here = [order.offer], order.after
            while here not in seen and here in after:
                seen.append(here)
                here = after[here]
            where = str(contact.place_of("requires", number))
            if here == order.offer:
                what = f"{' after '.join([*seen, here])}: nobody can be told of any"
                yield PolicyError(what, where=where, hint="Take one of the sequences away.")
            for conflict in contact.conflicts:
                if {order.offer, order.after} <= {*conflict.never} and conflict.within_days >= order.within_days:
                    what = f"{order.offer!r} follows {order.after!r}, with which {conflict.id!r} never lets it be"
                    yield PolicyError(what, where=where, hint="Take one of the two rules away.")


def unkeepable(policy: Policy) -> Iterator[PolicyError]:
    """Reservations of more than their limit has, or that end before they begin."""
    for contact in policy.of(ContactPolicy):
        most = {limit.id: limit.max for limit in contact.limits}
        for number, kept in enumerate(contact.reservations):
            if kept.keep > most.get(kept.limit, kept.keep):
                what = f"{kept.keep} are kept of a limit of {most[kept.limit]}"
                yield PolicyError(what, where=str(contact.place_of("reservations", number, "keep")))
            if kept.until <= kept.from_:
                where = str(contact.place_of("reservations", number, "until"))
                yield PolicyError("ends before it begins", where=where, hint="The end itself is not included.")


def ended_exemptions(policy: Policy, day: date) -> Iterator[PolicyError]:
    """Exemptions from the contact policy that hold no longer: their rules stop their offers again."""
    for contact in policy.of(ContactPolicy):
        for number, one in enumerate(contact.exemptions):
            if not one.holds_on(day):
                where = str(contact.place_of("exemptions", number, "until"))
                what = f"an exemption from {', '.join(one.rules)} ended on {one.until}"
                yield PolicyError(what, where=where, hint=f"Ask {one.approver}, or take it away.")
