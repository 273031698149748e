"""What files that could not be read leave in doubt: what may only follow from them is not told beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from persona.errors import PolicyError
from persona.policy.places import Document
from persona.policy.source import Source
from persona.policy.vocabulary import extra_columns
from persona.policy.workspace import Workspace
from persona.tables import CANONICAL, REFERENCE_PREFIX
from persona.tables import profile as tables
from persona.tables.contract import Contract

__all__ = ["Unread", "UnreadFile", "UnsaidError", "salvaged"]

_ANY = "\x00"
"""Stands for any word of the bank's where the names of columns are made."""
_UNKNOWN = re.compile(r"unknown (?P<kind>[a-z ]+) '(?P<name>[^']*)'")
_DEFINED_BY = {
    "issue": "catalog",
    "group": "catalog",
    "channel": "workspace",
    "category": "categories",
    "reference": "source",
}
"""The kind of file that says what there is of a thing; all else has a file of its own."""


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A file that is wrong in itself, and what can be known of it all the same."""

    kind: str
    names: frozenset[str]
    """Its name in the folder, and the one that it gives itself where that could be read."""
    columns: frozenset[str] | None = frozenset()
    """Columns that it may give to what conditions read; None: any."""

    @classmethod
    def of(cls, kind: str, stem: str, data: object) -> UnreadFile:
        """What can be known of a file whose data do not fit its kind, or are no data at all."""
        said = data if isinstance(data, Mapping) else {}
        own = said.get(kind.rpartition(" ")[2])
        names = {stem, own} if isinstance(own, str) else {stem}
        return cls(kind, frozenset(names), _given(kind, data))


@dataclass(frozen=True, slots=True)
class Unread:
    """Every file of a workspace that is wrong in itself."""

    files: tuple[UnreadFile, ...] = ()

    def has(self, kind: str) -> bool:
        """Whether a file of the kind could not be read."""
        return any(file.kind == kind for file in self.files)

    def explains(self, error: PolicyError, *, sources: Iterable[Source] = ()) -> bool:
        """Whether an error names something that one of the files may have said."""
        found = _UNKNOWN.match(error.what)
        if found is None:
            return False
        kind, name = found["kind"], found["name"]
        if kind == "column":
            return self._may_make(name, sources)
        if kind in _DEFINED_BY:
            return self.has(_DEFINED_BY[kind])
        return any(file.kind == kind and name in file.names for file in self.files)

    def _may_make(self, column: str, sources: Iterable[Source]) -> bool:
        """Whether a column may come of one of the files."""
        if any(file.columns is None or column in file.columns for file in self.files):
            return True
        if any(file.kind == "segment" and column in {f"in_{name}" for name in file.names} for file in self.files):
            return True
        if any(
            file.kind == "trigger" and column.startswith(f"on_{name}") for file in self.files for name in file.names
        ):
            return True
        if self.has("offer") and column.startswith("uses_"):
            return True
        if self.has("workspace") and any(column == own.name for one in sources for own in extra_columns(one)):
            return True
        return any(self.has(kind) and any(map(_names, made, [column] * len(made))) for kind, made in _MADE.items())


def _given(kind: str, data: object) -> frozenset[str] | None:
    """The columns that a file of data declares: those of customers' extracts and those that rules ask for."""
    if kind not in ("source", "compliance"):
        return frozenset()
    if not isinstance(data, Mapping):
        return None
    into = data.get("into", "customers")
    if kind == "source" and into != "customers" and (into in CANONICAL or str(into).startswith(REFERENCE_PREFIX)):
        return frozenset()
    columns = data.get("columns", None if kind == "source" else {})
    return frozenset(map(str, columns)) if isinstance(columns, Mapping) else None


class UnsaidError(Exception):
    """What persona.yaml does not say was asked for: what hangs on it cannot be judged before that is mended."""


class _Salvaged(Workspace):
    """A ``persona.yaml`` of which not all is right."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - never comes back
        if name in Workspace.model_fields:
            raise UnsaidError(name)
        return super().__getattr__(name)  # type: ignore[misc] # pydantic's own, for private attributes


def salvaged(document: Document) -> Workspace:
    """``persona.yaml`` with those of its keys that are right; the others have their defaults, or raise UnsaidError."""
    said = document.data if isinstance(document.data, Mapping) else {}
    kept: dict[str, Any] = {}
    for name, field in Workspace.model_fields.items():
        try:
            if name in said:
                kept[name] = _adapter(field).validate_python(said[name])
        except ValidationError:
            continue
    made = _Salvaged.model_construct(**kept)
    made._document = document  # noqa: SLF001 the model's own memory of its file, as where all of it is right
    return made


def _adapter(field: FieldInfo) -> TypeAdapter[Any]:
    return TypeAdapter(Annotated[field.annotation, field])  # type: ignore[arg-type] # a type only once it runs


def _names(pattern: str, column: str) -> bool:
    return re.fullmatch("[a-z0-9_]+".join(map(re.escape, pattern.split(_ANY))), column) is not None


def _made_of(*contracts: Contract) -> list[str]:
    return [column.name for contract in contracts for column in contract.columns if _ANY in column.name]


_MADE = {
    "workspace": _made_of(tables.holdings([_ANY]), tables.signals((), [_ANY], [_ANY])),
    "categories": _made_of(tables.signals([_ANY], ()), tables.scores([_ANY]), tables.forecasts([_ANY])),
}
"""Columns that are named after the words of a kind of file."""
