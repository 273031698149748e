"""The contact policy as it holds on a day: what is reserved of limits, hours by law, whom rules spare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from persona.policy.rules import ComplianceRule, Cooloff, Limit, QuietHours

__all__ = ["Contact"]


@dataclass(frozen=True, slots=True)
class Contact:
    """What the contact policy and the law say of a day."""

    limits: Sequence[Limit] = ()
    cooloffs: Sequence[Cooloff] = ()
    hours: Sequence[QuietHours | ComplianceRule] = ()
    """What says when channels may be used: the bank's quiet hours, and the rules of law in force."""
    suppressions: Mapping[str, Sequence[str]] = field(default_factory=dict)
