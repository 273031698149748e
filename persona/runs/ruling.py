"""The compliance rules against their own examples: what each must let pass, and what it must stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from persona.checks.examples import lets_pass
from persona.clock import AsOf, now
from persona.errors import PolicyError
from persona.offers.windows import may_be_sent
from persona.policy.conditions import checked
from persona.policy.explain import met
from persona.policy.places import Place
from persona.policy.policy import Policy
from persona.policy.prohibited import reads_prohibited
from persona.policy.rules import Compliance, ComplianceRule, Example
from persona.runs.workspace import loaded_policy
from persona.tables import PolarsType

__all__ = ["LEAST", "Fault", "Tested", "ruled"]

LEAST = 2
"""Examples of each kind that a rule must have."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a rule's examples, and where."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Tested:
    """A rule and what came of its examples."""

    rule: str
    file: str
    jurisdiction: str
    law: str
    source: str
    in_force: bool
    """On the day of the test."""
    examples: int
    faults: tuple[Fault, ...]


def ruled(root: Path, names: Sequence[str] = (), *, on: date | None = None) -> tuple[date, tuple[Tested, ...]]:
    """The day, and each rule of the workspace and its packs with what came of its examples; the named ones, else all.

    Raises: PolicyError for a name that no rule has.
    """
    policy = loaded_policy(root)
    known = [rule.id for rule in policy.compliance]
    for name in names:
        if name not in known:
            raise PolicyError.unknown("rule", name, known, where="persona rules test")
    day = on or AsOf(now(), policy.workspace.zone).day
    return day, tuple(
        _tested(policy, file, number, day)
        for file in policy.of(Compliance)
        for number, rule in enumerate(file.rules)
        if not names or rule.id in names
    )


def _tested(policy: Policy, file: Compliance, number: int, day: date) -> Tested:
    rule = file.rules[number]
    faults = [*_lacking(file, number), *_misjudged(policy, file, number)]
    count = len(rule.passes) + len(rule.fails)
    return Tested(
        rule.id, file.file, rule.jurisdiction, rule.law, rule.source, rule.holds_on(day), count, tuple(faults)
    )


def _lacking(file: Compliance, number: int) -> list[Fault]:
    rule = file.rules[number]
    where = str(file.place_of("rules", number))
    return [
        Fault(where, f"rule {rule.id!r} has {len(some)} of at least {LEAST} examples that {verb}")
        for verb, some in (("pass", rule.passes), ("fail", rule.fails))
        if len(some) < LEAST
    ]


def _misjudged(policy: Policy, file: Compliance, number: int) -> list[Fault]:
    rule = file.rules[number]
    examples = [*rule.passes, *rule.fails]
    judged = [all(told) for told in zip(*_judges(policy, file, number, examples), strict=True)]
    places = [("passes", n) for n in range(len(rule.passes))] + [("fails", n) for n in range(len(rule.fails))]
    return [
        Fault(
            str(file.place_of("rules", number, *place)),
            f"rule {rule.id!r} {'stops' if place[0] == 'passes' else 'lets pass'} what it should not",
        )
        for place, passes in zip(places, judged, strict=True)
        if passes is not (place[0] == "passes")
    ]


def _judges(policy: Policy, file: Compliance, number: int, examples: Sequence[Example]) -> list[list[bool]]:
    """What each side of the rule says of the examples."""
    rule = file.rules[number]
    told = [[True] * len(examples)]
    if rule.when is not None:
        condition = policy.checked(file, "rules", number, "when")
        is_lenient = rule.on_unknown == "pass"
        told.append([met(condition, one.given, is_unknown_met=is_lenient) for one in examples])
    if rule.reads_messages:
        told.append(lets_pass(rule, examples, policy))
    if rule.send_hours:
        told.append([may_be_sent(rule, one.given) for one in examples])
    if rule.prohibits:
        told.append([_is_lawful(rule, one, policy, file.place_of("rules", number)) for one in examples])
    return told


def _is_lawful(rule: ComplianceRule, example: Example, policy: Policy, place: Place) -> bool:
    text = str(example.given.get("reads") or "TRUE")
    columns: dict[str, PolarsType] = {**dict.fromkeys(rule.prohibits, pl.String), **dict(policy.profile.schema)}
    return not reads_prohibited(checked(text, columns=columns, place=place, wants="value"), rule)
