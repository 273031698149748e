"""What the contact limits leave of room to this night's own plan, for customers and for households."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from persona.policy.actions import Action, is_counted, is_limited
from persona.policy.rules import Limit

__all__ = ["NOBODY", "Seats", "Table"]

NOBODY = -1
"""No proposal, no household, no cap."""

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass
class Table:
    """The seats of the households while they choose; a ghost sees the others' seats taken, they do not see his."""

    homes: Whole
    """The households at the table, sorted."""
    left: Whole
    """Seats by household and limit."""
    on_paper: Whole
    """Seats that ghosts have taken, by household and limit."""
    limited: Flags
    counted: Flags

    def fits(self, homes: Whole, actions: Whole, is_ghost: Flags) -> Flags:
        """Whether every limit that can refuse the action has a seat."""
        rows = np.searchsorted(self.homes, homes)
        left = self.left[rows] - np.where(is_ghost[:, None], self.on_paper[rows], 0)
        result: Flags = ~np.any(self.limited[actions] & (left < 1), axis=1)
        return result

    def take(self, homes: Whole, actions: Whole, is_ghost: Flags) -> None:
        """Take a seat of every limit that counts the action; each household at most once in a call."""
        rows = np.searchsorted(self.homes, homes)
        used = self.counted[actions].astype(np.int64)
        self.left[rows] -= np.where(is_ghost[:, None], 0, used)
        self.on_paper[rows] += np.where(is_ghost[:, None], used, 0)


class Seats:
    """The room of every limit, and who shares it."""

    def __init__(self, home: Whole, by_customer: _Room, by_home: _Room) -> None:
        self._home, self._by_customer, self._by_home = home, by_customer, by_home

    @classmethod
    def of(cls, units: pl.DataFrame, room: pl.DataFrame, limits: Sequence[Limit], actions: Sequence[Action]) -> Seats:
        """The seats at the beginning of the plan."""
        home = units.select(pl.col("household_key").rank("dense").cast(pl.Int64) - 1).to_series().to_numpy()
        personal = [limit for limit in limits if limit.per == "customer"]
        shared = [limit for limit in limits if limit.per == "household"]
        by_customer = _Room.of(room, personal, actions)
        by_home = _Room.of(room, shared, actions)
        first = np.unique(home, return_index=True)[1]
        return cls(home, by_customer, replace(by_home, left=by_home.left[first]))

    def is_full(self, customers: Whole, actions: Whole) -> Flags:
        """Whether a limit on the customer alone has no room for the action."""
        return self._by_customer.is_full(customers, actions)

    def first_full(self, customers: Whole, actions: Whole) -> list[str | None]:
        """The limit that has no room for the action, first those on the customer alone; None: there is room."""
        alone = self._by_customer.first_full(customers, actions)
        together = self._by_home.first_full(self._home[customers], actions)
        names = [*self._by_customer.names, *self._by_home.names, None]
        shift = len(self._by_customer.names)
        places = np.where(alone != NOBODY, alone, np.where(together != NOBODY, together + shift, len(names) - 1))
        return [names[place] for place in places.tolist()]

    def take(self, customers: Whole, actions: Whole) -> None:
        """What was given takes its room."""
        self._by_customer.take(customers, actions)
        self._by_home.take(self._home[customers], actions)

    def homes_that_bind(self, customers: Whole, owner: Whole, actions: Whole) -> Whole:
        """The household of each customer where its members together could pass a limit; NOBODY where they cannot.

        ``owner`` and ``actions`` are the proposals: whose they are (a place in ``customers``) and of what.
        """
        home = self._home[customers]
        binds = np.zeros(len(self._by_home.left), dtype=np.bool_)
        for limit in range(self._by_home.left.shape[1]):
            wants = np.zeros(len(customers), dtype=np.bool_)
            wants[owner[self._by_home.limited[actions, limit]]] = True
            members = np.bincount(home[wants], minlength=len(binds))
            binds |= members > self._by_home.left[:, limit]
        return np.where(binds[home], home, NOBODY)

    def at_home(self, homes: Whole) -> Table:
        """The seats of some households, to choose by."""
        here = np.unique(homes)
        room = self._by_home
        return Table(here, room.left[here].copy(), np.zeros_like(room.left[here]), room.limited, room.counted)


@dataclass
class _Room:
    names: tuple[str, ...]
    """The limits."""
    left: Whole
    """Seats by unit and limit."""
    limited: Flags
    """By action and limit: whether the limit can refuse the action."""
    counted: Flags
    """By action and limit: whether the action takes a seat."""

    @classmethod
    def of(cls, room: pl.DataFrame, limits: Sequence[Limit], actions: Sequence[Action]) -> _Room:
        shape = (len(actions), len(limits))
        left = [room[f"room_{limit.id}"].to_numpy().astype(np.int64) for limit in limits]
        limited = [is_limited(limit, action) for action in actions for limit in limits]
        counted = [is_counted(limit, action) for action in actions for limit in limits]
        seats = np.stack(left, axis=1) if left else np.zeros((room.height, 0), dtype=np.int64)
        flags = (np.array(told, dtype=np.bool_).reshape(shape) for told in (limited, counted))
        return cls(tuple(limit.id for limit in limits), seats, *flags)

    def is_full(self, units: Whole, actions: Whole) -> Flags:
        result: Flags = self.first_full(units, actions) != NOBODY
        return result

    def first_full(self, units: Whole, actions: Whole) -> Whole:
        """The place of the first limit that has no room for the action; NOBODY: there is room."""
        result = np.full(len(units), NOBODY, dtype=np.int64)
        for limit in reversed(range(len(self.names))):
            result[self.limited[actions, limit] & (self.left[units, limit] < 1)] = limit
        return result

    def take(self, units: Whole, actions: Whole) -> None:
        for limit in range(self.left.shape[1]):
            np.subtract.at(self.left[:, limit], units, self.counted[actions, limit].astype(np.int64))
