"""The action columns: each offer as it is put on each of its channels, and at each price where constraints read it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import polars as pl

from persona.policy.catalog import Catalog, Offer, Treatment
from persona.policy.conditions import Checked
from persona.policy.constraints import Constraints
from persona.policy.contact import Limited
from persona.policy.prices import COLUMN, Point
from persona.policy.rules import DaySlot, Limit
from persona.tables.decisions import OF_ACTIONS

__all__ = [
    "BEST",
    "MOST_ACTIONS",
    "SLOTS",
    "Action",
    "actions",
    "are_prices_apart",
    "described",
    "exclusive",
    "is_counted",
    "is_limited",
    "occasion",
    "used",
]

MOST_ACTIONS = 128
"""Above this each customer keeps his best candidates alone, and the bound of the plan speaks of them."""

BEST = 64
"""Candidates of each customer and class that are kept then."""

SLOTS = ("regulatory", "service", "marketing")
"""The classes in the order in which they are decided: what is owed first, because limits may count it."""


@dataclass(frozen=True, slots=True)
class Action:
    """One offer by one treatment: what a customer can be given."""

    index: int
    offer: Offer
    number: int
    """The treatment's place in the offer's file."""
    issue: str
    from_utc: datetime
    """From when the offer can be taken up, UTC without its zone."""
    until_utc: datetime
    """From when it can no longer be."""
    point: int | None = None
    """The place of its price on the ladder; None: one price, or it is chosen within the column."""
    hours: DaySlot | None = None
    """The part of the day in which it leaves; None: its channel has none."""

    @property
    def window(self) -> str:
        """What its hours of sending are known by: its channel, and ``@slot`` where it has one."""
        return f"{self.channel}@{self.hours.id}" if self.hours else self.channel

    @property
    def price(self) -> Point | None:
        """Its own price; None: the offer has one price, or it is chosen within the column."""
        return self.offer.price.points[self.point] if self.offer.price and self.point is not None else None

    @property
    def points(self) -> tuple[int | None, ...]:
        """The places on the ladder among which its price is chosen; that of an offer with one price is None."""
        if self.offer.price is None or self.point is not None:
            return (self.point,)
        return tuple(range(len(self.offer.price.points)))

    @property
    def treatment(self) -> Treatment:
        """How the offer is put."""
        return self.offer.treatments[self.number]

    @property
    def channel(self) -> str:
        """The channel of the treatment."""
        return self.treatment.channel

    @property
    def slot(self) -> str:
        """The class of the offer: each customer has one action of each at most."""
        return self.offer.class_

    @property
    def name(self) -> str:
        """``offer/treatment``, and ``@price`` and ``@slot`` where it has its own."""
        own = "".join(f"@{one.id}" for one in (self.price, self.hours) if one)
        return f"{self.offer.offer}/{self.treatment.id}{own}"


def are_prices_apart(limits: Constraints, read: Callable[..., Checked]) -> bool:
    """Whether a constraint tells prices of one offer apart, so that each is an action column of its own."""
    asked = frozenset[str]()
    for number, one in enumerate(limits.constraints):
        for key in (one.kind, *(["where"] if one.where else [])):
            asked |= read(limits, "constraints", number, key).columns
    return bool(asked & {COLUMN, "price_point"})


def actions(
    offers: Sequence[Offer],
    catalog: Catalog,
    *,
    zone: str,
    by_price: bool = False,
    slots: Sequence[DaySlot] = (),
) -> tuple[Action, ...]:
    """Every offer by every treatment, sorted by (offer id, treatment id); ``zone`` is that of days without their own.

    With ``by_price`` each price of an offer has a column of its own, in the order of the ladder; so has each of the
    ``slots`` of a treatment's channel, in their order.
    """
    named = sorted(
        (offer.offer, treatment.id, number, at, hours, offer)
        for offer in offers
        for number, treatment in enumerate(offer.treatments)
        for at in (range(len(offer.price.points)) if by_price and offer.price else (-1,))
        for hours in [n for n, one in enumerate(slots) if treatment.channel in one.channels] or [-1]
    )
    return tuple(
        Action(
            index,
            offer,
            number,
            catalog.groups[offer.group].issue,
            _midnight(offer.valid.from_, offer.valid.zone or zone),
            _midnight(offer.valid.until, offer.valid.zone or zone),
            None if at < 0 else at,
            None if hours < 0 else slots[hours],
        )
        for index, (_, _, number, at, hours, offer) in enumerate(named)
    )


def described(columns: Sequence[Action]) -> pl.DataFrame:
    """What constraints may read of actions, one row each: ``tables.decisions.OF_ACTIONS``, and ``uses_<word>``."""
    words = used([one.offer for one in columns])
    return pl.DataFrame(
        [
            (
                *(one.offer.offer, one.treatment.id, one.offer.group, one.issue, one.offer.campaign_id, one.channel),
                *(one.slot, one.offer.risk_class, one.treatment.cost_minor, one.treatment.fatigue_minor),
                *((one.price.id, float(one.price.price)) if one.price else (None, None)),
                one.hours.id if one.hours else None,
                *(float(one.treatment.uses.get(word, one.offer.uses.get(word, 0))) for word in words),
            )
            for one in columns
        ],
        schema={c.name: c.dtype for c in OF_ACTIONS} | {f"uses_{word}": pl.Float64 for word in words},
        orient="row",
    )


def used(offers: Sequence[Offer]) -> tuple[str, ...]:
    """What contacts use besides money, as offers and treatments name it, sorted."""
    named = [said.uses for one in offers for said in one.treatments] + [one.uses for one in offers]
    return tuple(sorted({word for uses in named for word in uses}))


def exclusive(action: Action, one_of_each: str) -> str:
    """The name of what an action excludes the others of: its offer, its group or its issue."""
    return {"offer": action.offer.offer, "group": action.offer.group, "issue": action.issue}[one_of_each]


def occasion(action: Action, day: date) -> str:
    """What a contact on a day is an occasion of: the day itself, or ``once`` where the offer is not repeatable."""
    return day.isoformat() if action.offer.repeatable else "once"


def is_counted(limit: Limit, action: Action) -> bool:
    """Whether a contact with the action counts towards a limit."""
    return (
        action.slot in limit.classes
        and (not limit.channels or action.channel in limit.channels)
        and (not limit.offers or action.offer.offer in limit.offers)
        and (not limit.groups or action.offer.group in limit.groups)
        and action.offer.offer not in limit.without
    )


def is_limited(limit: Limit, action: Action) -> bool:
    """Whether a limit that is used up refuses the action.

    Marketing is refused by every limit that counts it; service by one for which marketing does not count, since that
    one can be meant for nothing else; what the law requires to be sent by none, nor what an exemption spares.
    """
    if isinstance(limit, Limited) and action.offer.offer in limit.spares:
        return False
    if action.slot == "marketing":
        return is_counted(limit, action)
    return action.slot == "service" and "marketing" not in limit.classes and is_counted(limit, action)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)
