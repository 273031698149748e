"""What is wrong with ``rules/identity.yaml`` that its model alone does not see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from persona.errors import PolicyError
from persona.policy.identity import Identity

if TYPE_CHECKING:
    from persona.policy.policy import Policy

__all__ = ["unmatched"]

_Path = tuple[str | int, ...]


def unmatched(policy: Policy) -> Iterator[PolicyError]:
    """Keys, blockings and households of fields that records are not compared by."""
    rules = policy.identity
    if rules is None:
        return
    for name, path in _named(rules):
        if name not in rules.names:
            yield PolicyError.unknown("field", name, rules.names, where=str(rules.place_of(*path)))


def _named(rules: Identity) -> Iterator[tuple[str, _Path]]:
    for number, key in enumerate(rules.keys):
        for part, names in (("fields", key.fields), ("unless", key.unless)):
            yield from ((name, ("keys", number, part, place)) for place, name in enumerate(names))
    if rules.linkage is not None:
        for part, lists in (("blocking", rules.linkage.blocking), ("training", rules.linkage.training)):
            for number, names in enumerate(lists):
                yield from ((name, ("linkage", part, number, place)) for place, name in enumerate(names))
    # The default households are passed over where a bank compares other fields.
    if rules.households is not None and "households" in rules.model_fields_set:
        yield from ((name, ("households", "fields", place)) for place, name in enumerate(rules.households.fields))
