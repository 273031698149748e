"""The distinct conditions of the policy on a day, and which of them each action has to meet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from persona.policy.actions import Action
from persona.policy.catalog import Catalog
from persona.policy.conditions import Checked
from persona.policy.model import Condition
from persona.policy.rules import Compliance, ComplianceRule

__all__ = ["KINDS", "Criteria", "Criterion", "Reader", "distinct_conditions"]

KINDS = {"E": "eligibility", "A": "applicability", "S": "suitability"}
"""The letters of the lists, in the order in which they are asked."""


Reader = Callable[..., Checked]
"""``(model, *path)``: the compiled expression that stands at a path of a file, as ``Policy.checked`` gives it."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition that some action has to meet; its index is its bit."""

    index: int
    kind: str
    """``E``, ``A`` or ``S``; a compliance rule on the customer is ``E``."""
    id: str
    when: Checked
    unknown_blocks: bool
    blocks: bool
    """Whether failing it refuses the action; a rule that only warns is counted and refuses nothing."""
    source: str
    owner: str
    says: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Criteria:
    """The distinct conditions by bit, and the bits of each action."""

    items: tuple[Criterion, ...]
    of_action: tuple[tuple[int, ...], ...]
    """For each action the indices of its criteria, in the order of their bits."""

    def mask(self, action: int, kind: str) -> int:
        """The bits of an action's criteria of one kind that refuse where they are not met."""
        return sum(1 << i for i in self.of_action[action] if self.items[i].kind == kind and self.items[i].blocks)

    def blocks_on_unknown(self) -> int:
        """The bits of the criteria that refuse where they are unknown."""
        return sum(1 << one.index for one in self.items if one.unknown_blocks)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of the profile that a condition reads, sorted."""
        return tuple(sorted(set().union(*(one.when.columns for one in self.items))))


_Key = tuple[int, str, str, bool, bool]
_Found = tuple[_Key, Criterion]


def distinct_conditions(
    actions: Sequence[Action], catalog: Catalog, compliance: Iterable[Compliance], *, day: date, read: Reader
) -> Criteria:
    """Every condition in force on ``day`` that some action has to meet, each once, sorted by (kind, id, text).

    Conditions of the issue, the group, the offer and the treatment hold together, down from the last that says
    ``inherit: false``; so do the compliance rules that speak of the action's group, channel and class. A condition's
    ``jurisdiction`` tells where it comes from and narrows nothing: every rule in force holds for every customer.
    """
    files = tuple(compliance)
    of_action = [dict(_of_action(action, catalog, files, day, read)) for action in actions]
    distinct: dict[_Key, Criterion] = {}
    for found in of_action:
        distinct.update(found)
    keys = sorted(distinct)
    bit = {key: index for index, key in enumerate(keys)}
    items = tuple(replace(distinct[key], index=bit[key]) for key in keys)
    return Criteria(items, tuple(tuple(sorted(bit[key] for key in found)) for found in of_action))


def _of_action(
    action: Action, catalog: Catalog, compliance: Sequence[Compliance], day: date, read: Reader
) -> Iterator[_Found]:
    for file, path, verdicts in catalog.levels(action.offer, action.number):
        for kind, list_name in KINDS.items():
            for number, condition in enumerate(getattr(verdicts, list_name)):
                if condition.holds_on(day):
                    yield _of_condition(condition, kind, read(file, *path, list_name, number, "when"))
    for rules in compliance:
        for number, rule in enumerate(rules.rules):
            if rule.when and _speaks_of(rule, action, catalog) and rule.holds_on(day):
                yield _of_rule(rule, read(rules, "rules", number, "when"))


def _of_condition(condition: Condition, kind: str, when: Checked) -> _Found:
    unknown_blocks = condition.on_unknown == "block"
    one = Criterion(
        -1, kind, condition.id, when, unknown_blocks, True, condition.source, condition.owner, condition.says
    )
    return _key(one), one


def _of_rule(rule: ComplianceRule, when: Checked) -> _Found:
    blocks = rule.severity == "block"
    unknown_blocks = blocks and rule.on_unknown == "block"
    one = Criterion(-1, "E", rule.id, when, unknown_blocks, blocks, f"{rule.law}: {rule.source}", rule.owner, {})
    return _key(one), one


def _key(one: Criterion) -> _Key:
    return [*KINDS].index(one.kind), one.id, one.when.text, one.unknown_blocks, one.blocks


def _speaks_of(rule: ComplianceRule, action: Action, catalog: Catalog) -> bool:
    return (
        (not rule.groups or action.offer.group in rule.groups)
        and (not rule.products or action.offer.group in catalog.groups_of(rule.products))
        and (not rule.channels or action.channel in rule.channels)
        and action.slot in rule.classes
    )
