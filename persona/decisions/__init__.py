"""The decisions: who gets what, or silence, with every factor of its value."""

from __future__ import annotations

from persona.decisions.allocation import Allocated, allocated
from persona.decisions.decide import Considered, Plan, considered, decide, planned
from persona.decisions.explain import Choice, at_price, choices, sentence
from persona.decisions.history import used_before
from persona.decisions.holdout import leaks, memberships, new_arms
from persona.decisions.ladder import price_ladder
from persona.decisions.layers import layered, new_layers
from persona.decisions.terms import Terms
from persona.decisions.weighing import Weighed, with_waves

__all__ = [
    "Allocated",
    "Choice",
    "Considered",
    "Plan",
    "Terms",
    "Weighed",
    "allocated",
    "at_price",
    "choices",
    "considered",
    "decide",
    "layered",
    "leaks",
    "memberships",
    "new_arms",
    "new_layers",
    "planned",
    "price_ladder",
    "sentence",
    "used_before",
    "with_waves",
]
