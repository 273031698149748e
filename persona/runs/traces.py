"""Where people wrote a person down by hand: files of pairs to decide on, and the bank's own rules."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from persona.channels import Marks, without
from persona.channels.manifest import FileRow
from persona.errors import WriteError
from persona.policy.policy import Policy
from persona.runs.reviewing import REVIEW
from persona.store import Store
from persona.store.durable import write_file

__all__ = ["named", "out_of_reviews", "reviewed"]

_KEPT = ("identity", "files")
_OWNERS_ONLY = 0o600


def reviewed(store: Store, *paths: Path | None) -> None:
    """Remember where pairs were written for review, and where decisions were read: an erasure has to look there."""
    known = _known(store)
    found = {str(path.resolve()) for path in paths if path is not None}
    if not found <= set(known):
        store.save(*_KEPT, {"paths": sorted({*known, *found})})


def out_of_reviews(root: Path, store: Store, ids: Collection[str]) -> dict[str, int]:
    """How many pairs that name a person are gone, by file; every other line stays as it is.

    Raises: WriteError.
    """
    gone = {}
    for path in sorted({*map(Path, _known(store)), (root / REVIEW).resolve()}):
        if not path.is_file():
            continue
        try:
            content = path.read_bytes()
            payload, left, has_changed = without(content, _as_text(content), Marks(frozenset(), frozenset(ids)))
            if has_changed:
                write_file(path, payload, mode=_OWNERS_ONLY)
                gone[_shown(path, root)] = len(_records(content)) - 1 - left
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            what = "holds pairs for review and cannot be rewritten"
            raise WriteError(what, where=_shown(path, root), hint="Take the file away and run it again.") from error
    return gone


def named(policy: Policy, ids: Collection[str]) -> Iterator[str]:
    """The lines of the bank's own files that name a person still: what people review, people have to change."""
    holds = policy.workspace.retention.holds
    files = [path for kind in ("*.csv", "*.yaml", "*.yml") for path in (policy.root / "rules").rglob(kind)]
    for path in sorted({*files, *([policy.root / holds] if holds else [])}):
        if path.is_file():
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            places = [number for number, line in enumerate(lines, start=1) if _names(line, ids, path.suffix)]
            yield from (f"{_shown(path, policy.root)}:{number}" for number in places)


def _known(store: Store) -> list[str]:
    paths = (store.saved(*_KEPT) or {}).get("paths")
    return [str(one) for one in paths] if isinstance(paths, list) else []


def _names(line: str, ids: Collection[str], suffix: str) -> bool:
    if suffix == ".csv":
        return not set(re.split(r"[,;|\t]", line.replace('"', ""))).isdisjoint(ids)
    # A bank that counts its customers has ids that are numbers, and rules are full of numbers.
    words = set(re.findall(r"[\w.@-]+", line))
    return any(one in words and not one.isdigit() for one in ids)


def _as_text(content: bytes) -> FileRow:
    """A file of pairs as one of texts alone."""
    head = next(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")), [])
    columns = tuple((name, "String") for name in head) or (("", "String"),)
    return FileRow("", "", "", "", "", len(content), 0, columns, "csv", "utf-8")


def _records(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def _shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root.resolve())) if path.is_relative_to(root.resolve()) else str(path)
