"""``rules/approvers.yaml``: who may approve, with which key he signs, and whose approvals each content needs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from persona.policy.model import FileModel, Strict, Word

__all__ = ["Approver", "Approvers", "ContentKind", "Quorum", "RiskClass", "is_same"]

ContentKind = Literal["block", "template", "offer", "rule", "release"]
"""What people sign for; a release is a night's messages, as they were looked at."""
RiskClass = Literal["low", "medium", "high"]


class Approver(Strict):
    """A person who may approve; taken away, none of his approvals holds any more."""

    who: str
    roles: tuple[Word, ...] = Field(min_length=1)
    key: str | None = Field(
        default=None,
        pattern=r"^ed25519:[A-Za-z0-9+/]{43}=$",
        description="Public key of his signatures, as `persona approve` tells it; null: he cannot sign.",
    )


class Quorum(Strict):
    """Whose approvals some content needs; each line that speaks of it must be met."""

    kinds: tuple[ContentKind, ...] = Field(default=(), description="Kinds it speaks of; none: all.")
    risk_classes: tuple[RiskClass, ...] = Field(default=(), description="Risk classes it speaks of; none: all.")
    roles: tuple[Word, ...] = Field(min_length=1, description="Roles whose approvals count.")
    count: int = Field(default=1, ge=1, description="How many persons of these roles.")

    def speaks_of(self, kind: ContentKind, risk_class: RiskClass) -> bool:
        """Whether content of a kind and risk class needs it."""
        return kind in (self.kinds or (kind,)) and risk_class in (self.risk_classes or (risk_class,))


class Approvers(FileModel):
    """Persons, quorums, and where a signature is not asked for; without the file nothing is ever approved."""

    approvers: tuple[Approver, ...] = ()
    quorums: tuple[Quorum, ...] = Field(
        default=(), description="Content of which none speaks needs one approval of any approver."
    )
    unsigned: tuple[RiskClass, ...] = Field(
        default=(), description="Risk classes whose approvals hold without a signature; one that is there must verify."
    )
    remind_days: int = Field(default=30, ge=0, description="Days before an approval ends in which it is told.")

    def find(self, who: str) -> Approver | None:
        """The approver of that name, however it is written."""
        return next((one for one in self.approvers if is_same(one.who, who)), None)


def is_same(who: str, other: str) -> bool:
    """Whether two names are one person's, however they are written."""
    return who.strip().casefold() == other.strip().casefold()
