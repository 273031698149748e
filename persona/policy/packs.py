"""Compliance packs: statutory rules that come with the package, chosen by ``packs`` in ``persona.yaml``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from persona.errors import PolicyError, PolicyErrors
from persona.policy.reading import model_of
from persona.policy.rules import Compliance
from persona.policy.text import read
from persona.policy.workspace import Workspace

__all__ = ["PACKAGE", "chosen", "known"]

PACKAGE = Path(__file__).parents[1]
"""The folder that ``packs/`` lies in: files there are named from it, as ``packs/us.yaml``."""


def known() -> tuple[str, ...]:
    """The names of the packs that there are, sorted."""
    return tuple(sorted(path.stem for path in (PACKAGE / "packs").glob("*.yaml")))


def chosen(workspace: Workspace) -> tuple[tuple[Compliance, ...], list[PolicyError]]:
    """The packs that a workspace chooses, in its order, and what is wrong with its choice or with them."""
    packs: list[Compliance] = []
    errors: list[PolicyError] = []
    names: Sequence[str] = getattr(workspace, "packs", ())
    for number, name in enumerate(names):
        where = str(workspace.place_of("packs", number))
        if name not in known():
            errors.append(PolicyError.unknown("pack", name, known(), where=where))
        elif name in names[:number]:
            errors.append(PolicyError(f"pack {name!r} stands twice", where=where, hint="Take one of them away."))
        else:
            try:
                packs.append(model_of(read(PACKAGE / "packs" / f"{name}.yaml", root=PACKAGE), Compliance))
            except PolicyErrors as told:
                errors.extend(told.errors)
    return tuple(packs), errors
