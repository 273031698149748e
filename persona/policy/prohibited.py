"""Columns that law keeps out of who gets an offer, its value and its price: which of them an expression reads."""

from __future__ import annotations

from collections.abc import Collection

from persona.policy.conditions import Checked
from persona.policy.rules import ComplianceRule

__all__ = ["bare", "reads_prohibited"]


def reads_prohibited(
    checked: Checked, rule: ComplianceRule, *, derived: Collection[tuple[str, frozenset[str]]] = ()
) -> list[str]:
    """The prohibited columns that decide in an expression, sorted; parts that the rule ``allows`` decide lawfully.

    ``derived`` are columns that stand for others, such as ``in_young`` for the columns of the segment's condition.
    """
    stands_for = dict(derived)
    lawful = {bare(text) for text in rule.allows}
    found: set[str] = set()
    for part in checked.parts:
        if bare(part.text) not in lawful:
            found |= part.columns.union(*(stands_for.get(name, frozenset()) for name in part.columns))
    return sorted(found & {*rule.prohibits})


def bare(text: str) -> str:
    """An expression without its blanks and capitals, so that two ways to write it are one."""
    return "".join(text.split()).lower()
