"""The store: facts in immutable parts, ledgers in one database, direct identifiers in a vault."""

from __future__ import annotations

from persona.store.deliveries import DeliveryRow
from persona.store.erased import Erased
from persona.store.erasing import Person
from persona.store.loading import LoadReport, contract_of
from persona.store.purging import Outdated
from persona.store.reading import Extract, Reading
from persona.store.rolled import FOLDED, Rolled
from persona.store.runs import RunRow
from persona.store.stages import trying
from persona.store.store import Store
from persona.store.unloading import Unloaded
from persona.store.vault import Rotated, Vault

__all__ = [
    "FOLDED",
    "DeliveryRow",
    "Erased",
    "Extract",
    "LoadReport",
    "Outdated",
    "Person",
    "Reading",
    "Rolled",
    "Rotated",
    "RunRow",
    "Store",
    "Unloaded",
    "Vault",
    "contract_of",
    "trying",
]
