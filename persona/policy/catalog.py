"""``rules/offers``: issues, groups, offers and their treatments."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from persona.policy.model import Condition, FileModel, Place, Sql, Strict, Term, Word, Words
from persona.policy.places import Path
from persona.policy.prices import Ladder
from persona.policy.workspace import Channel

__all__ = [
    "Catalog",
    "Class",
    "Group",
    "Issue",
    "Lever",
    "Offer",
    "Product",
    "Propensity",
    "Treatment",
    "Valid",
    "Verdicts",
]

Class = Literal["marketing", "service", "regulatory"]
Product = Literal["deposit", "card", "loan", "mortgage", "overdraft", "insurance", "investment"]
"""The kinds of product that law tells apart."""


class Verdicts(Strict):
    """Conditions that attach to an issue, a group, an offer or a treatment, and pass downwards."""

    eligibility: tuple[Condition, ...] = ()
    applicability: tuple[Condition, ...] = ()
    suitability: tuple[Condition, ...] = ()
    inherit: bool = True
    why_not_inherit: str = ""


class Issue(Verdicts):
    """A business issue: grow, retain, serve ..."""

    name: Words = Field(default_factory=dict)


class Group(Verdicts):
    """Offers that are alike; conditions given here hold for all of them."""

    issue: Word
    name: Words = Field(default_factory=dict)
    regulated_as: tuple[Product, ...] = Field(
        default=(), description="Kinds of product that its offers sell: which laws speak of them."
    )


class Catalog(FileModel):
    """``rules/offers/catalog.yaml``: the issues and groups that offers belong to."""

    issues: dict[Word, Issue]
    groups: dict[Word, Group]

    def groups_of(self, products: Collection[str]) -> tuple[Word, ...]:
        """The groups whose offers sell any of some kinds of product, sorted."""
        return tuple(sorted(name for name, group in self.groups.items() if {*group.regulated_as} & {*products}))

    def levels(self, offer: Offer, number: int) -> list[tuple[FileModel, Path, Verdicts]]:
        """The lists of conditions that hold for a treatment, from the issue downwards, with where each stands.

        The last that says ``inherit: false`` is the first of them.
        """
        group = self.groups[offer.group]
        levels: list[tuple[FileModel, Path, Verdicts]] = [
            (self, ("issues", group.issue), self.issues[group.issue]),
            (self, ("groups", offer.group), group),
            (offer, (), offer),
            (offer, ("treatments", number), offer.treatments[number]),
        ]
        last = max((n for n, (_, _, verdicts) in enumerate(levels) if not verdicts.inherit), default=0)
        return levels[last:]


class Valid(Strict):
    """When an offer can be taken up: the days from (included) and until (not included)."""

    from_: date = Field(alias="from")
    until: date
    zone: str | None = None


class Lever(Strict):
    """A business weight on an offer, with the person who answers for it."""

    weight: int = Field(ge=-100, le=300, description="Per cent added to the value.")
    owner: str
    reason: str
    until: date
    when: Sql | None = None


class Propensity(Strict):
    """What is thought of an offer before it has a history: Beta(strength * prior, strength * (1 - prior))."""

    prior: Decimal = Field(gt=0, lt=1)
    strength: int = Field(default=100, ge=1)
    affinity: str | None = Field(default=None, description="Category or group whose affinity moves the propensity.")


class Treatment(Verdicts):
    """How an offer is put to a customer on one channel."""

    id: Word
    channel: Channel
    template: Word
    cost_minor: int = Field(ge=0, description="What one message costs, minor units.")
    fatigue_minor: int = Field(default=0, ge=0, description="What one more contact costs in attention, minor units.")
    lift: int = Field(default=0, ge=-100, le=300, description="Per cent by which the channel moves the propensity.")
    uses: dict[Word, Decimal] = Field(
        default_factory=dict,
        description="In the place of what the offer says under `uses`.",
    )


class Offer(Verdicts, FileModel):
    """One offer: what it is worth, to whom it may go, how it is told."""

    offer: Word
    group: Word
    name: Words
    owner: str
    class_: Class = Field(default="marketing", alias="class")
    risk_class: Literal["low", "medium", "high"] = "low"
    author: str = Field(description="Who wrote it: never the one who approves it.")
    campaign: Word | None = None
    repeatable: bool = Field(default=True, description="Whether each night is a new occasion.")
    valid: Valid
    cap: int | None = Field(default=None, ge=0, description="The most customers in one night.")
    is_fallback: bool = False
    propensity: Propensity
    worth: Sql = Field(description="What an acceptance is worth, minor units: an expression over the profile.")
    uses: dict[Word, Decimal] = Field(
        default_factory=dict,
        description="What one contact uses of things that constraints add up as `uses_<word>`, such as minutes.",
    )
    expected_loss: Sql | None = Field(
        default=None, description="What is lost on average where it is accepted, minor units, such as limit x PD x LGD."
    )
    context: tuple[Lever, ...] = ()
    levers: tuple[Lever, ...] = ()
    terms: dict[Word, Term] = Field(default_factory=dict, description="Rates, amounts and words that templates show.")
    price: Ladder | None = Field(
        default=None, description="Prices of which each customer is told the one that is worth most; none: one price."
    )
    facts: dict[Word, Sql] = Field(
        default_factory=dict, description="Slot -> expression over the profile: what only this customer's data says."
    )
    reason: Words = Field(default_factory=dict, description="Approved words for why this customer gets it.")
    treatments: tuple[Treatment, ...] = Field(min_length=1)

    def at(self, point: str | None) -> Offer:
        """The offer with the terms of one of its prices, the base where none is named; itself where there is one."""
        if self.price is None:
            return self
        return self.model_copy(update={"terms": {**self.terms, **self.price.terms_of(point or self.price.base)}})

    def place_of_term(self, name: str) -> Place:
        """Where a term stands: among the terms, or on the price ladder."""
        on_ladder = self.price is not None and name in self.price.terms_of(self.price.points[0].id)
        return self.place_of("price", "points") if on_ladder else self.place_of("terms", name)

    @property
    def told(self) -> tuple[Offer, ...]:
        """The offer as it may be told: once for each of its prices, with terms of the same names."""
        return tuple(self.at(point.id) for point in self.price.points) if self.price else (self,)

    @property
    def campaign_id(self) -> str:
        """The campaign that a contact with this offer belongs to."""
        return self.campaign or self.offer
