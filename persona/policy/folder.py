"""A workspace's folder: each file of it as its model, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatch
from pathlib import Path

from persona.errors import PolicyError, PolicyErrors
from persona.policy.files import FILES, FileKind
from persona.policy.model import FileModel
from persona.policy.packs import chosen
from persona.policy.places import Document
from persona.policy.reading import model_of
from persona.policy.text import understood
from persona.policy.unread import Unread, UnreadFile, salvaged
from persona.policy.workspace import Workspace

__all__ = ["Folder", "opened"]

_RULED = "persona.yaml"


@dataclass(frozen=True, slots=True)
class Folder:
    """What the files say, each by itself."""

    models: Mapping[str, tuple[FileModel, ...]]
    """The models of each kind of file, in the order of their paths; persona.yaml is there as far as it is right."""
    unread: Unread
    errors: tuple[PolicyError, ...]


def opened(root: Path, *, beside: Path | None = None) -> Folder:
    """Every rule file under ``root``, and all that is wrong with each of them.

    Where ``root`` has no persona.yaml, all that is not under ``rules/`` is that of the workspace ``beside``.
    """
    other = root if beside is None or (root / _RULED).exists() else beside
    errors: list[PolicyError] = []
    unread: list[UnreadFile] = []
    for path in _strays(root):
        errors.append(_stray_fault(path.relative_to(root)))
        unread += [UnreadFile.of(kind, path.stem, None) for kind in _meant(path.relative_to(root))]
    models: dict[str, tuple[FileModel, ...]] = {}
    for kind in FILES:
        home = root if kind.pattern.startswith("rules/") else other
        paths = sorted(path for path in home.glob(kind.pattern) if _kind_of(path.relative_to(home)) is kind)
        models[kind.name] = tuple(model for path in paths for model in _model(path, kind, home, errors, unread))
        if kind.is_required and not paths:
            hint = "Make a workspace with `persona init FOLDER`, or name it with --workspace."
            errors.append(PolicyError(f"{kind.pattern} is not there", where=str(root), hint=hint))
            unread.append(UnreadFile.of(kind.name, kind.name, None))
            models[kind.name] = (salvaged(Document({}, {}, {}, kind.pattern)),)
    packs, faults = chosen(next(one for one in models["workspace"] if isinstance(one, Workspace)))
    models["compliance"] = (*models["compliance"], *packs)
    errors.extend(faults)
    return Folder(models, Unread(tuple(unread)), tuple(errors))


def _model(
    path: Path, kind: FileKind, root: Path, errors: list[PolicyError], unread: list[UnreadFile]
) -> Iterator[FileModel]:
    """The model of a file that is right in itself; what is right of persona.yaml, which all else leans on."""
    document = Document(None, {}, {}, path.relative_to(root).as_posix())
    try:
        document, faults = understood(path, root=root)
        if not faults:
            yield model_of(document, kind.model)
            return
        errors.extend(faults)
        if document.data is not None:
            errors.extend(_besides(document, kind, faults))
    except PolicyErrors as told:
        errors.extend(told.errors)
    unread.append(UnreadFile.of(kind.name, path.stem, document.data))
    if kind.model is Workspace:
        yield salvaged(document)


def _besides(document: Document, kind: FileKind, faults: list[PolicyError]) -> Iterator[PolicyError]:
    """What does not fit a file's kind besides the faults of its text, on lines that have none of those.

    A key may be missing only because it could not be read, so no such error is told.
    """
    lines = {_line(error) for error in faults}
    try:
        model_of(document, kind.model)
    except PolicyErrors as told:
        for error in told.errors:
            if _line(error) not in lines and not error.what.endswith("is missing"):
                yield error


def _line(error: PolicyError) -> str:
    return ":".join(error.where.split(":")[:2])


def _kind_of(path: Path) -> FileKind | None:
    name = path.as_posix()
    return next((kind for kind in FILES if _matches(name, kind.pattern)), None)


def _matches(name: str, pattern: str) -> bool:
    return name.count("/") == pattern.count("/") and fnmatch(name, pattern)


def _rooms() -> set[str]:
    return {kind.pattern.rpartition("/")[0] for kind in FILES if "/" in kind.pattern}


def _strays(root: Path) -> Iterator[Path]:
    """Rule files in a room that no kind of file has: they would be passed over in silence."""
    for top in ("rules", "templates"):
        for path in sorted((*root.glob(f"{top}/**/*.yaml"), *root.glob(f"{top}/**/*.yml"))):
            if _kind_of(path.relative_to(root)) is None:
                yield path


def _stray_fault(path: Path) -> PolicyError:
    room, name = path.parent.as_posix(), path.as_posix()
    if room not in _rooms():
        return PolicyError.unknown("folder", room, _rooms(), where=name)
    names = [kind.pattern.rpartition("/")[2] for kind in FILES if kind.pattern.rpartition("/")[0] == room]
    hint = f"Files of {room}/ are named {', '.join(names)}."
    return PolicyError("is not a name that any kind of rule file has", where=name, hint=hint)


def _meant(path: Path) -> set[str]:
    """The kinds of file that a stray one may be: those of the nearest room, or every kind where none is near."""
    near = set(get_close_matches(path.parent.as_posix(), _rooms(), n=1)) or _rooms()
    return {kind.name for kind in FILES if kind.pattern.rpartition("/")[0] in near}
