"""What lacks its approvals, told so that whoever must act knows what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from persona.errors import ComplianceError
from persona.messages.approvals import Content
from persona.messages.quorum import Standing, Why, standings
from persona.policy.approvers import Approvers
from persona.policy.content import Approval

__all__ = ["Missing", "missing", "refused"]


@dataclass(frozen=True, slots=True)
class Missing:
    """Content that may not be used, because approvals that hold are missing."""

    standing: Standing
    why: Why

    @property
    def content(self) -> Content:
        """What it is."""
        return self.standing.content

    @property
    def approval(self) -> Approval | None:
        """The approval that comes nearest."""
        near = self.standing.nearest
        return near.approval if near and self.why != "too few" else None

    @property
    def what(self) -> str:
        """What is wrong, in words."""
        name, near = f"{self.content.kind} {self.content.id!r}", self.approval
        if near is None:
            lacks = "; ".join(map(str, self.standing.lacks))
            return f"{name} has no approval" if self.why == "none" else f"{name} still needs {lacks}"
        return {
            "edited": f"{name} was edited after its approval by {near.who}, which is void",
            "by its author": f"{name} was approved by {near.who}, who wrote it",
            "no approver": f"{name} was approved by {near.who}, who is no approver as {near.role}",
            "not signed": f"the approval of {name} by {near.who} is not signed",
            "false signature": f"the signature of {near.who} under the approval of {name} is false",
            "not yet": f"the approval of {name} by {near.who} holds from {near.given_on} only",
            "expired": f"the approval of {name} by {near.who} expired on {near.expires}",
        }[self.why]

    @property
    def hint(self) -> str:
        """What to do next."""
        if not any(lack.persons for lack in self.standing.lacks):
            return f"Nobody in rules/approvers.yaml can approve {self.content.name}: add who can, with his key."
        return f"Somebody other than {self.content.author} approves it: `persona approve {self.content.name}`."


def missing(
    needed: Iterable[Content], approvals: Iterable[Approval], approvers: Approvers, *, day: date
) -> tuple[Missing, ...]:
    """What may not be used on a day, in the order of ``needed``."""
    found = standings(needed, approvals, approvers, day=day)
    return tuple(Missing(one, one.why) for one in found if one.why is not None)


def refused(found: Iterable[Missing]) -> ComplianceError | None:
    """The error that tells all that is missing at once; None where nothing is."""
    told = [f"{one.content.where}: {one.what}\n  {one.hint}" for one in found]
    if not told:
        return None
    count = f"{len(told)} approval{'s' if len(told) > 1 else ''} missing"
    return ComplianceError("\n".join([*told, f"{count}; nothing unapproved is rendered."]))
