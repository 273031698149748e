"""What an ``if`` of a template may ask: whether a slot has a value, and how it compares with a constant or a slot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from jinja2 import nodes

from persona.messages.filters import RATE_UNIT
from persona.messages.passages import Notes, Passage, name_of
from persona.messages.rowwise import WHOLE, is_sum, sum_faults
from persona.policy.content import Slot

__all__ = ["Questions", "found_if", "found_unless"]

_ORDERS = frozenset({"lt", "lteq", "gt", "gteq"})
_HINT = "Allowed: a slot, comparisons, and, or, not."


@dataclass(frozen=True, slots=True)
class Questions:
    """Checks the conditions of one passage."""

    notes: Notes
    passage: Passage

    def checked(self, node: nodes.Node) -> nodes.Expr:
        """The condition with its constants in the type of the slot, and false where a compared value is missing."""
        if isinstance(node, nodes.And | nodes.Or):
            return type(node)(self.checked(node.left), self.checked(node.right), lineno=node.lineno)
        if isinstance(node, nodes.Not):
            return nodes.Not(self.checked(node.node), lineno=node.lineno)
        if isinstance(node, nodes.Name):
            self.notes.slot(node.name, self.passage, node)
            return node
        if isinstance(node, nodes.Compare) and len(node.ops) == 1:
            return self._compared(node)
        self._refuse(node, f"{name_of(node)} is not allowed in a condition", _HINT)
        return nodes.Const(False)

    def _compared(self, node: nodes.Compare) -> nodes.Expr:
        operator, left, right = node.ops[0].op, node.expr, node.ops[0].expr
        if is_sum(left) or is_sum(right):
            return self._reckoned(node)
        slot = self._slot(left)
        if slot is None:
            return nodes.Const(False)
        if operator in ("in", "notin"):
            self._refuse(node, "'in' is not allowed in a condition", "Write slot == 'a' or slot == 'b'.")
        if operator in _ORDERS and slot.type in ("text", "url"):
            self._refuse(node, f"a {slot.type} has no order", "Compare it with == or !=.")
        other = self._other(right, slot)
        made: nodes.Expr = nodes.Compare(left, [nodes.Operand(operator, other)], lineno=node.lineno)
        for name in _names((left, other)):
            made = nodes.And(_has_value(name), made, lineno=node.lineno)
        return made

    def _reckoned(self, node: nodes.Compare) -> nodes.Expr:
        """A comparison of sums of slots of one type, false where one of them is missing."""
        for part, what in sum_faults(node):
            self._refuse(part, what, "Allowed: whole numbers and slots with + - *.")
        made: nodes.Expr = node
        kinds: set[str] = set()
        for name in dict.fromkeys(one.name for one in node.find_all(nodes.Name)):
            slot = self.notes.slot(name, self.passage, node)
            kinds |= {slot.type} if slot else set()
            made = nodes.And(_has_value(name), made, lineno=node.lineno)
        if len(kinds) > 1 or kinds - {*WHOLE}:
            self._refuse(node, f"a sum is of slots of one type, {' or '.join(WHOLE)}: not {', '.join(sorted(kinds))}")
        if made is node:
            self._refuse(node, "a sum asks about no slot", _HINT)
        return made

    def _slot(self, node: nodes.Node) -> Slot | None:
        if isinstance(node, nodes.Name):
            return self.notes.slot(node.name, self.passage, node)
        self._refuse(node, f"a comparison begins with a slot, not {name_of(node)}", _HINT)
        return None

    def _other(self, node: nodes.Node, slot: Slot) -> nodes.Expr:
        if isinstance(node, nodes.Name):
            other = self._slot(node)
            if other is not None and other.type != slot.type:
                self._refuse(node, f"{slot.type} is compared with {other.type}")
            return node
        value = _constant(node, slot.type)
        if value is None:
            self._refuse(node, f"this is no {slot.type} to compare with", _examples(slot.type))
        return nodes.Const(value, lineno=node.lineno)

    def _refuse(self, node: nodes.Node, what: str, hint: str = "") -> None:
        self.notes.refuse(self.passage, node, what, hint)


def _constant(node: nodes.Node, kind: str) -> str | int | date | None:
    """A constant in the type that the slot's values have; None where it is none of that type."""
    sign = -1 if isinstance(node, nodes.Neg) else 1
    inner = node.node if isinstance(node, nodes.Neg) else node
    value = inner.value if isinstance(inner, nodes.Const) else None
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        return (_date(value) if kind == "date" else value if kind in ("text", "url") else None) if sign == 1 else None
    if kind == "rate":
        millionths = Decimal(str(value)) * RATE_UNIT
        return sign * int(millionths) if millionths == int(millionths) else None
    return sign * value if isinstance(value, int) and kind in ("integer", "money", "points") else None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _examples(kind: str) -> str:
    return {
        "text": "Write a text in quotes.",
        "url": "Write an address in quotes.",
        "date": "Write a date in quotes: '2026-06-30'.",
        "rate": "Write a rate between 0 and 1: 0.035.",
        "money": "Write whole minor units: 150000 is 1,500.00.",
    }.get(kind, "Write a whole number.")


def _names(found: Iterable[nodes.Node]) -> list[str]:
    return [node.name for node in found if isinstance(node, nodes.Name)]


def _has_value(name: str) -> nodes.Expr:
    return nodes.Not(nodes.Test(nodes.Name(name, "load"), "none", [], [], None, None))


def found_if(node: nodes.Node) -> frozenset[str]:
    """The slots that certainly have a value where a condition, as it is written, holds."""
    if isinstance(node, nodes.Name):
        return frozenset({node.name})
    if isinstance(node, nodes.And):
        return found_if(node.left) | found_if(node.right)
    if isinstance(node, nodes.Or):
        return found_if(node.left) & found_if(node.right)
    if isinstance(node, nodes.Not):
        return found_unless(node.node)
    if isinstance(node, nodes.Compare):
        return frozenset(one.name for one in node.find_all(nodes.Name))
    return frozenset()


def found_unless(node: nodes.Node) -> frozenset[str]:
    """The slots that certainly have a value where a condition does not hold."""
    if isinstance(node, nodes.Not):
        return found_if(node.node)
    if isinstance(node, nodes.Or):
        return found_unless(node.left) | found_unless(node.right)
    if isinstance(node, nodes.And):
        return found_unless(node.left) & found_unless(node.right)
    return frozenset()
