"""``rules/needs.yaml``: what would help a person, whoever earns by it."""

from __future__ import annotations

from pydantic import Field

from persona.policy.model import FileModel, Sql, Strict, Word, Words

__all__ = ["Need", "Needs"]


class Need(Strict):
    """Something that a person may lack: when it is weighed, how strongly it is felt, and what would meet it."""

    need: Word
    name: Words
    when: Sql = Field(description="Who may have it: a condition over the profile.")
    score: Sql = Field(description="How strong it is, 0 to 100: an expression over the profile; unknown: no need.")
    says: Words = Field(description="Why he may need it, in plain words, by language.")
    source: str = Field(description="The policy or finding that it comes from.")
    offers: tuple[Word, ...] = Field(default=(), description="Offers that would meet it; none: advice alone does.")


class Needs(FileModel):
    """``rules/needs.yaml``: every need that an advisor should see; they never enter the value of an offer."""

    needs: tuple[Need, ...] = Field(min_length=1)
