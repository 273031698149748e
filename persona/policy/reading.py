"""A document as its model, or every fault of it in plain words at its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from persona.errors import PolicyError, PolicyErrors
from persona.policy.model import FileModel
from persona.policy.nearest import known_words
from persona.policy.places import Document, Path, in_order
from persona.policy.shape import known_at

__all__ = ["model_of"]

Model = TypeVar("Model", bound=FileModel)

MAX_SHOWN = 60
"""Characters of a value that a message repeats; rule files hold no customer's data."""

_PLAIN: dict[str, str] = {
    "missing": "is missing",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "decimal_type": "must be a number",
    "decimal_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "date_type": "must be a date such as 2026-01-31",
    "date_parsing": "must be a date such as 2026-01-31",
    "date_from_datetime_parsing": "must be a date such as 2026-01-31",
    "date_from_datetime_inexact": "must be a date without a time",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be keys and values",
    "model_type": "must be keys and values",
    "model_attributes_type": "must be keys and values",
    "too_short": "needs at least {min_length} of them",
    "too_long": "takes at most {max_length} of them",
    "string_too_short": "needs at least {min_length} characters",
    "string_too_long": "takes at most {max_length} characters",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "string_pattern_mismatch": "does not look as it must",
    "none_required": "must be empty",
}
"""What pydantic's kinds of error mean to the writer of a file."""

_SELF_EVIDENT = frozenset({"too_short", "too_long", "value_error"})
"""Errors that need no repeating of the value."""
WORD = r"^[a-z][a-z0-9_]*$"


def model_of(document: Document, model: type[Model]) -> Model:
    """The document as its model, which knows the document.

    Raises: PolicyErrors with all that does not fit, each at its line.
    """
    try:
        made = model.model_validate(document.data)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise PolicyErrors(list(_told(document, model, details))) from None
    made._document = document  # noqa: SLF001 the model's own memory of its file, set once here
    return made


def _told(document: Document, model: type[FileModel], details: Iterable[ErrorDetails]) -> list[PolicyError]:
    """The errors in the order of the file; where a value may be one of several kinds, the nearest kind is told."""
    told = {}
    for path, alternatives in _by_path(document.data, details).items():
        error = _error(document, model, path, alternatives)
        told[(error.where, error.what)] = error
    return sorted(told.values(), key=lambda error: in_order(error.where))


def _by_path(data: object, details: Iterable[ErrorDetails]) -> dict[Path, list[ErrorDetails]]:
    """The errors by the path of the value in the file; of several kinds that could be meant, those of the nearest."""
    found: dict[Path, dict[Path, list[tuple[Path, ErrorDetails]]]] = {}
    for detail in details:
        path, top, kind = _in_file(data, detail)
        found.setdefault(top, {}).setdefault(kind, []).append((path, detail))
    by_path: dict[Path, list[ErrorDetails]] = {}
    for kinds in found.values():
        # The nearest kind is the one with the fewest faults, and of those the one that fits the furthest down.
        nearest = min(map(_distance, kinds.values()))
        for faults in kinds.values():
            for path, detail in faults if _distance(faults) == nearest else ():
                by_path.setdefault(path, []).append(detail)
    return by_path


def _distance(faults: list[tuple[Path, ErrorDetails]]) -> tuple[int, int]:
    return len(faults), -max(len(path) for path, _ in faults)


def _in_file(data: object, detail: ErrorDetails) -> tuple[Path, Path, Path]:
    """The path in the file that pydantic's location means; where kinds branch off it, and the branch."""
    loc = detail["loc"]
    path: list[str | int] = []
    kinds: list[str | int] = []
    top = None
    for number, step in enumerate(loc):
        below = _below(data, step)
        if below is not None:
            data = below[0]
            path.append(step)
        elif detail["type"] == "missing" and number == len(loc) - 1:
            path.append(step)
        elif step != "[key]":
            top = tuple(path) if top is None else top
            kinds.append(step)
    return tuple(path), () if top is None else top, tuple(kinds)


def _below(data: object, step: str | int) -> tuple[object] | None:
    """The value one step below, in a tuple of its own; None where there is no such step in the file."""
    if isinstance(data, Mapping) and step in data:
        return (data[step],)
    if isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data):
        return (data[step],)
    return None


def _error(document: Document, model: type[FileModel], path: Path, alternatives: list[ErrorDetails]) -> PolicyError:
    kinds = {detail["type"] for detail in alternatives}
    if "extra_forbidden" in kinds:
        hint = known_words(str(path[-1]), known_at(model, path[:-1]).keys, plural="Keys")
        return PolicyError(f"unknown key {path[-1]!r}", where=str(document.key_place_of(*path)), hint=hint)
    if kinds == {"missing"}:
        where = str(document.key_place_of(*path[:-1]))
        what = f"key {path[-1]!r}" if isinstance(path[-1], str) else f"item {path[-1] + 1}"
        return PolicyError(f"{what} of {_named(path[:-1])} is missing", where=where)
    where = str(document.place_of(*path))
    value = _value(document.data, path)
    literals = known_at(model, path).literals
    if "literal_error" in kinds and literals and isinstance(value, str):
        hint = known_words(value, literals, plural="Known")
        return PolicyError(f"unknown {_name(path)} {value!r}", where=where, hint=hint)
    what = f"{_named(path)} {_alternatives(alternatives)}{'' if kinds & _SELF_EVIDENT else _shown(value)}"
    return PolicyError(what, where=where, hint=_hint(alternatives, value))


def _alternatives(details: list[ErrorDetails]) -> str:
    said = dict.fromkeys(_said(detail) for detail in details)
    first, *others = said
    return " or ".join([first, *(other.removeprefix("must be ") for other in others)])


def _said(detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "value_error":
        return str(context.get("error", detail["msg"]))
    if kind == "literal_error":
        return f"must be {context.get('expected')}"
    if kind in _PLAIN:
        return _PLAIN[kind].format(**context)
    return detail["msg"][:1].lower() + detail["msg"][1:]


def _hint(details: list[ErrorDetails], value: object) -> str:
    kinds = {detail["type"] for detail in details}
    if "string_type" in kinds and isinstance(value, int | float | Decimal):
        return "Put it in quotes."
    if "string_pattern_mismatch" not in kinds:
        return ""
    pattern = next(detail["ctx"]["pattern"] for detail in details if detail["type"] == "string_pattern_mismatch")
    return "Lower-case letters, digits and _, a letter first." if pattern == WORD else f"It must match {pattern}."


def _name(path: Path) -> str:
    name = next((step for step in reversed(path) if isinstance(step, str)), "value")
    return name.removesuffix("s") if isinstance(path[-1], int) else name


def _named(path: Path) -> str:
    """The value as its writer calls it: ``treatments[0].channel``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text or "the file"


def _value(data: object, path: Path) -> object:
    for step in path:
        below = _below(data, step)
        if below is None:
            return None
        data = below[0]
    return data


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ", not keys and values"
    if isinstance(value, list):
        return ", not a list"
    if value is None:
        return ", not empty"
    text = repr(value) if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return f", not {text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + '...'}"
