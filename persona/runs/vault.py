"""The vault's master key: where it comes from, whether it opens the vault, and how it is changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from persona.policy.workspace import VaultKey
from persona.runs.workspace import loaded_policy
from persona.store import Rotated, Store
from persona.store.durable import reconciled
from persona.store.keys import fresh_key, place_of

__all__ = ["VaultState", "begun", "changed", "checked"]


@dataclass(frozen=True, slots=True)
class VaultState:
    """What can be said of a vault whose key opens it."""

    place: str
    """Where the key is read."""
    persons: int
    is_half_rotated: bool


def begun(root: Path) -> str | None:
    """The file, from ``root``, that holds a new workspace's random key; None where the key is in the environment.

    Only its owner may read it. Raises: WriteError.
    """
    rule = VaultKey()
    if place_of(rule) != rule.file:
        return None
    with reconciled(rule.file):
        fresh_key(root / rule.file)
    return rule.file


def checked(root: Path) -> VaultState:
    """The state of the vault at ``root``, where the key opens it.

    Raises: PolicyError when the key is missing, another's, or the one before the last change.
    """
    policy = loaded_policy(root)
    with Store.open(policy.root, policy.workspace) as store:
        vault = store.vault
        return VaultState(vault.place, vault.persons(), vault.is_half_rotated)


def changed(root: Path) -> Rotated:
    """What came of changing the master key; one that was broken off goes on.

    Raises: PolicyError where a new key has to be given; WriteError.
    """
    policy = loaded_policy(root)
    with Store.open(policy.root, policy.workspace) as store:
        came = store.vault.rotate()
        store.noted("vault", {"persons": came.persons})
    return came
