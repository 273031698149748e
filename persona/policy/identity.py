"""``rules/identity.yaml``: when two records are one person, who lives together, and whose word counts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from persona.policy.model import FileModel, Strict, Word

__all__ = ["Comparable", "Households", "Identity", "Key", "Kind", "Linkage", "Survivor"]

Kind = Literal["name", "date", "phone", "email", "document", "address", "number", "postcode", "place", "text"]


class Comparable(Strict):
    """A field that records are compared by, and what kind of thing it is: that says how it is made comparable."""

    kind: Kind
    column: Word | None = Field(default=None, description="Column of `customers`; default: the field's own name.")


class Key(Strict):
    """Records that share every field of a key are one person."""

    id: Word
    fields: tuple[Word, ...] = Field(min_length=1)
    unless: tuple[Word, ...] = Field(default=(), description="Fields that must not differ where both are known.")
    max_records: int = Field(
        default=10, ge=2, description="A value that more records share says nothing, such as a switchboard's number."
    )


class Linkage(Strict):
    """How records that share no key are weighed: splink, by the extra `identity`."""

    accept: float = Field(default=0.95, gt=0, lt=1, description="Probability from which a pair is one person.")
    review: float = Field(default=0.2, gt=0, lt=1, description="Probability from which people are asked.")
    blocking: tuple[tuple[Word, ...], ...] = Field(
        default=(), description="Pairs are weighed that share all fields of one of these; none: pairs of fields."
    )
    training: tuple[tuple[Word, ...], ...] = Field(
        default=(), description="Fields whose sharing pairs the weights are learned from; none: by what is known."
    )
    pairs_per_record: float = Field(
        default=2, gt=0, description="Pairs that one blocking may bring, per record; its smallest blocks come first."
    )

    @model_validator(mode="after")
    def _asks_below_what_it_accepts(self) -> Linkage:
        if self.review > self.accept:
            raise ValueError("review must not lie above accept")
        return self


class Households(Strict):
    """Persons who share every field live together, where the bank itself names no household."""

    fields: tuple[Word, ...] = ("last_name", "address", "number", "postcode")
    max_persons: int = Field(default=8, ge=2, description="An address that more persons share is no household.")


class Survivor(Strict):
    """Which of a person's records is believed for a column."""

    by: Literal["systems", "newest", "most"] = Field(
        default="systems", description="First system that knows it, newest delivery that knows it, or what most say."
    )
    systems: tuple[str, ...] = Field(default=(), description="Order of belief; default: that of rules/sources.")


def _fields() -> dict[str, Comparable]:
    return {
        "first_name": Comparable(kind="name"),
        "last_name": Comparable(kind="name"),
        "born_on": Comparable(kind="date"),
        "phone": Comparable(kind="phone"),
        "email": Comparable(kind="email"),
        "address": Comparable(kind="address"),
        "postcode": Comparable(kind="postcode"),
        "city": Comparable(kind="place"),
    }


def _keys() -> tuple[Key, ...]:
    return (
        Key(id="email_and_name", fields=("email", "first_name"), unless=("born_on",)),
        Key(id="phone_and_name", fields=("phone", "first_name"), unless=("born_on",)),
        Key(id="name_birth_and_postcode", fields=("first_name", "last_name", "born_on", "postcode")),
    )


class Identity(FileModel):
    """``rules/identity.yaml``: an empty file means the defaults."""

    identity: Literal[1] = Field(default=1, description="Version of this format.")
    fields: dict[Word, Comparable] = Field(default_factory=_fields)
    keys: tuple[Key, ...] = Field(default_factory=_keys)
    linkage: Linkage | None = Field(default=None, description="None: only keys link.")
    max_records: int = Field(default=20, ge=2, description="Records of one person; links beyond that are refused.")
    households: Households | None = Households()
    survivorship: dict[Word, Survivor] = Field(
        default_factory=dict, description="By column; others: the first system that knows it."
    )

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that keys, linkage and households may speak of: an address gives off its number."""
        has_address = any(field.kind == "address" for field in self.fields.values())
        return tuple(dict.fromkeys((*self.fields, *(("number",) if has_address else ()))))
