"""The decisions: who gets what, or silence, with every factor of its value."""

from __future__ import annotations

from persona.decisions.allocation import allocated
from persona.decisions.decide import Considered, Plan, considered, decide, planned
from persona.decisions.explain import Choice, choices, sentence
from persona.decisions.holdout import memberships, new_arms

__all__ = [
    "Choice",
    "Considered",
    "Plan",
    "allocated",
    "choices",
    "considered",
    "decide",
    "memberships",
    "new_arms",
    "planned",
    "sentence",
]
