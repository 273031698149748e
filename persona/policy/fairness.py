"""``rules/fairness.yaml``: whom the bank watches over, by what measures, and what stops a release."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from persona.policy.catalog import Product
from persona.policy.model import FileModel, Sql, Strict, Word

__all__ = ["Fairness", "Override", "Watched"]

Measure = Literal["impact_ratio", "conditional_ratio", "mean_difference", "price_difference", "proxy"]


class Watched(Strict):
    """A way to part customers into groups, for monitoring only: nothing that decides may read it."""

    id: Word
    by: Sql = Field(description="A text or yes/no for each customer; unknown: in no group, and counted so.")
    source: str = Field(description="The law or policy that protects them.")


class Override(Strict):
    """A breach that somebody answers for, until a day."""

    watched: Word
    offer: Word | None = Field(default=None, description="The offer that it is for; null: all, and the proxy check.")
    measures: tuple[Measure, ...] = Field(min_length=1)
    reason: str = Field(min_length=1)
    who: str
    until: date

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return day < self.until


class Fairness(FileModel):
    """``rules/fairness.yaml``: groups that are watched over, and the measures that a campaign must keep."""

    watched: tuple[Watched, ...] = Field(min_length=1)
    products: tuple[Product, ...] = Field(
        default=("card", "loan", "mortgage", "overdraft"), description="Kinds of product whose offers are measured."
    )
    given: Word | None = Field(
        default=None,
        description="Column of the profile that may differ lawfully: rates are compared within its values.",
    )
    least: int = Field(default=30, ge=1, description="Customers that a group needs to be measured.")
    min_impact_ratio: Decimal = Field(default=Decimal("0.8"), gt=0, le=1, description="The four-fifths rule.")
    max_mean_difference: Decimal = Field(
        default=Decimal("0.3"), gt=0, description="Of scores and of prices, in standard deviations."
    )
    max_proxy_auc: Decimal = Field(
        default=Decimal("0.8"),
        gt=Decimal("0.5"),
        le=1,
        description="How well what decides may tell a group from the others: 0.5 not at all, 1 always.",
    )
    severity: Literal["block", "warn"] = "block"
    overrides: tuple[Override, ...] = ()
