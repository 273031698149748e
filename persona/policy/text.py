"""Strict YAML: plain data with the place of every value, or all that is wrong with the file, told at once.

Refused, because readers of YAML differ in them or because they hide what a file says: keys that stand twice, anchors and
aliases, tags, merge keys, a second document, unquoted words that could be something else, keys that are not text, tabs
and control characters. The parser's events are walked under bounds and never become nodes, so that a hostile file is
refused at once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import count
from pathlib import Path as FilePath
from typing import NoReturn

import yaml

from persona.errors import PolicyError, PolicyErrors
from persona.policy.places import Document, Path, Place
from persona.policy.scalars import Scalar, ambiguity, plain

__all__ = ["Document", "Place", "parse", "read"]

MAX_BYTES = 20_000_000
MAX_DEPTH = 40
MAX_NODES = 500_000
MAX_FAULTS = 100
"""Told of one file: who has more has the same mistake many times."""

_INVISIBLE = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff"
_UNLAWFUL = re.compile(f"[\t{_INVISIBLE}]|\r(?!\n)")
"""What a file shows must be what it says."""
_UNLAWFUL_IN_VALUE = re.compile(f"[{_INVISIBLE}]")
"""A tab or return may be in a value: it was written as an escape inside double quotes."""


def read(path: FilePath, *, root: FilePath) -> Document:
    """The rule file as data with places, its name relative to the workspace's ``root``.

    Raises: PolicyErrors with all that is wrong with the file.
    """
    file = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    content = _content(path, root=root, file=file)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        place = Place(file, before.count(b"\n") + 1, column)
        raise _only("is not UTF-8", str(place), hint="Save the file as UTF-8.") from error
    return parse(text, file=file)


def parse(text: str, *, file: str) -> Document:
    """The text of a rule file as data with places.

    Raises: PolicyErrors with all that is wrong with the text; an error of syntax ends it.
    """
    if len(text) > MAX_BYTES:
        raise _only(f"is larger than {MAX_BYTES:,} bytes", file)
    reader = _Reader(text, file)
    data = reader.document()
    if reader.faults:
        told = sorted(reader.faults, key=lambda fault: fault[0])
        raise PolicyErrors([error for _, error in told])
    return Document(data, reader.places, reader.keys, file)


def _content(path: FilePath, *, root: FilePath, file: str) -> bytes:
    try:
        if not path.resolve().is_relative_to(root.resolve()):
            raise _only("lies outside the workspace", file)
        if path.stat().st_size > MAX_BYTES:
            raise _only(f"is larger than {MAX_BYTES:,} bytes", file)
        return path.read_bytes()
    except OSError as error:
        raise _only(f"cannot be read: {error.strerror}", file) from error


def _only(what: str, where: str, *, hint: str = "") -> PolicyErrors:
    return PolicyErrors([PolicyError(what, where=where, hint=hint)])


class _Ended(Exception):
    """Nothing after this point of the file can be read."""


class _Reader:
    """One pass over the events of a text; faults are gathered with their places."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.faults: list[tuple[Place, PolicyError]] = []
        self.places: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self._characters(text)
        self._has_bad_characters = bool(self.faults)
        self._text = _UNLAWFUL.sub(" ", text)
        self._events: Iterator[yaml.Event] = iter(yaml.parse(self._text, Loader=yaml.CSafeLoader))
        self._numbers = count(1)

    def document(self) -> object:
        """The document's data; incomplete where there are faults."""
        try:
            first = self._next(yaml.StreamStartEvent)
            event = self._event()
            if isinstance(event, yaml.StreamEndEvent):
                self._end(first, "the file is empty", "Write the file's first key, or delete the file.")
            if isinstance(event, yaml.DocumentStartEvent) and (event.version or event.tags):
                self._fault(event, "a directive of YAML", "Delete the line that begins with %.")
            top = self._event()
            data = self._value(top, (), self._place(top))
            if data is None and not self.faults:
                self._fault(top, "the file is empty", "Write the file's first key, or delete the file.")
            self._next(yaml.DocumentEndEvent)
            event = self._event()
            if not isinstance(event, yaml.StreamEndEvent):
                self._fault(event, "a second document", "Put it into a file of its own.")
            return data
        except _Ended:
            return None
        except yaml.YAMLError as error:
            self._syntax(error)
            return None
