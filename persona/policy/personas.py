"""``rules/personas.yaml``: invented people through whom every message is seen before anybody gets it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import Field

from persona.policy.model import FileModel, Strict, Word

__all__ = ["Persona", "Personas"]


class Persona(Strict):
    """An invented person: what the vault and the profile would say of him."""

    persona: Word
    about: str = Field(description="What he is there to show.")
    language: str
    people: dict[Word, str] = Field(
        default_factory=dict, description="Name, addresses and what else the vault would hold; none: nobody knows it."
    )
    profile: dict[Word, str | int | bool | Decimal | date] = Field(
        default_factory=dict,
        description="Columns of the profile; those that are not here are of the type's own example.",
    )
    is_unknown: bool = Field(default=False, description="Whether nothing is known of him but what stands here.")


class Personas(FileModel):
    """``rules/personas.yaml``: the people of `persona proof`."""

    personas: tuple[Persona, ...] = Field(min_length=1)
