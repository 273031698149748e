"""What a check is and what it may look at besides the messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from persona.policy.catalog import Catalog, Offer
from persona.policy.content import Block, Template
from persona.policy.policy import Policy
from persona.policy.rules import ComplianceRule
from persona.policy.workspace import CHANNELS, Sender

__all__ = ["CLASSES", "Check", "Given"]

CLASSES = ("marketing", "service", "regulatory")


@dataclass(frozen=True)
class Given:
    """The sender, the words and the rules that messages are held to, on the day of the run."""

    sender: Sender
    blocked_words: tuple[str, ...]
    rules: tuple[ComplianceRule, ...]
    offers: tuple[Offer, ...]
    blocks: Mapping[str, Block]
    templates: Mapping[tuple[str, str], Template]
    day: date
    reading: Mapping[str, int] = field(default_factory=dict)
    """Language -> the hardest LIX of a message."""
    catalog: Catalog = field(default_factory=lambda: Catalog(issues={}, groups={}))

    @classmethod
    def of(cls, policy: Policy, *, day: date) -> Given:
        """What a policy gives to the checks on a day."""
        return cls(
            policy.workspace.sender,
            policy.quality.blocked_words,
            policy.compliance,
            policy.offers,
            policy.blocks,
            policy.templates,
            day,
            policy.quality.reading,
            policy.catalog,
        )


@dataclass(frozen=True, slots=True)
class Check:
    """A test of every rendered message."""

    id: str
    about: str
    """What it sees to, in words."""
    fails: Callable[[Given], pl.Expr]
    """Whether a message fails it, over its columns, ``said`` (all its words) and ``heard`` (the same in small letters);
    unknown fails."""
    channels: tuple[str, ...] = CHANNELS
    classes: tuple[str, ...] = CLASSES
    of_words: bool = False
    """Whether it looks at words alone, so that what it says of a specimen holds for all messages that are alike: it
    reads the texts, what is the same for a whole wording, and of the row nothing else but its own way out."""

    def refuses(self, given: Given) -> pl.Expr:
        """Whether the check withholds a message: it is of its channels and classes, and fails."""
        is_meant = pl.col("channel").is_in(self.channels) & pl.col("class").is_in(self.classes)
        return is_meant & self.fails(given).fill_null(True)
