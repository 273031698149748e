"""Approvals: what may be used, because others than its author allowed exactly this content."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from persona.messages.hashed import content_hash
from persona.messages.mjml import frozen
from persona.policy.approvers import ContentKind, RiskClass, is_same
from persona.policy.catalog import Offer
from persona.policy.content import Block, Template
from persona.policy.rules import Compliance, ComplianceRule

if TYPE_CHECKING:
    from persona.policy.policy import Policy

__all__ = ["Content", "content_hash", "contents", "is_author"]

_RISKS: tuple[RiskClass, ...] = ("low", "medium", "high")
_INCLUDED = re.compile(r"include\s+\\?['\"](\w+)")


@dataclass(frozen=True, slots=True)
class Content:
    """Something that needs an approval."""

    kind: ContentKind
    id: str
    """A template's is ``channel/template``, as its file lies under ``templates/``."""
    hash: str
    author: str
    """Who may not approve it: a rule's owner, otherwise the author."""
    where: str
    risk_class: RiskClass = "high"
    """An offer's own; the highest of the offers that show a template or block; high for rules and disclosures."""
    languages: tuple[str, ...] = ()
    """Those of a template or block: each has to be approved."""

    @property
    def name(self) -> str:
        """What the command line calls it, such as ``offer:city_break``."""
        return f"{self.kind}:{self.id}"


def contents(policy: Policy) -> tuple[Content, ...]:
    """All that needs an approval, sorted by kind and id."""
    rules = [
        _of_rule(rule, str(file.place_of("rules", number)))
        for file in policy.of(Compliance)
        for number, rule in enumerate(file.rules)
    ]
    risks = _risks(policy)
    files: list[Block | Template | Offer] = [*policy.of(Block), *policy.of(Template), *policy.of(Offer)]
    found = [*(_of_file(model, risks, policy) for model in files), *rules]
    return tuple(sorted(found, key=lambda content: (content.kind, content.id)))


def _of_file(model: Block | Template | Offer, risks: dict[tuple[str, str], RiskClass], policy: Policy) -> Content:
    kind, name = _kind_and_id(model)
    if isinstance(model, Offer):
        return Content(kind, name, content_hash(model), model.author, model.file, model.risk_class)
    is_legal = isinstance(model, Block) and model.kind == "disclosure"
    risk = "high" if is_legal else risks.get((kind, name), "low")
    fallback = policy.workspace.languages[0]
    hashed = frozen(model, policy.blocks, fallback) if isinstance(model, Template) else content_hash(model)
    return Content(kind, name, hashed, model.author, model.file, risk, tuple(model.locales))


def _kind_and_id(model: Block | Template | Offer) -> tuple[ContentKind, str]:
    if isinstance(model, Block):
        return "block", model.block
    if isinstance(model, Template):
        return "template", f"{model.channel}/{model.template}"
    return "offer", model.offer


def _of_rule(rule: ComplianceRule, where: str) -> Content:
    return Content("rule", rule.id, content_hash(rule), rule.owner, where)


def _risks(policy: Policy) -> dict[tuple[str, str], RiskClass]:
    """The highest risk class of the offers that show each template and block."""
    found: dict[tuple[str, str], RiskClass] = {}
    for offer in policy.offers:
        for treatment in offer.treatments:
            template = policy.templates.get((treatment.channel, treatment.template))
            names = [("template", f"{treatment.channel}/{treatment.template}")]
            names += [("block", name) for name in (_blocks_of(template, policy) if template else ())]
            for name in names:
                found[name] = max(found.get(name, "low"), offer.risk_class, key=_RISKS.index)
    return found


def _blocks_of(model: Template | Block, policy: Policy) -> set[str]:
    """The blocks in a template or block, and those in them."""
    found: set[str] = set()
    waiting: list[Template | Block] = [model]
    while waiting:
        read = waiting.pop()
        drawn = [name for one in read.choices.values() for name in one] if isinstance(read, Template) else []
        fresh = {name for name in (*_INCLUDED.findall(read.model_dump_json()), *drawn) if name not in found}
        found |= fresh
        waiting += [policy.blocks[name] for name in sorted(fresh) if name in policy.blocks]
    return found


def is_author(who: str, content: Content) -> bool:
    """Whether a person wrote the content, however his name is written."""
    return is_same(who, content.author)
