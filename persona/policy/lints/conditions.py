"""Every named condition of the catalog and the offers, with the place where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from persona.policy.catalog import Catalog, Offer, Verdicts
from persona.policy.expressions import KINDS
from persona.policy.model import Condition, FileModel
from persona.policy.places import Path, Place

if TYPE_CHECKING:
    from persona.policy.policy import Policy

__all__ = ["Standing", "Stated", "judging", "reaching", "standing", "stated"]


@dataclass(frozen=True, slots=True)
class Standing:
    """An issue, group, offer or treatment: something that conditions attach to."""

    file: FileModel
    path: Path
    verdicts: Verdicts


@dataclass(frozen=True, slots=True)
class Stated:
    """A condition and where it stands."""

    file: FileModel
    path: Path
    condition: Condition

    def place_of(self, key: str) -> Place:
        """Where a key of the condition stands."""
        return self.file.place_of(*self.path, key)


def standing(policy: Policy) -> Iterator[Standing]:
    """All that conditions attach to, in the order of the files."""
    for catalog in policy.of(Catalog):
        for name, issue in catalog.issues.items():
            yield Standing(catalog, ("issues", name), issue)
        for name, group in catalog.groups.items():
            yield Standing(catalog, ("groups", name), group)
    for offer in policy.of(Offer):
        yield Standing(offer, (), offer)
        for number, treatment in enumerate(offer.treatments):
            yield Standing(offer, ("treatments", number), treatment)


def stated(policy: Policy) -> Iterator[Stated]:
    """Every condition, in the order of the files."""
    return _of(standing(policy))


def reaching(policy: Policy, offer: Offer) -> Iterator[Stated]:
    """The conditions that an offer is judged by: its issue's, its group's, its own and its treatments'."""
    group = policy.catalog.groups.get(offer.group)
    above = {("groups", offer.group), ("issues", group.issue if group else "")}
    return _of(one for one in standing(policy) if one.file is offer or one.path in above)


def judging(policy: Policy, offer: Offer) -> Iterator[tuple[Stated, ...]]:
    """The conditions that each treatment of an offer is judged by: all of them must hold for a customer to get it."""
    for number in range(len(offer.treatments)):
        yield tuple(_of(Standing(*level) for level in policy.catalog.levels(offer, number)))


def _of(some: Iterable[Standing]) -> Iterator[Stated]:
    for one in some:
        for kind in KINDS:
            for number, condition in enumerate(getattr(one.verdicts, kind)):
                yield Stated(one.file, (*one.path, kind, number), condition)
