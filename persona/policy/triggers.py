"""``rules/triggers``: what happens to a customer, and how long offers may answer it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from persona.policy.model import FileModel, Sql, Word, Words
from persona.tables import CANONICAL
from persona.tables.contract import Column

__all__ = ["HAPPENINGS", "Trigger", "kept_columns", "readable", "urgencies"]

Happening = Literal["events", "transactions", "redemptions", "outcomes"]
HAPPENINGS: tuple[Happening, ...] = ("events", "transactions", "redemptions", "outcomes")
"""Tables whose rows happen at an instant."""


class Trigger(FileModel):
    """Something that happens: rows of a table, a state that begins, or rows while a state holds."""

    trigger: Word
    name: Words
    owner: str
    source: str = Field(description="The playbook or contract that it comes from.")
    review_on: date
    table: Happening | None = Field(default=None, description="Whose rows set it off; none: the state alone does.")
    where: Sql | None = Field(default=None, description="Which rows of the table: a condition over its columns.")
    count: int = Field(default=1, ge=1, description="It is the row that makes as many of them that sets it off.")
    within_days: int | None = Field(default=None, ge=1, description="The days in which as many have to be.")
    keeps: tuple[Word, ...] = Field(
        default=(), description="Columns of that row that rules and texts may read, as `on_<trigger>_<column>`."
    )
    when: Sql | None = Field(default=None, description="The state: a condition over the profile that holds tonight.")
    each: Sql | None = Field(
        default=None,
        description="Without a table: what tells one time from the next, such as matures_on_deposit; none: that the "
        "state did not hold the night before.",
    )
    offers: tuple[Word, ...] = Field(min_length=1, description="Offers that answer it: each class of them once.")
    urgency: int = Field(default=0, ge=0, le=300, description="Per cent added to the value of its offers meanwhile.")
    expires_days: int = Field(ge=1, le=366, description="Days after it on which it may still be answered.")

    @model_validator(mode="after")
    def _says_what_happens(self) -> Trigger:
        if self.table is None:
            if self.when is None:
                raise ValueError("needs a table whose rows set it off, a state (when), or both")
            if self.where or self.keeps or self.count > 1 or self.within_days:
                raise ValueError("where, count, within_days and keeps speak of the rows of a table")
        elif self.each is not None:
            raise ValueError("each is for a state alone: rows of a table are told apart by their ids")
        if self.count > 1 and self.within_days is None:
            raise ValueError("a count needs within_days")
        return self

    @property
    def column(self) -> str:
        """The flag in the profile."""
        return f"on_{self.trigger}"


def readable(table: str) -> tuple[Column, ...]:
    """What a trigger may read of the rows of a table: nothing that names anybody.

    >>> [column.name for column in readable("events")]
    ['event_id', 'at', 'type', 'subject', 'channel', 'duration_s']
    """
    return tuple(one for one in CANONICAL[table].columns if one.pii == "none" and one.name != "customer_id")


def kept_columns(trigger: Trigger) -> tuple[Column, ...]:
    """The columns that a trigger keeps, as its table has them; names that there are none of are left out."""
    return tuple(one for one in readable(trigger.table) if one.name in trigger.keeps) if trigger.table else ()


def urgencies(triggers: Sequence[Trigger]) -> dict[str, tuple[tuple[str, int], ...]]:
    """The triggers that make each offer more urgent: the flag in the profile, and per cent of value."""
    found: dict[str, tuple[tuple[str, int], ...]] = {}
    for one in triggers:
        for offer in one.offers if one.urgency else ():
            found[offer] = (*found.get(offer, ()), (one.column, one.urgency))
    return found
