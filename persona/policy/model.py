"""What every model of a rule file is: frozen, strict, and aware of its file and lines."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, StringConstraints

from persona.policy.places import Document, Place

__all__ = ["Condition", "FileModel", "Place", "Sql", "Strict", "Term", "Word", "Words"]


class Strict(BaseModel):
    """A part of a rule file: unknown keys are refused, and nothing changes once it is read."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, populate_by_name=True)


class FileModel(Strict):
    """A whole rule file, which knows where each of its values stands."""

    _document: Document | None = PrivateAttr(default=None)

    @property
    def document(self) -> Document:
        """The file as it was read: plain data and places."""
        return self._document or Document({}, {}, {}, "")

    @property
    def file(self) -> str:
        """The file's path from the root of the workspace."""
        return self.document.file

    def place_of(self, *path: str | int) -> Place:
        """Where the value at ``path`` stands; the nearest value around it where it has no place of its own."""
        return self.document.place_of(*path)


Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
"""An identifier of a rule: lower case, digits and underscores."""

Words = dict[str, str]
"""A short text by language."""

Term = str | int | bool | Decimal | date | Words
"""A rate, an amount or a word that templates show."""


def _one_line(text: str) -> str:
    """The expression with its line breaks and indentation as single spaces; what stands in quotes stays as it is."""
    return re.sub(r"('(?:[^']|'')*')|\s+", lambda found: found[1] or " ", text).strip()


Sql = Annotated[
    str,
    AfterValidator(_one_line),
    Field(json_schema_extra={"format": "sql-condition"}, description="A SQL expression over the columns of its table."),
]


class Condition(Strict):
    """A named predicate over one table's columns; unknown blocks unless the rule says otherwise."""

    id: str
    when: Sql
    source: str = Field(description="The law, policy or contract clause that it comes from.")
    owner: str = ""
    says: Words = Field(default_factory=dict, description="The reason in plain words, by language.")
    on_unknown: Literal["block", "pass"] = "block"
    effective_from: date | None = None
    effective_until: date | None = None
    jurisdiction: str | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the condition is in force on a day."""
        begun = self.effective_from is None or self.effective_from <= day
        return begun and (self.effective_until is None or day < self.effective_until)
