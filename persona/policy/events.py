"""One pass over the events of a YAML text: data, places, and every fault on the way."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NoReturn

import yaml

from persona.errors import PolicyError
from persona.policy.places import Path, Place
from persona.policy.scalars import Scalar, ambiguity, plain
from persona.policy.unseen import UNSEEN

__all__ = ["Reader"]

MAX_DEPTH = 40
MAX_NODES = 100_000
MAX_FAULTS = 100
"""Told of one file: who has more has the same mistake many times."""
MAX_SHOWN = 40
"""Characters of a word that a message repeats."""

_INVISIBLE = f"{UNSEEN}\ud800-\udfff"
_UNLAWFUL = re.compile(f"[\t{_INVISIBLE}]|\r(?!\n)")
"""What a file shows must be what it says."""
_UNLAWFUL_IN_VALUE = re.compile(f"[{_INVISIBLE}]")
"""A tab or return may be in a value: it was written as an escape inside double quotes."""


class _EndError(Exception):
    """Nothing after this point of the file can be read."""


class Reader:
    """Reads one text: ``document()`` once, then ``faults``, ``places`` and ``keys`` tell the rest."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.faults: list[tuple[Place, PolicyError]] = []
        self.places: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self._read_characters(text)
        self._has_bad_characters = bool(self.faults)
        self._text = _UNLAWFUL.sub(" ", text)
        self._events: Iterator[yaml.Event] = iter(yaml.parse(self._text, Loader=yaml.CSafeLoader))
        self._nodes = 0

    def document(self) -> object:
        """The document's data; incomplete where there are faults."""
        try:
            return self._only_document()
        except _EndError:
            return None
        except yaml.YAMLError as error:
            if not self._has_bad_characters:  # what follows from a tab need not be told beside it
                self._tell_syntax(error)
            return None

    def _only_document(self) -> object:
        next(self._events)
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            self._tell_empty()
            return None
        if isinstance(event, yaml.DocumentStartEvent) and (event.version or event.tags):
            self._tell(event, "directives of YAML are not read", "Take the line that begins with % away.")
        top = next(self._events)
        data = self._value(top, (), self._place(top))
        if data is None and not self.faults:
            self._tell_empty()
        next(self._events)
        event = next(self._events)
        if not isinstance(event, yaml.StreamEndEvent):
            self._tell(event, "a second document begins here", "Put it into a file of its own.")
        return data

    def _value(self, event: yaml.Event, path: Path, place: Place) -> object:
        """The value that begins with the event; ``place`` is where a list or mapping is said to stand."""
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._end(event, f"more than {MAX_NODES:,} values in one file", "Split it into several files.")
        if len(path) > MAX_DEPTH:
            self._end(event, f"nested more than {MAX_DEPTH} deep", "No rule needs that; is a bracket not closed?")
        if isinstance(event, yaml.AliasEvent):
            self._tell(event, f"an alias, *{event.anchor}, is not read", "Write the value out.")
            return None
        self._refuse_marks(event)
        if isinstance(event, yaml.MappingStartEvent):
            self.places[path] = place
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            self.places[path] = place
            return self._sequence(path)
        return self._scalar(event, path, place)

    def _mapping(self, path: Path) -> dict[str, object]:
        found: dict[str, object] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key, place = self._key(event, path), self._place(event)
            is_new = key is not None and key not in found
            # What stands under a key that is refused is read all the same, for its own faults.
            inner = (*path, key) if key is not None and is_new else (*path, f"?{self._nodes}")
            if is_new:
                self.keys[inner] = place
            elif key is not None:
                first = self.keys[*path, key]
                self._tell(event, f"key {key!r} stands twice", f"It stands at line {first.line} already.")
            value = self._value(next(self._events), inner, place)
            if key is not None and is_new:
                found[key] = value
        return found

    def _key(self, event: yaml.Event, path: Path) -> str | None:
        """The text of a key; None, with its fault told, where it is none that we read."""
        if not isinstance(event, yaml.ScalarEvent):
            self._tell(event, "a key must be text, not a list, mapping or alias", "Write the key as one word.")
            self._value(event, (*path, f"?{self._nodes}"), self._place(event))
            return None
        self._refuse_marks(event)
        is_plain = event.implicit[0]
        if is_plain and event.value == "<<":
            self._tell(event, "merge keys, <<, are not read", "Write the keys out.")
            return None
        if is_plain and (ambiguity(event.value) or not isinstance(plain(event.value), str)):
            self._tell(event, f"key {_shown(event.value)} is not text", f'Quote it: "{_shown(event.value)}".')
            return None
        self._read_value_characters(event)
        return str(event.value)

    def _sequence(self, path: Path) -> list[object]:
        found: list[object] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            found.append(self._value(event, (*path, len(found)), self._place(event)))
        return found

    def _scalar(self, event: yaml.Event, path: Path, place: Place) -> Scalar:
        if not isinstance(event, yaml.ScalarEvent):
            self._end(event, "is not understood here", "Check the brackets and the indentation around it.")
        if not event.value and event.implicit[0]:
            self.places[path] = place
            return None
        self.places[path] = self._place(event)
        if not event.implicit[0]:
            self._read_value_characters(event)
            return str(event.value)
        taken_for = ambiguity(event.value)
        if taken_for:
            what = f"{_shown(event.value)} without quotes can be read as {taken_for}"
            self._tell(event, what, _cure(event.value))
        return plain(event.value)

    def _refuse_marks(self, event: yaml.Event) -> None:
        if getattr(event, "anchor", None):
            self._tell(event, "anchors, &, are not read", "Write the value out where it is needed.")
        if getattr(event, "tag", None):
            self._tell(event, "tags, !, are not read", "Take the tag away; quote the value if it is text.")

    def _read_characters(self, text: str) -> None:
        for found in _UNLAWFUL.finditer(text):
            before = text[: found.start()]
            place = Place(self.file, before.count("\n") + 1, found.start() - before.rfind("\n"))
            hint = "Use spaces." if found[0] == "\t" else "Delete it."
            if not self._add(place, f"{_character(found[0])} is not read", hint):
                return

    def _read_value_characters(self, event: yaml.ScalarEvent) -> None:
        found = _UNLAWFUL_IN_VALUE.search(event.value)
        if found:
            self._tell(event, f"{_character(found[0])} in a text is not read", "Write the text without it.")

    def _place(self, event: yaml.Event) -> Place:
        start, end = event.start_mark, event.end_mark
        if start is None or end is None:
            return Place(self.file)
        raw = self._text[start.index : end.index] if isinstance(event, yaml.ScalarEvent) else ""
        return Place(self.file, start.line + 1, start.column + 1, raw)

    def _add(self, place: Place, what: str, hint: str) -> bool:
        if len(self.faults) < MAX_FAULTS:
            self.faults.append((place, PolicyError(what, where=str(place), hint=hint)))
        return len(self.faults) < MAX_FAULTS

    def _tell(self, event: yaml.Event, what: str, hint: str) -> None:
        self._add(self._place(event), what, hint)

    def _tell_empty(self) -> None:
        self._add(Place(self.file, 1, 1), "the file is empty", "Write its first key, or delete the file.")

    def _end(self, event: yaml.Event, what: str, hint: str) -> NoReturn:
        self._tell(event, what, hint)
        raise _EndError

    def _tell_syntax(self, error: yaml.YAMLError) -> None:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        place = Place(self.file, mark.line + 1, mark.column + 1) if mark else Place(self.file, 1, 1)
        said = [part for part in (getattr(error, "context", None), getattr(error, "problem", None)) if part]
        hint = "Check the indentation, the quotes and the brackets here and on the line before."
        self._add(place, f"is not YAML: {', '.join(said) or 'it cannot be read'}", hint)


def _character(character: str) -> str:
    name = {"\t": "a tab", "\r": "a carriage return without a line feed"}.get(character)
    return name or f"the invisible character U+{ord(character):04X} ({unicodedata.name(character, 'a control code')})"


def _cure(word: str) -> str:
    if word in ("~", "Null", "NULL"):
        return "Leave it empty or write null for nothing; quote it for the text."
    lower = word.lower()
    instead = f"; write {lower} for the truth value" if lower in ("true", "false") else ""
    return f'Quote it, "{_shown(word)}", if it is text{instead}.'


def _shown(word: str) -> str:
    return word if len(word) <= MAX_SHOWN else f"{word[: MAX_SHOWN - 3]}..."
