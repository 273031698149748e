"""The contact policy as it holds on a day: what is reserved of limits, what is exempt, and the hours of law."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from persona.policy.rules import (
    ComplianceRule,
    Conflict,
    ContactPolicy,
    Cooloff,
    DaySlot,
    Limit,
    QuietHours,
    Reservation,
)
from persona.policy.rules import Sequence as Order

__all__ = ["Contact", "Limited"]


class Limited(Limit):
    """A limit as it holds on a day."""

    spares: tuple[str, ...] = ()
    """Offers that it counts and does not stop."""
    is_tonight: bool = False
    """Whether it counts this night's plan alone."""


@dataclass(frozen=True, slots=True)
class Contact:
    """What the contact policy and the law say of a day."""

    limits: Sequence[Limit] = ()
    cooloffs: Sequence[Cooloff] = ()
    hours: Sequence[QuietHours | ComplianceRule] = ()
    """What says when channels may be used: the bank's quiet hours, and the rules of law in force."""
    suppressions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    conflicts: Sequence[Conflict] = ()
    orders: Sequence[Order] = ()
    spared: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Offers that an exemption spares, by the rule that does not stop them."""
    slots: Sequence[DaySlot] = ()
    """The parts of the day that messages are planned into."""

    @classmethod
    def of(
        cls,
        said: ContactPolicy,
        laws: Sequence[ComplianceRule],
        *,
        day: date,
    ) -> Contact:
        """What a policy says of a day.

        Room that is reserved is a limit on the others: of the same contacts, less what is kept. A conflict is a limit
        of one on this night's plan, beside what it says of the past; of a household one of its offers, not one contact.
        """
        spared: dict[str, frozenset[str]] = {}
        for exemption in said.exemptions:
            for rule in exemption.rules if exemption.holds_on(day) else ():
                spared[rule] = spared.get(rule, frozenset()) | {*exemption.offers}
        kept = [_kept(said, one) for one in said.reservations if _is_kept(said, one, day)]
        apart = [Limit(id=one.id, offers=one.never, max=1, days=one.within_days, per=one.per) for one in said.conflicts]
        tonight = {one.id for one in apart}
        return cls(
            tuple(
                Limited(**dict(one), spares=tuple(sorted(spared.get(one.id, ()))), is_tonight=one.id in tonight)
                for one in (*said.limits, *kept, *apart)
            ),
            said.cooloffs,
            (*said.quiet_hours, *(rule for rule in laws if rule.send_hours and rule.holds_on(day))),
            said.suppressions,
            said.conflicts,
            said.requires,
            spared,
            said.day_slots,
        )


def _is_kept(said: ContactPolicy, one: Reservation, day: date) -> bool:
    """Room is kept from as many days before the campaign as the limit looks back."""
    days = next(limit.days for limit in said.limits if limit.id == one.limit)
    return one.from_ - timedelta(days=days) <= day < one.until


def _kept(said: ContactPolicy, one: Reservation) -> Limit:
    limit = next(limit for limit in said.limits if limit.id == one.limit)
    others = {"id": one.id, "max": max(0, limit.max - one.keep), "without": (*limit.without, *one.offers)}
    return limit.model_copy(update=others)
