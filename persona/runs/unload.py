"""A delivery taken out of the facts again, and out of the vault, as if the bank had never sent it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from persona.errors import ExtractError, PolicyError
from persona.policy.policy import Policy
from persona.policy.source import Source
from persona.runs.load import Progress, taken
from persona.runs.workspace import loaded_policy
from persona.sources import digest, found
from persona.store import Store, Unloaded

__all__ = ["UnloadReport", "let_in", "unload"]


@dataclass(frozen=True)
class UnloadReport:
    """What came of taking a file out."""

    name: str
    sources: tuple[str, ...]
    """The sources that had read it."""
    unloaded: Unloaded | None
    """None where it was out already: only the vault was looked after again."""
    told_again: tuple[str, ...]
    """Files of customers that the vault was told once more, because the file had changed what it knew."""
    not_told: tuple[str, ...]
    """Files of customers that would have to be told once more and do not lie there any more."""


def unload(root: Path, asked: str, *, progress: Progress) -> UnloadReport:
    """What came of taking a file out: its rows, its customers, and what it said of people.

    ``asked`` is the file's path from the workspace, or its bare name where only one file has it. The bytes are
    remembered, so that a file that still lies there does not come in again.

    Raises: PolicyError where no such file is loaded.
    """
    policy = loaded_policy(root)
    with Store.open(policy.root, policy.workspace) as store:
        ledger = store.deliveries()
        live = ledger.filter(pl.col("replaced_by").is_null())
        name = _named(asked, root, live, store)
        gone = live.filter(pl.col("name") == name)
        progress("unload", 0, 1)
        made = store.unload(gone["delivery_no"]) if gone.height else None
        out = store.taken_out().filter(pl.col("name") == name)
        told, not_told = _told_again(policy, store, out, progress)
        if made and made.customers:
            store.vault.forget(made.customers)
        return UnloadReport(name, tuple(out["source"].unique().sort()), made, told, not_told)


def let_in(root: Path, asked: str) -> tuple[str, int]:
    """The file's name, and how many sources may read it again at the next load.

    Raises: PolicyError where it was not taken out.
    """
    policy = loaded_policy(root)
    with Store.open(policy.root, policy.workspace) as store:
        name = _named(asked, root, store.taken_out().clear(), store)
        return name, store.let_in(name)


def _named(asked: str, root: Path, live: pl.DataFrame, store: Store) -> str:
    """The name under which a file was loaded, or was taken out."""
    names = sorted({*live["name"], *store.taken_out()["name"]})
    path = Path(asked)
    inside = path.resolve().is_relative_to(root.resolve())
    spoken = {asked, path.as_posix(), path.resolve().relative_to(root.resolve()).as_posix() if inside else asked}
    exact = [name for name in names if name in spoken]
    fitting: list[str] = exact or [name for name in names if Path(name).name == asked]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise PolicyError.unknown("file", asked, names, where="persona unload")
    raise PolicyError(f"{len(fitting)} files have the name {asked}", where="persona unload", hint=", ".join(fitting))


def _told_again(
    policy: Policy, store: Store, out: pl.DataFrame, progress: Progress
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The files of customers that the vault was told again, and those that are not there to be told.

    The vault keeps only the newest word on each person, so what a file has said over is read from the others again.
    """
    sources = {source.source: source for source in policy.sources if source.into == "customers"}
    systems = set()
    for name, day in out.select("source", "delivered_on").iter_rows():
        if name in sources and store.vault.retract(sources[name].system_name, day):
            systems.add(sources[name].system_name)
    told, missing = list[str](), list[str]()
    for source in sources.values():
        if source.system_name in systems:
            _tell(policy, store, source, (told, missing), progress)
    return tuple(told), tuple(missing)


def _tell(policy: Policy, store: Store, source: Source, sides: tuple[list[str], list[str]], progress: Progress) -> None:
    live = store.deliveries().filter((pl.col("source") == source.source) & pl.col("replaced_by").is_null())
    there = {delivery.name: delivery for delivery in found(source, policy.root)}
    for name, sha256 in live.sort("delivered_on", "name").select("name", "sha256").iter_rows():
        delivery = there.get(name)
        if delivery is None or digest(delivery.path) != sha256:
            sides[1].append(name)
            continue
        progress(f"read {name} again", 0, 1)
        try:
            read = taken(policy, store, source, delivery)
        except ExtractError:
            sides[1].append(name)
            continue
        store.told(read, source, delivery.delivered_on)
        sides[0].append(name)
