"""The words that a check may find fault with: a message whose values have one is looked at by itself."""

from __future__ import annotations

import re
from datetime import date

from persona.checks.given import Given
from persona.checks.rules import in_force
from persona.policy.policy import Policy

__all__ = ["heeded"]

_OWN = ("data", "ftp", "nan", "none", "www")
"""Words that the checks themselves look for, in ``links`` and ``nothing``."""


def heeded(policy: Policy, *, day: date) -> frozenset[str]:
    """Each word, in small letters, of what may not be said, and of what asks for something else to be said.

    What must be said is not among them: it stands in approved words.
    """
    rules = [rule for rule in policy.compliance if in_force(rule, Given.of(policy, day=day))]
    phrases = [*policy.quality.blocked_words, *_OWN]
    phrases += [phrase for rule in rules for phrase in (*rule.forbids, *rule.triggered_by)]
    return frozenset(word for phrase in phrases for word in re.findall(r"\w+", phrase.lower()))
