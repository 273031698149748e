"""Which files a source has: names that fit its pattern, in the order in which they were delivered."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import file_digest
from pathlib import Path

from persona.errors import ExtractError, PolicyError
from persona.policy.source import Source

__all__ = ["Delivery", "announced", "digest", "found", "fragment", "names_a_day", "shape_of_names"]

_DATE = re.compile(r"\{date:([^{}]+)\}")
_FIELD = re.compile(r"%(.)")
_DIGITS = {"Y": 4, "y": 2, "m": 2, "d": 2, "j": 3, "H": 2, "M": 2, "S": 2}
"""What can stand in a date of a name, and how many digits it has."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file as the bank delivered it."""

    source: str
    path: Path
    name: str
    """The path from the workspace's root."""
    delivered_on: date
    size: int
    mtime_ns: int


def found(source: Source, root: Path) -> list[Delivery]:
    """The files of a source, by (delivered_on, name).

    Raises: PolicyError when the pattern leaves the workspace or no day follows from it; ExtractError when a name that
    fits carries a day that is none.
    """
    shape = shape_of_names(source)
    pattern = source.files
    names = sorted(path.relative_to(root).as_posix() for path in root.glob(_globbed(pattern)) if path.is_file())
    fitting = [(name, match) for name in names if (match := shape.fullmatch(name))]
    deliveries = [_delivery(source, root, name, _day(source, name, match)) for name, match in fitting]
    return sorted(deliveries, key=lambda one: (one.delivered_on, one.name))


def shape_of_names(source: Source) -> re.Pattern[str]:
    """What the name of each of a source's files looks like, with a group for each field of its date.

    Raises: PolicyError when the pattern leaves the workspace or no day follows from it.
    """
    pattern = _inside(source, source.files, "files")
    if not _DATE.search(pattern) and source.delivered_on is None:
        raise PolicyError(
            "no day of delivery follows from the name of the files",
            where=str(source.place_of("files")),
            hint="Write {date:%Y-%m-%d} where the name carries the day, or give delivered_on.",
        )
    if source.control is not None:
        _shape(_inside(source, source.control, "control"), where=str(source.place_of("control")))
    return re.compile(_shape(pattern, where=str(source.place_of("files"))))


def digest(path: Path) -> str:
    """The sha256 of the file's bytes, 64 hex digits."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def fragment(source: Source, pattern: str, delivered_on: date) -> str:
    """A pattern with the date of a delivery written in: the name of what came beside it."""
    named = delivered_on - timedelta(days=source.lag_days)
    return _DATE.sub(lambda match: named.strftime(match[1]), _inside(source, pattern, "control"))


def announced(source: Source, root: Path, *, delivered_on: Iterable[date]) -> list[str]:
    """The control files of a source that lie there for none of the days on which it was delivered, by name."""
    if source.control is None or not _DATE.search(source.control):
        return []
    pattern = _inside(source, source.control, "control")
    shape = re.compile(_shape(pattern))
    names = {path.relative_to(root).as_posix() for path in root.glob(_globbed(pattern)) if path.is_file()}
    beside = {fragment(source, pattern, day) for day in delivered_on}
    return sorted(name for name in names - beside if shape.fullmatch(name))


def names_a_day(source: Source) -> bool:
    """Whether the names of the files tell the day, not only the month."""
    formats = "".join(_DATE.findall(source.files))
    return "%d" in formats or "%j" in formats


def _inside(source: Source, pattern: str, key: str) -> str:
    if pattern.startswith(("/", "~")) or ".." in pattern.split("/"):
        raise PolicyError(
            "leaves the workspace", where=str(source.place_of(key)), hint="Name the files from the workspace's root."
        )
    return pattern


def _delivery(source: Source, root: Path, name: str, day: date) -> Delivery:
    stat = (root / name).stat()
    return Delivery(source.source, root / name, name, day, stat.st_size, stat.st_mtime_ns)


def _globbed(pattern: str) -> str:
    """The pattern for the folder's listing; two stars in a row would stand for folders."""
    return re.sub(r"\*+", "*", _DATE.sub("*", pattern))


def _shape(pattern: str, *, where: str = "") -> str:
    """The pattern as a regular expression with a group for each field of a date; ``*`` is any text within one name."""
    pieces = _DATE.split(pattern)
    texts = [re.escape(text).replace(r"\*", "[^/]*").replace(r"\?", "[^/]") for text in pieces[::2]]
    wrong = sorted(set(_FIELD.findall("".join(pieces[1::2]))) - set(_DIGITS))
    if wrong:
        known = ", ".join(f"%{letter}" for letter in _DIGITS)
        raise PolicyError(f"%{wrong[0]} cannot stand in a file's name", where=where, hint=f"Known: {known}.")
    dates = [_FIELD.sub(_grouped, re.escape(format_).replace(r"\%", "%")) for format_ in pieces[1::2]]
    return "".join(text + date_ for text, date_ in zip(texts, [*dates, ""], strict=True))


def _grouped(match: re.Match[str]) -> str:
    return rf"(\d{{{_DIGITS[match[1]]}}})"


def _day(source: Source, name: str, match: re.Match[str]) -> date:
    """The day of delivery: the one in the name, the last of the month where it tells no day, and the lag."""
    fields = _FIELD.findall("".join(_DATE.findall(source.files)))
    if not fields and source.delivered_on:
        return source.delivered_on
    told = dict(zip(fields, match.groups(), strict=True))
    if any(told[field] != text for field, text in zip(fields, match.groups(), strict=True)):
        raise ExtractError("carries two dates that disagree", where=name)
    try:
        at = datetime.strptime(" ".join(told.values()), " ".join(f"%{field}" for field in told)).date()  # noqa: DTZ007
    except ValueError as error:
        raise ExtractError("carries a day that is none", where=name) from error
    if not {"d", "j"} & set(told):
        month = at.month if "m" in told else 12
        at = date(at.year, month, monthrange(at.year, month)[1])
    return at + timedelta(days=source.lag_days)
