"""The policy: every file under rules/ and templates/ as frozen models, with each condition compiled and checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

from persona.errors import PolicyError, PolicyErrors
from persona.policy.actions import used
from persona.policy.approvers import Approvers
from persona.policy.catalog import Catalog, Offer
from persona.policy.conditions import Checked
from persona.policy.constraints import Constraints
from persona.policy.contact import Contact
from persona.policy.content import Approvals, Block, Template
from persona.policy.expressions import EXPRESSIONS, Expression
from persona.policy.fairness import Fairness
from persona.policy.files import FILES
from persona.policy.folder import Folder, opened
from persona.policy.identity import Identity
from persona.policy.model import FileModel
from persona.policy.needs import Needs
from persona.policy.places import Place, in_order
from persona.policy.rules import (
    Categories,
    Compliance,
    ComplianceRule,
    ContactPolicy,
    Delivery,
    Experiments,
    Quality,
    Segment,
)
from persona.policy.source import Source
from persona.policy.triggers import Trigger
from persona.policy.unread import Unread, UnsaidError
from persona.policy.vocabulary import Vocabulary
from persona.policy.workspace import Workspace
from persona.tables.contract import Contract

__all__ = ["Policy"]

Model = TypeVar("Model", bound=FileModel)

Lints = Iterable[Callable[["Policy"], Iterable[PolicyError]]]

OF_THE_MACHINE = ("engine", "retention", "vault")
"""Keys of persona.yaml that say how a night is worked, not what comes of it."""


@dataclass(frozen=True)
class Policy:
    """All that a workspace's files say; nothing in it changes once it is loaded."""

    root: Path
    models: Mapping[str, tuple[FileModel, ...]]
    """The models of each kind of file, in the order of their paths."""
    compiled: Mapping[Place, Checked] = field(default_factory=dict)
    """Each expression by the place where it stands."""
    unread: Unread = field(default_factory=Unread)
    """Files that are wrong in themselves; lints alone ever see a policy that has some."""

    @classmethod
    def load(cls, root: Path, *, lints: Lints = (), beside: Path | None = None) -> Policy:
        """The policy of the workspace at ``root``; a folder of rules alone takes all else from that ``beside`` it.

        Raises: PolicyErrors with all that is wrong in all of its files.
        """
        return cls._of(root, opened(root, beside=beside), lints)

    def with_file(self, kind: str, before: FileModel, after: FileModel, *, lints: Lints = ()) -> Policy:
        """The same policy but for one file of a kind.

        Raises: PolicyErrors with all that is wrong then.
        """
        files = tuple(after if one is before else one for one in self.models[kind])
        return self._of(self.root, Folder({**self.models, kind: files}, self.unread, ()), lints)

    @classmethod
    def _of(cls, root: Path, folder: Folder, lints: Lints) -> Policy:
        policy = cls(root, folder.models, unread=folder.unread)
        compiled, of_expressions = policy._compile()
        complete = cls(root, folder.models, compiled, folder.unread)
        found = [*of_expressions, *(error for lint in lints for error in _found(lint, complete))]
        # A name that a file may have given is in doubt while that file cannot be read.
        own = [error for error in found if not folder.unread.explains(error, sources=policy.sources)]
        if folder.errors or own:
            told = {str(error): error for error in (*folder.errors, *own)}.values()
            raise PolicyErrors(sorted(told, key=lambda error: in_order(error.where)))
        return complete

    def of(self, model: type[Model]) -> tuple[Model, ...]:
        """Every file of one model, in the order of their paths."""
        return tuple(one for kind in self.models.values() for one in kind if isinstance(one, model))

    def only(self, model: type[Model]) -> Model | None:
        """The one file of a model, or None where there is none."""
        found = self.of(model)
        return found[0] if found else None

    @cached_property
    def workspace(self) -> Workspace:
        """``persona.yaml``."""
        return self.of(Workspace)[0]

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """The extracts, in the order of their names."""
        return tuple(sorted(self.of(Source), key=lambda source: source.source))

    @cached_property
    def categories(self) -> Categories | None:
        """The bank's category tree."""
        return self.only(Categories)

    @cached_property
    def identity(self) -> Identity | None:
        """When two records are one person; None where each is one by itself."""
        return self.only(Identity)

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """The rule segments, in the order of their names."""
        return tuple(sorted(self.of(Segment), key=lambda segment: segment.segment))

    @cached_property
    def catalog(self) -> Catalog:
        """Issues and groups."""
        return self.only(Catalog) or Catalog(issues={}, groups={})

    @cached_property
    def offers(self) -> tuple[Offer, ...]:
        """The offers, in the order of their ids."""
        return tuple(sorted(self.of(Offer), key=lambda offer: offer.offer))

    @cached_property
    def triggers(self) -> tuple[Trigger, ...]:
        """What offers answer, in the order of their names."""
        return tuple(sorted(self.of(Trigger), key=lambda trigger: trigger.trigger))

    @cached_property
    def needs(self) -> Needs | None:
        """What would help a person; None where nobody has written it down."""
        return self.only(Needs)

    @cached_property
    def compliance(self) -> tuple[ComplianceRule, ...]:
        """The compliance rules of every file, in the order of their ids."""
        return tuple(sorted((rule for file in self.of(Compliance) for rule in file.rules), key=lambda rule: rule.id))

    @cached_property
    def contact(self) -> ContactPolicy:
        """The contact policy; an empty one limits nothing."""
        return self.only(ContactPolicy) or ContactPolicy()

    def contact_on(self, day: date) -> Contact:
        """The contact policy as it holds on a day, with the hours that law allows."""
        return Contact.of(self.contact, self.compliance, day=day)

    @cached_property
    def fairness(self) -> Fairness | None:
        """Whom the bank watches over; None where it says nothing."""
        return self.only(Fairness)

    @cached_property
    def experiments(self) -> Experiments:
        """The holdouts."""
        return self.only(Experiments) or Experiments()

    @cached_property
    def constraints(self) -> Constraints:
        """Limits over the whole book; an empty file limits nothing."""
        return self.only(Constraints) or Constraints()

    @cached_property
    def quality(self) -> Quality:
        """The sampling playbook; without one nothing leaves by itself."""
        return self.only(Quality) or Quality(release={"low": "manual", "medium": "manual", "high": "manual"})

    @cached_property
    def delivery(self) -> tuple[Delivery, ...]:
        """The delivery profiles, in the order of their names."""
        return tuple(sorted(self.of(Delivery), key=lambda profile: profile.profile))

    @cached_property
    def approvals(self) -> Approvals:
        """Who allowed what."""
        return self.only(Approvals) or Approvals()

    @cached_property
    def approvers(self) -> Approvers:
        """Who may approve; nobody where nobody is named."""
        return self.only(Approvers) or Approvers()

    @cached_property
    def blocks(self) -> dict[str, Block]:
        """The pre-approved blocks by name."""
        return {block.block: block for block in self.of(Block)}

    @cached_property
    def templates(self) -> dict[tuple[str, str], Template]:
        """The templates by channel and name."""
        return {(template.channel, template.template): template for template in self.of(Template)}

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The contracts of the tables that follow from the workspace's words."""
        files = (self.workspace, self.sources, self.categories, self.segments, self.of(Compliance))
        return Vocabulary.of(*files, triggers=self.triggers, uses=used(self.offers))

    @property
    def profile(self) -> Contract:
        """What offers and rules may speak of."""
        return self.vocabulary.profile

    def checked(self, model: FileModel, *path: str | int) -> Checked:
        """The compiled expression that stands at a path of a file."""
        return self.compiled[model.place_of(*path)]

    def hash_of(self, kinds: Iterable[str]) -> str:
        """The hash of what the files of some kinds say: 32 hex digits; comments and layout mean nothing.

        What persona.yaml says of the machine is left out: it changes nothing of what is decided.
        """
        said = [(kind, one.file, _meant(one)) for kind in sorted(kinds) for one in self.models.get(kind, ())]
        return blake2b(json.dumps(said, sort_keys=True, default=str).encode(), digest_size=16).hexdigest()

    @cached_property
    def hash(self) -> str:
        """The hash of what all files say on which a night can depend."""
        return self.hash_of(kind.name for kind in FILES if kind.is_of_nights)

    def _compile(self) -> tuple[dict[Place, Checked], list[PolicyError]]:
        compiled: dict[Place, Checked] = {}
        errors: list[PolicyError] = []
        for expression in self._expressions():
            try:
                compiled[expression.place] = expression.checked()
            except PolicyErrors as told:
                errors.extend(told.errors)
            except PolicyError as error:
                errors.append(error)
        return compiled, errors

    def _expressions(self) -> Iterable[Expression]:
        for model, expressions in EXPRESSIONS:
            for one in self.of(model):
                yield from expressions(one, self.vocabulary)


def _meant(model: FileModel) -> object:
    """What a file says, as far as a decision can depend on it."""
    said = model.document.data
    if isinstance(model, Workspace) and isinstance(said, dict):
        return {key: value for key, value in said.items() if key not in OF_THE_MACHINE}
    return said


def _found(lint: Callable[[Policy], Iterable[PolicyError]], policy: Policy) -> Iterable[PolicyError]:
    """What a lint finds, as far as persona.yaml says what it asks for."""
    with suppress(UnsaidError):
        yield from lint(policy)
