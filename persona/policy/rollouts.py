"""Rollouts of ``rules/contact.yaml``: offers that go to a part of the customers first, and on only through gates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from pydantic import Field, model_validator

from persona.policy.model import Strict, Word

__all__ = ["Gate", "Rollout", "Wave"]


class Gate(Strict):
    """What must hold before a wave begins: answers to the waves before it, or somebody's word."""

    outcomes: tuple[str, ...] = Field(default=(), description="Answers that are counted, such as complained.")
    max_share: Decimal | None = Field(default=None, ge=0, le=1, description="At most this part of contacts had one.")
    min_share: Decimal | None = Field(default=None, ge=0, le=1, description="At least this part of contacts had one.")
    least: int = Field(default=100, ge=1, description="Contacts that must have been made.")
    after_days: int = Field(default=3, ge=1, description="Only contacts count that had as many days to be answered.")
    opened_on: date | None = Field(default=None, description="The day on which somebody opened it by hand.")
    by: str = Field(default="", description="Who opened it.")

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Gate:
        if bool(self.outcomes) == (self.opened_on is not None):
            raise ValueError("needs outcomes with a share, or the day on which somebody opened it")
        if self.outcomes and self.max_share is None and self.min_share is None:
            raise ValueError("outcomes need a max_share, a min_share or both")
        if self.opened_on is not None and not self.by.strip():
            raise ValueError("a gate that was opened by hand says by whom")
        return self


class Wave(Strict):
    """A part of the customers, those of the waves before it included."""

    share: Decimal = Field(gt=0, le=1)
    gate: Gate | None = None


class Rollout(Strict):
    """Offers that are told to a part of the customers, and to more of them as each gate holds."""

    id: Word
    offers: tuple[Word, ...] = Field(min_length=1)
    per: Literal["customer", "household"] = "customer"
    waves: tuple[Wave, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _goes_on_through_gates(self) -> Rollout:
        shares = [wave.share for wave in self.waves]
        if any(later <= earlier for earlier, later in pairwise(shares)):
            raise ValueError("the share of each wave is larger than that of the one before")
        if self.waves[0].gate is not None:
            raise ValueError("the first wave has no gate")
        if any(wave.gate is None for wave in self.waves[1:]):
            raise ValueError("every wave after the first needs a gate")
        return self
