"""``rules/constraints.yaml``: what the plan of a whole night must keep, over all customers together."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from persona.policy.catalog import Class
from persona.policy.guardrails import Guardrail
from persona.policy.model import FileModel, Sql, Strict, Word

__all__ = ["Constraint", "Constraints"]

Number = Literal[1] | Sql
"""1, or an expression over the columns of an action of a customer."""


class Constraint(Strict):
    """A sum, an average or a share over what is sent, and the bounds that it must keep."""

    id: Word
    sum: Number | None = Field(default=None, description="1 counts contacts; an expression adds up its values.")
    average: Sql | None = Field(default=None, description="The mean of an expression over the contacts.")
    share: Sql | None = Field(default=None, description="The share of contacts that meet a condition, 0..1.")
    where: Sql | None = Field(default=None, description="Which contacts it speaks of; none: all of its classes.")
    max: Decimal | None = None
    min: Decimal | None = None
    days: int | None = Field(
        default=None, ge=1, description="A sliding window: contacts of the days before count towards the sum."
    )
    classes: tuple[Class, ...] = Field(
        default=("marketing",),
        min_length=1,
        description="Classes of offers that it counts; where marketing is one of them it refuses marketing alone.",
    )
    mode: Literal["enforce", "report"] = Field(default="enforce", description="report: told, and not kept to.")
    unit: str = Field(default="", description="What the figures are, such as minutes.")
    owner: str = ""
    source: str = Field(default="", description="The budget, contract or policy that it comes from.")

    @model_validator(mode="after")
    def _says_what_and_how_much(self) -> Constraint:
        said = [name for name in ("sum", "average", "share") if getattr(self, name) is not None]
        if len(said) != 1:
            raise ValueError("needs one of sum, average and share")
        if self.max is None and self.min is None:
            raise ValueError("needs a max, a min or both")
        if self.days is not None and said != ["sum"]:
            raise ValueError("a window of days is for a sum, not for an average or a share")
        return self

    @property
    def kind(self) -> Literal["sum", "average", "share"]:
        """What is bounded."""
        return "sum" if self.sum is not None else "average" if self.average is not None else "share"

    @property
    def text(self) -> str:
        """The expression that is added up, averaged or asked."""
        return str(self.sum if self.sum is not None else self.average or self.share)

    @property
    def is_enforced(self) -> bool:
        """Whether the plan is held to it."""
        return self.mode == "enforce"


class Constraints(FileModel):
    """``rules/constraints.yaml``: how many offers a customer may get at once, waves, limits over the book, guardrails.

    Guardrails do not shape the plan: they say what it must look like.
    """

    per_customer: int = Field(default=1, ge=1, le=3, description="The most marketing offers of one night.")
    one_of_each: Literal["offer", "group", "issue"] = Field(
        default="group", description="With more than one: offers that exclude one another."
    )
    waves: int = Field(default=1, ge=1, le=60, description="Parts that households are drawn into; column wave.")
    constraints: tuple[Constraint, ...] = ()
    guardrails: tuple[Guardrail, ...] = Field(
        default=(), description="What a night must look like before it leaves: a figure outside its bounds stops it."
    )
