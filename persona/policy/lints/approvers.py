"""Quorums that nobody can meet, and keys that are not one person's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from persona.errors import PolicyError
from persona.policy.approvers import Approvers

if TYPE_CHECKING:
    from persona.policy.policy import Policy

__all__ = ["unmet"]


def unmet(policy: Policy) -> Iterator[PolicyError]:
    """Roles that nobody has, quorums of more persons than there are, and keys that two persons share."""
    for file in policy.of(Approvers):
        yield from _unmet_quorums(file)
        yield from _shared_keys(file)


def _unmet_quorums(file: Approvers) -> Iterator[PolicyError]:
    known = sorted({role for one in file.approvers for role in one.roles})
    for number, quorum in enumerate(file.quorums):
        strange = [role for role in quorum.roles if role not in known]
        for role in strange:
            where = str(file.place_of("quorums", number, "roles"))
            yield PolicyError.unknown("role", role, known, where=where)
        able = sum(bool({*one.roles} & {*quorum.roles}) for one in file.approvers)
        if able < quorum.count and not strange:
            where = str(file.place_of("quorums", number))
            what = f"{quorum.count} persons are to approve, and {able} can"
            yield PolicyError(what, where=where, hint="Nothing that it speaks of could ever be used.")


def _shared_keys(file: Approvers) -> Iterator[PolicyError]:
    first: dict[str, str] = {}
    for number, one in enumerate(file.approvers):
        if one.key is not None and first.setdefault(one.key, one.who) != one.who:
            where = str(file.place_of("approvers", number, "key"))
            what = f"{one.who} has the key of {first[one.key]}"
            yield PolicyError(what, where=where, hint="Each signs with a key of his own, or it is not known who did.")
