"""Where personal data may lie: nothing moves from one region into another that the workspace does not name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from persona.errors import PolicyError
from persona.policy.model import FileModel
from persona.policy.rules import Delivery
from persona.policy.source import Source
from persona.policy.workspace import Workspace

if TYPE_CHECKING:
    from persona.policy.policy import Policy

__all__ = ["moved_out"]


def moved_out(policy: Policy) -> Iterator[PolicyError]:
    """Sources whose data would come into another region, and outputs that would take it into another one.

    A source that names no region is of the workspace's; so are a vault and an output. Where the workspace names none,
    no source, vault or output may: then nobody has said what is allowed. Of a persona.yaml that cannot be read nothing
    follows.
    """
    workspace = policy.workspace
    if policy.unread.has("workspace"):
        return
    home, allowed = workspace.region, {(one.from_, one.to) for one in workspace.transfers}
    for what, region, place in _steps(policy):
        if home is None:
            hint = "Say `region:` in persona.yaml too, so that what comes in and goes out can be held against it."
            yield PolicyError("names a region, and the workspace names none", where=place, hint=hint)
            continue
        move = (region, home) if what == "source" else (home, region)
        if region != home and move not in allowed:
            hint = f"Keep it in {home}, or name the move under `transfers` in persona.yaml, with its legal ground."
            yield PolicyError(f"would move personal data from {move[0]} to {move[1]}", where=place, hint=hint)


def _steps(policy: Policy) -> Iterator[tuple[str, str, str]]:
    files: list[tuple[str, FileModel, str | None, tuple[str, ...]]] = [
        *(("source", one, one.region, ("region",)) for one in policy.of(Source)),
        *(("vault", one, one.vault.region, ("vault", "region")) for one in policy.of(Workspace)),
        *(("output", one, one.region, ("region",)) for one in policy.of(Delivery)),
    ]
    for what, file, region, path in files:
        if region is not None:
            yield what, region, str(file.place_of(*path))
