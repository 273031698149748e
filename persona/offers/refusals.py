"""Where each reason refuses an action, customer by customer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from persona.offers.conditions import Criteria
from persona.offers.judged import PLANE, planes
from persona.offers.occurrences import NO_OCCASIONS
from persona.offers.order import NOTHING
from persona.policy.actions import Action, is_limited
from persona.policy.rules import Cooloff, Limit

__all__ = ["Asked", "Flags", "Refusals", "Rows"]

Flags = NDArray[np.bool_]
"""One flag a customer of the batch."""
Rows = NDArray[np.int64]
"""Places of customers in the batch."""
Bits = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of a batch of customers; each frame but the long ones has the rows of ``judged``, in its order."""

    judged: pl.DataFrame
    may_be_told: pl.DataFrame
    stopped: pl.DataFrame
    room: pl.DataFrame
    windows: pl.DataFrame
    resting: pl.DataFrame
    """Long: ``customer_no``, ``cooloff``, ``key``."""
    contacted_already: pl.DataFrame
    """Long: ``customer_no``, ``action``."""
    out_of_order: pl.DataFrame = field(default_factory=lambda: NOTHING)
    """Long: ``customer_no``, ``rule``, ``action``."""
    occasions: pl.DataFrame = field(default_factory=lambda: NO_OCCASIONS)
    """Long: ``customer_no``, ``offer_id``, ``occasion``, ``expires_utc``."""


@dataclass(frozen=True)
class Refusals:
    """The refusals of one batch under one policy; each is asked by itself, so that all of them can be told."""

    asked: Asked
    criteria: Criteria
    limits: Sequence[Limit] = ()
    cooloffs: Sequence[Cooloff] = ()
    unapproved: Collection[str] = field(default=frozenset())
    """Actions, as ``offer/treatment``, whose content may not go out."""
    profiled: Collection[str] = field(default=frozenset())
    """Actions that rest on profiling."""
    spared: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Offers that an exemption spares, by the rule that does not stop them."""
    waiting: Mapping[str, Flags] = field(default_factory=dict)
    """By offer for whom it has to wait until a wave of its rollout opens."""

    @cached_property
    def customers(self) -> Rows:
        """The customers of the batch, in order."""
        return self.asked.judged["customer_no"].to_numpy()

    def may_not_be_told(self, action: Action) -> Flags:
        """No consent to the channel, or no address for it."""
        return ~_flags(self.asked.may_be_told[f"may_{action.slot}_{action.channel}"])

    def may_not_be_profiled(self, action: Action) -> Flags:
        """The action rests on profiling, and the customer has objected to it."""
        if action.name not in self.profiled or "allows_profiling" not in self.asked.may_be_told.columns:
            return np.zeros(len(self.customers), dtype=np.bool_)
        return ~_flags(self.asked.may_be_told["allows_profiling"])

    def is_stopped(self, action: Action) -> Flags:
        """A suppression stops the class of the action on its channel."""
        return _flags(self.stoppers(action).is_not_null())

    def stoppers(self, action: Action) -> pl.Series:
        """The type of suppression that stops the action; null where none does."""
        return self.asked.stopped[f"stop_{action.slot}_{action.channel}"]

    def has_no_window(self, action: Action) -> Flags:
        """No hour in the horizon at which it may be sent, or none before what it answers expires."""
        begins = self.asked.windows[f"not_before_{action.window}"]
        result = _flags(begins.is_null())
        rows, expires = self._expiries.get(action.offer.offer, _NEVER)
        result[rows] |= _flags(begins.gather(rows) >= expires)
        return result

    def is_not_valid(self, action: Action) -> Flags:
        """Not approved; or ended before the latest time of sending, or not begun by then; or its wave is not open."""
        if action.name in self.unapproved:
            return np.ones(len(self.customers), dtype=np.bool_)
        latest = self.asked.windows[f"not_after_{action.window}"]
        past = _flags((latest > action.until_utc) | (latest <= action.from_utc))
        late = self.waiting.get(action.offer.offer)
        return past if late is None else past | late

    def fails(self, mask: int) -> Flags:
        """Some condition of the mask is known not to be met."""
        return _any(self._failed, mask)

    def is_unknown(self, mask: int) -> Flags:
        """Some condition of the mask is unknown, and that refuses."""
        return _any(self._unknown, mask & self._blocks_on_unknown)

    def is_resting(self, action: Action) -> Flags:
        """A cool-off leaves the customer in peace."""
        return _marked(len(self.customers), (rows for _, rows in self.rests(action)))

    def rests(self, action: Action) -> Iterator[tuple[str, Rows]]:
        """The cool-offs that speak of the action, by id, and whom they leave in peace; they stop marketing only."""
        if action.slot == "marketing":
            keys = {
                "offer": action.offer.offer,
                "group": action.offer.group,
                "issue": action.issue,
                "channel": action.channel,
            }
            for rule in self.cooloffs:
                if action.offer.offer in self.spared.get(rule.id, ()):
                    continue
                rows = self._resting.get((rule.id, keys.get(rule.level, "")))
                if rows is not None:
                    yield rule.id, rows

    def is_out_of_order(self, action: Action) -> Flags:
        """It is in conflict with what was told, or comes before what it has to follow."""
        return _marked(len(self.customers), (rows for _, rows in self.disorders(action)))

    def disorders(self, action: Action) -> Iterator[tuple[str, Rows]]:
        """The conflicts and sequences that the action would break, by id, and for whom."""
        for (rule, number), rows in self._out_of_order.items():
            if number == action.index and action.offer.offer not in self.spared.get(str(rule), ()):
                yield str(rule), rows

    def has_no_room(self, action: Action) -> Flags:
        """A limit is used up by what was told before, or the same contact exists already."""
        full = self.was_told_already(action)
        for limit in self.limits_on(action):
            full |= self.is_used_up(limit)
        return full

    def was_told_already(self, action: Action) -> Flags:
        """The contact exists: the same campaign, channel and occasion."""
        return _marked(len(self.customers), [self._already.get((action.index,), np.array([], dtype=np.int64))])

    def limits_on(self, action: Action) -> list[Limit]:
        """The limits that can refuse the action."""
        return [limit for limit in self.limits if is_limited(limit, action)]

    def is_used_up(self, limit: Limit) -> Flags:
        """The limit leaves no room."""
        return _flags(self.asked.room[f"room_{limit.id}"] < 1)

    @cached_property
    def _unknown(self) -> list[Bits]:
        return [self.asked.judged[f"unknown_{plane}"].to_numpy() for plane in range(planes(self.criteria.items))]

    @cached_property
    def _failed(self) -> list[Bits]:
        met = [self.asked.judged[f"met_{plane}"].to_numpy() for plane in range(planes(self.criteria.items))]
        return [~(yes | unknown) for yes, unknown in zip(met, self._unknown, strict=True)]

    @cached_property
    def _blocks_on_unknown(self) -> int:
        return self.criteria.blocks_on_unknown()

    @cached_property
    def _resting(self) -> Mapping[tuple[object, ...], Rows]:
        return _places(self.asked.resting, ["cooloff", "key"], self.customers)

    @cached_property
    def _out_of_order(self) -> Mapping[tuple[object, ...], Rows]:
        return _places(self.asked.out_of_order, ["rule", "action"], self.customers)

    @cached_property
    def _expiries(self) -> Mapping[str, tuple[Rows, pl.Series]]:
        """By offer the customers for whom it answers something, and until when."""
        places = pl.DataFrame({"customer_no": self.customers, "row": np.arange(len(self.customers))})
        here = self.asked.occasions.join(places, on="customer_no", how="inner").sort("row")
        by_offer = here.group_by("offer_id", maintain_order=True)
        return {str(offer): (rows["row"].to_numpy(), rows["expires_utc"]) for (offer,), rows in by_offer}

    @cached_property
    def _already(self) -> Mapping[tuple[object, ...], Rows]:
        return _places(self.asked.contacted_already, ["action"], self.customers)


_NEVER: tuple[Rows, pl.Series] = (np.array([], dtype=np.int64), pl.Series(dtype=pl.Datetime("us")))


def _places(frame: pl.DataFrame, keys: list[str], customers: Rows) -> dict[tuple[object, ...], Rows]:
    places = pl.DataFrame({"customer_no": customers, "row": np.arange(len(customers))})
    here = frame.join(places, on="customer_no", how="inner").sort("row")
    return {key: rows["row"].to_numpy() for key, rows in here.group_by(keys, maintain_order=True)}


def _any(bits: Sequence[Bits], mask: int) -> Flags:
    result = np.zeros(len(bits[0]), dtype=np.bool_)
    for plane, here in enumerate(bits):
        part = (mask >> (plane * PLANE)) & ((1 << PLANE) - 1)
        if part:
            result |= (here & np.uint64(part)) != 0
    return result


def _marked(count: int, rows: Iterable[Rows]) -> Flags:
    flags = np.zeros(count, dtype=np.bool_)
    for here in rows:
        flags[here] = True
    return flags


def _flags(series: pl.Series) -> Flags:
    return series.fill_null(value=False).to_numpy()
