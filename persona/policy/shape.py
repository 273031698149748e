"""What a model allows at a place: the keys of a mapping and the words of a closed set."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from persona.policy.places import Path

__all__ = ["Known", "known_at"]


@dataclass(frozen=True, slots=True)
class Known:
    """The words that are known at a place."""

    keys: tuple[str, ...]
    literals: tuple[str, ...]


def known_at(model: type[BaseModel], path: Path) -> Known:
    """The known words at the path of a file of the model; where several models could be meant, those of all."""
    kinds: list[Any] = [model]
    for step in path:
        kinds = [below for kind in kinds for below in _below(kind, step)]
    models = [kind for kind in kinds if _is_model(kind)]
    keys = {field.alias or name for one in models for name, field in one.model_fields.items()}
    literals = {str(word) for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)}
    return Known(tuple(sorted(keys)), tuple(sorted(literals)))


def _below(kind: Any, step: str | int) -> Iterator[Any]:  # noqa: ANN401 an annotation may be anything
    """The kinds one step below a kind."""
    if _is_model(kind):
        for name, field in kind.model_fields.items():
            if step in (name, field.alias):
                yield from _kinds(field.annotation)
        return
    origin, inside = get_origin(kind), get_args(kind)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        yield from _kinds(inside[1])
    elif origin in (tuple, list) and isinstance(step, int):
        for one in inside if origin is list or Ellipsis in inside else inside[step : step + 1]:
            yield from _kinds(one)


def _kinds(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 an annotation may be anything
    """The alternatives of an annotation, without their trimmings."""
    if get_origin(annotation) is Annotated:
        yield from _kinds(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, types.UnionType):
        for one in get_args(annotation):
            yield from _kinds(one)
    elif annotation is not Ellipsis:
        yield annotation


def _is_model(kind: Any) -> bool:  # noqa: ANN401 an annotation may be anything
    return isinstance(kind, type) and issubclass(kind, BaseModel)
