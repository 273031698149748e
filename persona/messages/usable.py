"""Which treatments may be used on a day: those of which the offer, the template and each block are approved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from persona.errors import ComplianceError
from persona.messages.approvals import Missing, contents, missing, refused
from persona.messages.wording import Wording
from persona.policy.policy import Policy

__all__ = ["rules_refused", "unapproved"]


def unapproved(
    policy: Policy, wordings: Mapping[tuple[str, str, str], Wording], *, day: date
) -> dict[tuple[str, str], Missing]:
    """The treatments that may not be used, by (offer, treatment), each with the first approval that it misses.

    A disclosure that a rule requires is a block of the template, or the message is withheld: so it needs no look here.
    """
    found = missing(contents(policy), policy.approvals.approvals, day=day)
    gone = {(one.content.kind, one.content.id): one for one in found}
    unusable: dict[tuple[str, str], Missing] = {}
    for offer in policy.offers:
        for treatment in offer.treatments:
            name = (treatment.channel, treatment.template)
            spoken = [
                wordings[*name, language] for language in policy.workspace.languages if (*name, language) in wordings
            ]
            blocks = sorted({block for wording in spoken for block in wording.blocks})
            needed = [("offer", offer.offer), ("template", "/".join(name)), *(("block", block) for block in blocks)]
            first = next((gone[key] for key in needed if key in gone), None)
            if first is not None:
                unusable[offer.offer, treatment.id] = first
    return unusable


def rules_refused(policy: Policy, *, day: date) -> ComplianceError | None:
    """The error that names every compliance rule without an approval: under such rules nothing leaves."""
    rules = [content for content in contents(policy) if content.kind == "rule"]
    return refused(missing(rules, policy.approvals.approvals, day=day))
