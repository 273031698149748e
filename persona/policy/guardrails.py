"""Guardrails: what a night must look like before any of it leaves, and who answers for one that does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from persona.policy.model import Strict, Word

__all__ = ["Answer", "Guardrail", "Measure"]

Measure = Literal["rows", "customers", "messages", "value", "cost", "options", "without_options", "moved", "unsuitable"]
"""What is measured: rows loaded, customers of the book, messages, their value and cost in minor units, marketing offers
that a customer has to choose from on average, and the shares (0..1) of customers who have none, whose marketing message
is another than last night, for whom an offer is no longer suitable."""

_OF_PART = ("rows", "messages", "value", "cost")
_OF_TWO = ("moved", "unsuitable")


class Answer(Strict):
    """A guardrail that is not kept and that somebody answers for, until a day."""

    reason: str = Field(min_length=1)
    who: str = Field(min_length=1)
    until: date

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return day < self.until


class Guardrail(Strict):
    """A figure of the night and the bounds outside which nothing leaves."""

    id: Word
    measure: Measure
    of: str | None = Field(
        default=None, description="Of rows a table; of messages, value and cost an offer or a channel; null: all."
    )
    min: Decimal | None = None
    max: Decimal | None = None
    max_rise: Decimal | None = Field(default=None, ge=0, description="Against the night before: 0.5 is half more.")
    max_fall: Decimal | None = Field(default=None, ge=0, le=1, description="Against the night before, as a part of it.")
    owner: str = ""
    source: str = Field(default="", description="The policy or agreement that it comes from.")
    override: Answer | None = Field(default=None, description="Who answers for a night that does not keep it.")

    @model_validator(mode="after")
    def _bounds_something(self) -> Guardrail:
        if all(bound is None for _, bound in self.bounds()):
            raise ValueError("needs a min, a max, a max_rise or a max_fall")
        if self.of is not None and self.measure not in _OF_PART:
            raise ValueError(f"of is for {', '.join(_OF_PART)}")
        if self.measure in _OF_TWO and (self.max_rise is not None or self.max_fall is not None):
            raise ValueError(f"{self.measure} is a change already: give it a max")
        return self

    def bounds(self) -> Iterator[tuple[str, Decimal | None]]:
        """The bounds by name, those that are not given too."""
        for name in ("min", "max", "max_rise", "max_fall"):
            yield name, getattr(self, name)
