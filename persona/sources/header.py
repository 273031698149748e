"""The line that names the columns."""

from __future__ import annotations

from persona.errors import ExtractError, PolicyError
from persona.policy.source import Format
from persona.sources.blocks import line_at
from persona.sources.lines import Dialect
from persona.sources.odd import fields_of

__all__ = ["declared_names", "header_end", "header_names", "unnamed"]


def header_end(text: bytes, dialect: Dialect) -> tuple[int, int, int]:
    """Where the header ends, without and with its line end, and how many lines it takes."""
    end, behind = line_at(text, 0)
    count = 1
    while dialect.multiline and dialect.quote and text.count(dialect.quote, 0, end) % 2 and behind < len(text):
        end, behind = line_at(text, behind)
        count += 1
    return end, behind, count


def header_names(line: bytes, dialect: Dialect, name: str) -> list[str]:
    """The names in the header, as the file writes them but for blanks.

    Raises: ExtractError; its text shows no name, because a file without a header has a customer's values there.
    """
    fields, fault = fields_of(line, dialect)
    if fields is None:
        raise ExtractError(f"its header cannot be read: {fault}", where=name, hint="Check format.encoding and quote.")
    if not any(field.strip() for field in fields):
        raise ExtractError("has no header", where=name, hint="Ask for the file again, or say format: {header: false}.")
    names = [field.strip() if dialect.trim else field for field in fields]
    doubled = [number for number, one in enumerate(names) if one and one in names[:number]]
    if doubled:
        first = names.index(names[doubled[0]])
        raise ExtractError(f"fields {first + 1} and {doubled[0] + 1} of its header have one name", where=name)
    return [one or unnamed(number) for number, one in enumerate(names)]


def unnamed(number: int) -> str:
    """What a column without a name is called; no rule can speak of it."""
    return f"_unnamed_{number}"


def declared_names(format_: Format) -> list[str]:
    """The names that the format declares, for a file that has no header."""
    if not isinstance(format_.columns, tuple) or not format_.columns:
        raise PolicyError("a file without a header needs format.columns: its names in order")
    return list(format_.columns)
