"""One value of the rules set in memory: what a what-if changes, at a path such as ``constraints.sms_budget.max``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from persona.errors import PolicyError, PolicyErrors
from persona.policy.files import FILES
from persona.policy.model import FileModel
from persona.policy.nearest import known_words
from persona.policy.places import Document, Path, Place
from persona.policy.reading import model_of
from persona.policy.shape import known_at
from persona.policy.text import parse

__all__ = ["Found", "found", "with_value"]

Models = Mapping[str, Sequence[FileModel]]

_NAMES = ("id", "offer", "segment", "source", "trigger", "watched")
"""Keys by which the items of a list, and files of a kind, are called; the first that is there counts."""
_VALUE = "value"


@dataclass(frozen=True, slots=True)
class Found:
    """Where a path leads: a file, and the way to the value in it."""

    kind: str
    model: FileModel
    path: Path

    @property
    def value(self) -> object:
        """What stands there; None where the key is known and is not said."""
        data = self.model.document.data
        for step in self.path:
            data = _below(data, step)
        return data


def found(models: Models, words: str, *, where: str) -> Found:
    """Where the words of a path lead.

    The first names the kind of file; where there are several of the kind, the second names the file. Then keys; an item
    of a list is named by its id, or by its number from 1, and the name of the list may be left out.
    Raises: PolicyError where a word is not known, with the nearest.
    """
    first, *rest = words.split(".")
    kinds = {kind.name for kind in FILES if models.get(kind.name)}
    kind = first if first in kinds else first.removesuffix("s")
    if kind not in kinds:
        raise _unknown("rules", first, kinds, where)
    files = models[kind]
    if len(files) > 1 or not _is_alone(kind):
        named = {_file_name(file): file for file in files}
        if not rest or rest[0] not in named:
            raise _unknown(first, rest[0] if rest else "", named, where)
        file, rest = named[rest[0]], rest[1:]
    else:
        file = files[0]
    path = _path(file, rest, where)
    if not path:
        hint = "Go on to one of its values, such as constraints.sms_budget.max."
        raise PolicyError("names a whole file", where=where, hint=hint)
    return Found(kind, file, path)


def with_value(place: Found, text: str, *, where: str) -> FileModel:
    """The file with another value at the place.

    What stands there as text is replaced by the text as it is; anything else is read as YAML.
    Raises: PolicyErrors where the value does not fit, each fault at ``where``.
    """
    value = text if isinstance(place.value, str) else _parsed(text, where)
    document = place.model.document
    places = {**document.places, place.path: Place(where, 1, 1, text)}
    data = _replaced(document.data, place.path, value)
    try:
        return model_of(Document(data, places, document.keys, document.file), type(place.model))
    except PolicyErrors as told:
        raise PolicyErrors([PolicyError(one.what, where=where, hint=one.hint) for one in told.errors]) from None


def _is_alone(kind: str) -> bool:
    return next("*" not in one.pattern for one in FILES if one.name == kind)


def _file_name(file: FileModel) -> str:
    said = file.document.data
    named = [str(said[key]) for key in _NAMES if isinstance(said, Mapping) and key in said]
    return named[0] if named else file.file.rpartition("/")[2].partition(".")[0]


def _path(file: FileModel, words: Sequence[str], where: str) -> Path:
    data = file.document.data
    path: Path = ()
    for number, word in enumerate(words):
        step = _step(type(file), data, path, word)
        if step is None:
            raise _unknown(".".join(words[:number]) or file.file, word, set(_known(type(file), data, path)), where)
        for one in step:
            data, path = _below(data, one), (*path, one)
    return path


def _step(model: type[FileModel], data: object, path: Path, word: str) -> Path | None:
    """The keys and numbers that a word stands for; None where it stands for nothing here."""
    if isinstance(data, list):
        said = ((number,) for number, item in enumerate(data) if word in (_item_name(item), str(number + 1)))
        return next(said, None)
    if word in known_at(model, path).keys or (isinstance(data, Mapping) and word in data):
        return (word,)
    for key, below in data.items() if isinstance(data, Mapping) else ():
        for number, item in enumerate(below if isinstance(below, list) else ()):
            if word == _item_name(item):
                return key, number
    return None


def _known(model: type[FileModel], data: object, path: Path) -> Iterator[str]:
    """The words that may stand at a place."""
    if isinstance(data, list):
        yield from (_item_name(item) or str(number + 1) for number, item in enumerate(data))
        return
    yield from known_at(model, path).keys
    for key, below in data.items() if isinstance(data, Mapping) else ():
        yield str(key)
        yield from filter(None, map(_item_name, below if isinstance(below, list) else ()))


def _item_name(item: object) -> str:
    return next((str(item[key]) for key in _NAMES if isinstance(item, Mapping) and key in item), "")


def _below(data: object, step: str | int) -> object:
    if isinstance(data, Mapping):
        return data.get(step)
    return data[step] if isinstance(data, list) and isinstance(step, int) and step < len(data) else None


def _replaced(data: object, path: Path, value: object) -> object:
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(data, list):
        return [_replaced(item, rest, value) if number == step else item for number, item in enumerate(data)]
    known = dict(data) if isinstance(data, Mapping) else {}
    return {**known, str(step): _replaced(known.get(step), rest, value)}


def _parsed(text: str, where: str) -> object:
    try:
        return parse(f"{_VALUE}: {text}", file=where).data[_VALUE]  # type: ignore[index] # a mapping of one key
    except PolicyErrors as told:
        raise PolicyErrors([PolicyError(one.what, where=where, hint=one.hint) for one in told.errors]) from None


def _unknown(of: str, word: str, known: set[str] | Mapping[str, object], where: str) -> PolicyError:
    what = f"{of}: there is no {word!r}" if word else f"{of}: which one?"
    return PolicyError(what, where=where, hint=known_words(word, set(known), plural="Known"))
