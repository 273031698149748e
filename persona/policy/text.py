"""Strict YAML: plain data with the place of every value, or all that is wrong with the file, told at once.

Refused, because readers of YAML differ in them or because they hide what a file says: keys that stand twice, anchors,
aliases, tags, merge keys, a second document, unquoted words that could be something else, keys that are not text, tabs
and control characters. The parser's events are walked under bounds and never become nodes, so that a hostile file is
refused at once.
"""

from __future__ import annotations

from pathlib import Path as FilePath

from persona.errors import PolicyError, PolicyErrors
from persona.policy.events import Reader
from persona.policy.places import Document, Place

__all__ = ["Document", "Place", "parse", "read", "understood"]

MAX_BYTES = 20_000_000


def read(path: FilePath, *, root: FilePath) -> Document:
    """The rule file as data with places, its name relative to the workspace's ``root``.

    Raises: PolicyErrors with all that is wrong with the file.
    """
    return _whole(*understood(path, root=root))


def understood(path: FilePath, *, root: FilePath) -> tuple[Document, list[PolicyError]]:
    """The rule file as far as it can be understood, its data null where its end is not; and its faults in order.

    Raises: PolicyErrors where it cannot be read at all.
    """
    file = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    content = _content(path, root=root, file=file)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        place = Place(file, before.count(b"\n") + 1, column)
        raise _refused("is not UTF-8", str(place), hint="Save the file as UTF-8.") from error
    return _understood(text, file)


def parse(text: str, *, file: str) -> Document:
    """The text of a rule file as data with places.

    Raises: PolicyErrors with all that is wrong with the text; an error of syntax ends it.
    """
    return _whole(*_understood(text, file))


def _understood(text: str, file: str) -> tuple[Document, list[PolicyError]]:
    if len(text) > MAX_BYTES:
        raise _too_large(file)
    reader = Reader(text, file)
    document = Document(reader.document(), reader.places, reader.keys, file)
    return document, [error for _, error in sorted(reader.faults, key=lambda fault: fault[0])]


def _whole(document: Document, faults: list[PolicyError]) -> Document:
    if faults:
        raise PolicyErrors(faults)
    return document


def _content(path: FilePath, *, root: FilePath, file: str) -> bytes:
    try:
        if not path.resolve().is_relative_to(root.resolve()):
            raise _refused("lies outside the workspace", file)
        if path.stat().st_size > MAX_BYTES:
            raise _too_large(file)
        return path.read_bytes()
    except OSError as error:
        raise _refused(f"cannot be read: {error.strerror}", file) from error


def _too_large(file: str) -> PolicyErrors:
    return _refused(f"is larger than {MAX_BYTES:,} bytes", file, hint="Split it into several files.")


def _refused(what: str, where: str, *, hint: str = "") -> PolicyErrors:
    return PolicyErrors([PolicyError(what, where=where, hint=hint)])
