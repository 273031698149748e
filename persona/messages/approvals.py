"""Approvals: what may be used, because somebody other than its author allowed exactly this content."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal

from persona.errors import ComplianceError
from persona.policy.catalog import Offer
from persona.policy.content import Approval, Block, Template
from persona.policy.model import Strict
from persona.policy.rules import Compliance, ComplianceRule

if TYPE_CHECKING:
    from persona.policy.policy import Policy

__all__ = ["Content", "Missing", "content_hash", "contents", "is_author", "missing", "refused"]

Kind = Literal["block", "template", "offer", "rule"]


@dataclass(frozen=True, slots=True)
class Content:
    """Something that needs an approval."""

    kind: Kind
    id: str
    """A template's is ``channel/template``, as its file lies under ``templates/``."""
    hash: str
    author: str
    """Who may not approve it: a rule's owner, otherwise the author."""
    where: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Content without an approval that holds, and why none does."""

    content: Content
    why: Literal["none", "edited", "not yet", "expired", "by its author"]
    approval: Approval | None = None
    """The approval that comes nearest."""

    @property
    def what(self) -> str:
        """What is wrong, in words."""
        name, near = f"{self.content.kind} {self.content.id!r}", self.approval
        if near is None:
            return f"{name} has no approval"
        return {
            "edited": f"{name} was edited after its approval by {near.who}, which is void",
            "not yet": f"the approval of {name} by {near.who} holds from {near.given_on} only",
            "expired": f"the approval of {name} by {near.who} expired on {near.expires}",
            "by its author": f"{name} was approved by {near.who}, who wrote it",
        }[self.why]

    @property
    def hint(self) -> str:
        """What to do next."""
        kind, name = self.content.kind, self.content.id
        return f"Somebody other than {self.content.author} approves it: `persona approve {kind}:{name}`."


def content_hash(model: Strict) -> str:
    """The hash of what a file or rule says, 32 hex digits: comments, layout and the order of keys mean nothing.

    Source: blake2b with 16 bytes over canonical JSON; a decimal keeps its digits, so that 5.10 is not 5.1.
    """
    said = model.model_dump(mode="python", by_alias=True, exclude_unset=True)
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a rule file")


def contents(policy: Policy) -> tuple[Content, ...]:
    """All that needs an approval, sorted by kind and id."""
    rules = [
        _of_rule(rule, str(file.place_of("rules", number)))
        for file in policy.of(Compliance)
        for number, rule in enumerate(file.rules)
    ]
    files: list[Block | Template | Offer] = [*policy.of(Block), *policy.of(Template), *policy.of(Offer)]
    found = [*map(_of_file, files), *rules]
    return tuple(sorted(found, key=lambda content: (content.kind, content.id)))


def _of_file(model: Block | Template | Offer) -> Content:
    kind, name = _kind_and_id(model)
    return Content(kind, name, content_hash(model), model.author, model.file)


def _kind_and_id(model: Block | Template | Offer) -> tuple[Kind, str]:
    if isinstance(model, Block):
        return "block", model.block
    if isinstance(model, Template):
        return "template", f"{model.channel}/{model.template}"
    return "offer", model.offer


def _of_rule(rule: ComplianceRule, where: str) -> Content:
    return Content("rule", rule.id, content_hash(rule), rule.owner, where)


def missing(needed: Iterable[Content], approvals: Iterable[Approval], *, day: date) -> tuple[Missing, ...]:
    """What has no approval that holds on ``day``, in the order of ``needed``.

    An approval holds from its day until the day before it expires, for its hash only, and never by the author.
    """
    given: dict[tuple[str, str], list[Approval]] = {}
    for approval in approvals:
        given.setdefault((approval.kind, approval.id), []).append(approval)
    judged = (_nearest(content, given.get((content.kind, content.id), []), day) for content in needed)
    return tuple(found for found in judged if found is not None)


def _nearest(content: Content, given: list[Approval], day: date) -> Missing | None:
    """None where an approval holds; otherwise the newest one that fails by the least."""
    nearest: Missing | None = None if given else Missing(content, "none")
    for approval in given:
        why = _fault(content, approval, day)
        if why is None:
            return None
        if nearest is None or nearest.why == "edited" or why != "edited":
            nearest = Missing(content, why, approval)
    return nearest


def _fault(
    content: Content, approval: Approval, day: date
) -> Literal["edited", "not yet", "expired", "by its author"] | None:
    if approval.hash != content.hash:
        return "edited"
    if is_author(approval.who, content):
        return "by its author"
    if approval.given_on > day:
        return "not yet"
    return "expired" if approval.expires <= day else None


def is_author(who: str, content: Content) -> bool:
    """Whether a person wrote the content, however his name is written."""
    return who.strip().casefold() == content.author.strip().casefold()


def refused(found: Iterable[Missing]) -> ComplianceError | None:
    """The error that tells all that is missing at once; None where nothing is."""
    told = [f"{one.content.where}: {one.what}\n  {one.hint}" for one in found]
    if not told:
        return None
    count = f"{len(told)} approval{'s' if len(told) > 1 else ''} missing"
    return ComplianceError("\n".join([*told, f"{count}; nothing unapproved is rendered."]))
