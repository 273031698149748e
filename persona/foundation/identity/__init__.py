"""Identity: from records of several systems to persons and households, each link with its reason."""

from __future__ import annotations

from persona.foundation.identity.blocking import blocked, default_blocking
from persona.foundation.identity.comparable import comparable
from persona.foundation.identity.golden import believed
from persona.foundation.identity.homes import homes
from persona.foundation.identity.keys import LINKS, links_by_keys, overshared
from persona.foundation.identity.numbers import changes, numbered
from persona.foundation.identity.persons import JOINED, OUTCOMES, Joined, joined
from persona.foundation.identity.review import DECISIONS, decided, masked, reviewable

__all__ = [
    "DECISIONS",
    "JOINED",
    "LINKS",
    "OUTCOMES",
    "Joined",
    "believed",
    "blocked",
    "changes",
    "comparable",
    "decided",
    "default_blocking",
    "homes",
    "joined",
    "links_by_keys",
    "masked",
    "numbered",
    "overshared",
    "reviewable",
]
