"""A template's text as its file has it, read as a tree, with what is found in it and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from jinja2 import Environment, TemplateSyntaxError, nodes

from persona.errors import PolicyError
from persona.policy.content import Slot
from persona.policy.places import Place

__all__ = ["MAX_FAULTS", "MAX_LENGTH", "Notes", "Passage", "name_of", "parsed"]

MAX_LENGTH = 60_000
"""Characters of one text: what is shown is never much longer, since nothing repeats and every value is bounded."""

MAX_FAULTS = 20
"""Faults of one message that are told: whoever mends twenty runs the check again."""

_ALONE = re.compile(r"(?m)^[ \t]*(\{%-?[ \t]*(?:if|elif|else|endif|for|endfor|set)\b(?:[^\n%]*[^\n%+-])?)%\}[ \t]*\n")
_PARSER = Environment(autoescape=False)  # noqa: S701 - it only parses; what renders escapes HTML


@dataclass(frozen=True, slots=True)
class Passage:
    """A text, where it stands and the slots that it may show."""

    source: str
    place: Place
    slots: Mapping[str, Slot]
    language: str = "en"
    """That it is written in."""

    def at(self, node: nodes.Node) -> Place:
        """Where a node stands in the file."""
        return self.at_line(node.lineno or 1)

    def at_line(self, line: int) -> Place:
        """Where a line of the text, counted from 1, stands in the file."""
        starts = [0, *(match.end() for match in re.finditer("\n", self.source))]
        start = starts[min(line, len(starts)) - 1]
        return self.place.inside(self.source, start) if start else self.place


@dataclass
class Notes:
    """What is found in a message's passages: slots, blocks, and all that is wrong."""

    errors: list[PolicyError] = field(default_factory=list)
    slots: dict[str, Slot] = field(default_factory=dict)
    blocks: dict[str, None] = field(default_factory=dict)
    opened: dict[str, None] = field(default_factory=dict)
    included: int = 0
    """How many times a block was put in."""

    def refuse(self, passage: Passage, node: nodes.Node, what: str, hint: str = "") -> None:
        """Note that a node is not allowed; beyond so many faults of one message no more are told."""
        if len(self.errors) < MAX_FAULTS:
            self.errors.append(PolicyError(what, where=str(passage.at(node)), hint=hint))

    def unknown(self, passage: Passage, node: nodes.Node, kind: str, name: str, allowed: Collection[str]) -> None:
        """Note that a node names what is not there."""
        if len(self.errors) < MAX_FAULTS:
            self.errors.append(PolicyError.unknown(kind, name, allowed, where=str(passage.at(node))))

    def slot(self, name: str, passage: Passage, node: nodes.Node) -> Slot | None:
        """The slot of that name, noted as used; None, and an error, where the file declares none.

        Two files that declare one slot must mean the same type; it is required where one of them requires it.
        """
        slot = passage.slots.get(name)
        if slot is None:
            self.unknown(passage, node, "slot", name, passage.slots)
            return None
        known = self.slots.setdefault(name, slot)
        if known.type != slot.type:
            self.refuse(passage, node, f"slot {name!r} is {slot.type} here and {known.type} elsewhere in the message")
        elif slot.need == "required":
            self.slots[name] = slot
        return slot


def parsed(passage: Passage) -> list[nodes.Node]:
    """The tree of a passage; an ``if``, ``for`` or ``set`` alone on its line takes its line break with it.

    Raises: PolicyError where the text is too long or cannot be read.
    """
    if len(passage.source) > MAX_LENGTH:
        raise PolicyError(f"a text has more than {MAX_LENGTH:,} characters", where=str(passage.place))
    try:
        return _PARSER.parse(_ALONE.sub(r"\1\n%}", passage.source)).body
    except TemplateSyntaxError as error:
        where = str(passage.at_line(error.lineno))
        raise PolicyError(f"the template cannot be read: {error.message}", where=where) from error
    except (RecursionError, ValueError) as error:
        raise PolicyError("the template is nested too deeply to be read", where=str(passage.place)) from error


def name_of(node: nodes.Node) -> str:
    """What a kind of node is called in plain words."""
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", type(node).__name__).lower()
    return {
        "getattr": "an attribute",
        "getitem": "an item",
        "const": "a constant",
        "call": "a call",
        "scope": "autoescape",
    }.get(words, words)
