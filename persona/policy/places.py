"""Where each value of a rule file stands, so that every complaint names its line and column."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Document", "Path", "Place", "in_order"]

Path = tuple[str | int, ...]
"""The way from the top of a document to a value: keys of mappings and numbers of list items."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line and a column of a file, both counted from 1; as text ``file:line:column``."""

    file: str
    """Relative to the workspace."""
    line: int = 1
    column: int = 1
    raw: str = field(default="", compare=False, repr=False)
    """The text as the file writes it, quotes and line breaks included; empty where the value is no text."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def inside(self, text: str, offset: int) -> Place:
        """The place of the character ``text[offset]`` of the text that stands here; here, where it cannot be told."""
        at = self._raw_index(text[: offset + 1])
        if at is None:
            return self
        before = self.raw[:at]
        column = at - before.rindex("\n") if "\n" in before else self.column + at
        return Place(self.file, self.line + before.count("\n"), column)

    def _raw_index(self, text: str) -> int | None:
        """Where the last character of ``text`` stands in ``raw``: YAML folds white space, so the rest is matched."""
        at, found = _content_start(self.raw), None
        for character in text:
            if character.isspace():
                continue
            at = _next_equal(self.raw, at, character)
            if at < 0:
                return None
            found, at = at, at + 1
        return found


def _content_start(raw: str) -> int:
    """The index of the first character after an opening quote or the header of a block."""
    if raw[:1] in ("|", ">"):
        return raw.find("\n") + 1
    return 1 if raw[:1] in ("'", '"') else 0


def _next_equal(raw: str, at: int, character: str) -> int:
    """The next index of ``character``, over white space and escapes only; -1 if another stands first."""
    while at < len(raw) and raw[at] != character and (raw[at].isspace() or raw[at] in "\\'"):
        at += 1
    return at if at < len(raw) and raw[at] == character else -1


def in_order(where: str) -> tuple[str, int, int]:
    """The sorting key of a place as text: by file, line and column; what is no place comes first of its name."""
    found = re.fullmatch(r"(.*?)(?::([0-9]+))?(?::([0-9]+))?", where, flags=re.DOTALL)
    file, line, column = found.groups() if found else (where, None, None)
    return str(file), int(line or 0), int(column or 0)


@dataclass(frozen=True, slots=True)
class Document:
    """A rule file as read: plain data, and the place of each value and key."""

    data: object
    """dict, list, str, int, Decimal, bool or None, nested."""
    places: Mapping[Path, Place]
    """A text or number is where it begins; a list or mapping where its key or item begins."""
    keys: Mapping[Path, Place]
    """Where the key of a mapping's value begins."""
    file: str

    def place_of(self, *path: str | int) -> Place:
        """The place of the value at the path, or of the nearest above it that stands in the file."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.places:
                return self.places[path[:end]]
        return self.places.get((), Place(self.file, 1, 1))

    def key_place_of(self, *path: str | int) -> Place:
        """The place of the key whose value the path leads to; of the value where it has no key."""
        return self.keys.get(path) or self.place_of(*path)
