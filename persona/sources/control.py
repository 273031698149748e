"""Control files: what the bank says of a file beside it, held against what was read."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from persona.errors import ExtractError
from persona.policy.source import Format, Source
from persona.sources.amounts import plainly_signed
from persona.sources.found import Delivery, digest, fragment

__all__ = ["Control", "control_of"]

_MAX_BYTES = 64_000
_PAIR = re.compile(r"""^\s*"?(rows|sum|sha256)"?\s*[=:;,\t ]\s*"?([^"]*?)"?\s*$""", re.IGNORECASE)
_DIGEST = re.compile(r"^\s*([0-9a-fA-F]{64})(?:\s+\*?\S.*)?$")


@dataclass(frozen=True, slots=True)
class Control:
    """What the control file says; None where it is silent."""

    name: str
    rows: int | None = None
    sum: Decimal | None = None
    """In the source's own unit and sign."""
    sha256: str | None = None

    def check_digest(self, delivery: Delivery) -> None:
        """Refuse a file of other bytes.

        Raises: ExtractError.
        """
        if self.sha256 is not None and digest(delivery.path) != self.sha256:
            raise self._differs(delivery, "its sha256 is another")

    def check_counts(self, delivery: Delivery, *, lines: int, total: Decimal | None) -> None:
        """Refuse a file of another number of records or another total.

        Raises: ExtractError.
        """
        if self.rows is not None and self.rows != lines:
            raise self._differs(delivery, f"{self.rows:,} rows were announced and {lines:,} are there")
        if self.sum is not None and total is None:
            raise self._differs(delivery, "it gives a sum, and no column of the source is an amount")
        if self.sum is not None and self.sum != total:
            raise self._differs(delivery, "the sum of the amounts is another")

    def _differs(self, delivery: Delivery, how: str) -> ExtractError:
        return ExtractError(
            f"is not what {self.name} announced: {how}", where=delivery.name, hint="Ask for the file again."
        )


def control_of(source: Source, delivery: Delivery, format_: Format) -> Control | None:
    """What the delivery's control file says; None where the source has none.

    It is a few lines such as ``rows=123`` or ``sum;1 204,50``, or JSON; the sum is written as amounts are.

    Raises: ExtractError when it is missing or says nothing of rows, sum or sha256.
    """
    if source.control is None:
        return None
    name = fragment(source, source.control, delivery.delivered_on)
    path = _root_of(delivery) / name
    try:
        text = path.read_bytes()[:_MAX_BYTES].decode("utf-8-sig", "replace")
    except OSError as error:
        raise ExtractError(f"its control file {name} is not there", where=delivery.name) from error
    said = _said(text)
    if not said:
        raise ExtractError("says nothing of rows, sum or sha256", where=name)
    try:
        return Control(
            name,
            rows=int(_plain(said["rows"], format_)) if "rows" in said else None,
            sum=Decimal(_plain(said["sum"], format_)) if "sum" in said else None,
            sha256=said["sha256"].lower() if "sha256" in said else None,
        )
    except (ValueError, InvalidOperation) as error:
        raise ExtractError("has a number that is none", where=name) from error


def _root_of(delivery: Delivery) -> Path:
    """The workspace's root: the delivery's path without its name."""
    return delivery.path.parents[len(Path(delivery.name).parts) - 1]


def _said(text: str) -> dict[str, str]:
    try:
        found = json.loads(text, parse_float=str, parse_int=str)
    except ValueError:
        found = None
    if isinstance(found, dict):
        return {key.lower(): str(value) for key, value in found.items() if key.lower() in ("rows", "sum", "sha256")}
    said = {}
    for line in text.splitlines():
        if pair := _PAIR.match(line):
            said[pair[1].lower()] = pair[2]
        elif alone := _DIGEST.match(line):
            said["sha256"] = alone[1]
    return said


def _plain(number: str, format_: Format) -> str:
    """A number of the source's dialect, or a plain one, as Python reads it."""
    text = number.strip()
    for pattern, sign in plainly_signed(format_):
        text = re.sub(pattern, rf"{sign}\1", text)
    if text.endswith("-"):
        text = f"-{text[:-1]}"
    if format_.thousands:
        text = text.replace(format_.thousands, "")
    return text.replace(format_.decimal, ".") if format_.decimal != "." else text
