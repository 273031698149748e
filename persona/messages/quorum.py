"""Where content stands: which of its approvals hold, whose are still needed, and until when it is approved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from persona.messages.approvals import Content, is_author
from persona.messages.signatures import is_signed_by
from persona.policy.approvers import Approvers, Quorum, is_same
from persona.policy.content import Approval

__all__ = ["Fault", "Lack", "Standing", "Why", "fault_of", "quorums_of", "standing", "standings"]

Why = Literal[
    "none", "edited", "by its author", "no approver", "not signed", "false signature", "not yet", "expired", "too few"
]
FAULTS: tuple[Why, ...] = (
    "edited",
    "by its author",
    "no approver",
    "not signed",
    "false signature",
    "not yet",
    "expired",
)
"""What voids an approval, in the order in which it is looked for: the later, the nearer it came to hold."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An approval that does not hold, and why."""

    approval: Approval
    why: Why


@dataclass(frozen=True, slots=True)
class Lack:
    """Approvals that are still needed, and who can give them."""

    roles: tuple[str, ...]
    count: int
    languages: tuple[str, ...]
    """In which of the content's languages they are; none: in all."""
    persons: tuple[str, ...]

    def __str__(self) -> str:
        """How many of whom, such as ``1 of legal (ann@bank.example)``."""
        spoken = f" for {', '.join(self.languages)}" if self.languages else ""
        able = ", ".join(self.persons) if self.persons else "nobody in rules/approvers.yaml can"
        return f"{self.count} of {' or '.join(self.roles) or 'any role'}{spoken} ({able})"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one content stands on a day."""

    content: Content
    holding: tuple[Approval, ...]
    faults: tuple[Fault, ...]
    lacks: tuple[Lack, ...]
    """Empty: it may be used."""
    until: date | None
    """The day from which it may not be used any more, as things are; None where it may not be used now."""

    @property
    def nearest(self) -> Fault | None:
        """The approval that came nearest to hold; the newest of those."""
        ranked = sorted(enumerate(self.faults), key=lambda one: (FAULTS.index(one[1].why), one[0]))
        return ranked[-1][1] if ranked else None

    @property
    def why(self) -> Why | None:
        """Why it may not be used; None where it may."""
        if not self.lacks:
            return None
        if self.holding:
            return "too few"
        return self.nearest.why if self.nearest else "none"


def standings(
    needed: Iterable[Content], approvals: Iterable[Approval], approvers: Approvers, *, day: date
) -> tuple[Standing, ...]:
    """Where each content stands on a day, in the order of ``needed``."""
    given: dict[tuple[str, str], list[Approval]] = {}
    for approval in approvals:
        given.setdefault((approval.kind, approval.id), []).append(approval)
    return tuple(standing(one, given.get((one.kind, one.id), []), approvers, day=day) for one in needed)


def standing(content: Content, given: Sequence[Approval], approvers: Approvers, *, day: date) -> Standing:
    """Where a content stands on a day.

    An approval holds from its day until the day before it expires: for its hash only, by a registered approver in a
    role of his who is not the author, signed by his key where the risk class asks for it. A person counts once for a
    content, in the role of his first approval that holds, whatever roles he has.
    """
    judged = [(approval, fault_of(content, approval, approvers)) for approval in given]
    sound = [approval for approval, why in judged if why is None]
    holding = tuple(one for one in sound if one.given_on <= day < one.expires)
    faults = [Fault(approval, why) for approval, why in judged if why is not None]
    faults += [Fault(one, "not yet" if day < one.given_on else "expired") for one in sound if one not in holding]
    lacks = _lacks(content, holding, approvers)
    ends = sorted({one.expires for one in holding})
    until = next(
        (end for end in ends if _lacks(content, [one for one in holding if one.expires > end], approvers)), None
    )
    return Standing(content, holding, tuple(faults), lacks, None if lacks else until)


def fault_of(content: Content, approval: Approval, approvers: Approvers) -> Why | None:
    """What voids an approval whatever the day; None where nothing does."""
    if approval.hash != content.hash:
        return "edited"
    if is_author(approval.who, content):
        return "by its author"
    approver = approvers.find(approval.who)
    if approver is None or approval.role not in approver.roles:
        return "no approver"
    if approval.signature is None:
        return None if content.risk_class in approvers.unsigned else "not signed"
    return None if approver.key and is_signed_by(approval, approver.key) else "false signature"


def quorums_of(content: Content, approvers: Approvers) -> tuple[Quorum, ...]:
    """The quorums that speak of a content; one of any approver where none does."""
    found = tuple(one for one in approvers.quorums if one.speaks_of(content.kind, content.risk_class))
    roles = tuple(sorted({role for approver in approvers.approvers for role in approver.roles}))
    return found or (Quorum.model_construct(kinds=(), risk_classes=(), roles=roles, count=1),)


def _lacks(content: Content, holding: Sequence[Approval], approvers: Approvers) -> tuple[Lack, ...]:
    found = []
    for quorum in quorums_of(content, approvers):
        short = {}
        for language in content.languages or ("",):
            roles = _roles(one for one in holding if language in (one.scope or (language,)))
            have = sum(role in quorum.roles for role in roles.values())
            if have < quorum.count:
                short[language] = (quorum.count - have, roles)
        if short:
            most = max(missing for missing, _ in short.values())
            done = set.intersection(*(set(roles) for _, roles in short.values()))
            spoken = tuple(short) if len(short) < len(content.languages) else ()
            found.append(Lack(quorum.roles, most, spoken, _able(content, quorum, done, approvers)))
    return tuple(found)


def _roles(holding: Iterable[Approval]) -> dict[str, str]:
    """The role in which each person counts: that of his first approval."""
    counted: dict[str, str] = {}
    for one in holding:
        counted.setdefault(one.who.strip().casefold(), one.role)
    return counted


def _able(content: Content, quorum: Quorum, done: set[str], approvers: Approvers) -> tuple[str, ...]:
    """Who can still approve for a quorum."""
    return tuple(
        one.who
        for one in approvers.approvers
        if {*one.roles} & {*quorum.roles}
        and not is_author(one.who, content)
        and not any(is_same(one.who, who) for who in done)
        and (one.key or content.risk_class in approvers.unsigned)
    )
