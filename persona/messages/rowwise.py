"""What columns do not write: Jinja itself writes a text that has it, row by row, and the run counts such texts.

    {{ name | trim | title }}   {{ (first_name ~ ' ' ~ last_name) | upper | truncate(30) }}
    {% if balance_minor - debt_minor >= 2 * bonus_minor %} .. {% endif %}

These are filters that take arguments or a joined text, over slots of type text, and sums of whole numbers that a
condition asks about. A number that is shown is always the value of a slot: none is reckoned, cut or replaced. Where a
text is looked at before the first message, it is looked at as its *outline*: the same words, slots and branches in the
same order, in the part of the language that columns write.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from math import prod

from jinja2 import nodes

from persona.messages.passages import Notes, Passage, name_of
from persona.policy.content import Slot

__all__ = ["SUMS", "WHOLE", "is_row_wise", "is_sum", "outline", "shown_row_wise", "sum_faults"]

SUMS = (nodes.Add, nodes.Sub, nodes.Mul)
WHOLE = ("integer", "money", "points")
"""The types of slots that a sum may have."""

MAX_FILTERS, MAX_JOINED, MAX_SUMS = 5, 20, 10
"""Filters, and texts joined, in one expression; signs + - * in one comparison."""

_MOST = 10**12
"""The greatest number in a sum."""
_LONGEST, _GROWTH = 20, 100
"""Letters of a text to replace or put in, and how many times as long all of them can make a value."""
_TRUNCATED = (4, 1_000)
_UNFIT = frozenset("<>&\"'")

_ARGUMENTS: Mapping[str, str] = {
    "upper": "no argument",
    "lower": "no argument",
    "capitalize": "no argument",
    "title": "no argument",
    "trim": "no argument",
    "replace": f"two texts in quotes of at most {_LONGEST} letters, without digits and signs of HTML",
    "truncate": f"a number from {_TRUNCATED[0]} to {_TRUNCATED[1]:,}",
}
"""The filters, and what each takes."""
_BY_ROW_ALONE = frozenset({"title", "trim", "replace", "truncate"})


def is_row_wise(node: nodes.Expr) -> bool:
    """Whether columns do not write what is shown: it has a filter with arguments, or one over a joined text."""
    filters = [one for one in (node, *node.find_all(nodes.Filter)) if isinstance(one, nodes.Filter)]
    return any(one.name in _BY_ROW_ALONE or isinstance(one.node, nodes.Concat) for one in filters)


def is_sum(node: nodes.Node) -> bool:
    """Whether a condition asks about a sum, a difference or a product."""
    return isinstance(node, SUMS) or next(node.find_all(SUMS), None) is not None


def shown_row_wise(node: nodes.Expr, notes: Notes, passage: Passage) -> list[tuple[nodes.Name, Slot]]:
    """The slots that it shows, in their order; all that is not allowed in it is noted."""
    parts = list(_parts(node))
    filters = [one for one in parts if isinstance(one, nodes.Filter)]
    ends = [one for one in parts if not isinstance(one, nodes.Filter | nodes.Concat)]
    for strange in filters:
        if strange.name not in _ARGUMENTS:
            notes.unknown(passage, strange, "filter", strange.name, _ARGUMENTS)
    for fault in (*_filter_faults(filters), *_end_faults(ends)):
        notes.refuse(passage, node, fault, "Write what is fixed outside of the braces.")
    slots = [(one, notes.slot(one.name, passage, one)) for one in ends if isinstance(one, nodes.Name)]
    for one, slot in slots:
        if slot is not None and slot.type != "text":
            what = f"filter {filters[0].name!r} takes text, and {one.name!r} is {slot.type}"
            notes.refuse(passage, one, what, "A number, a date or an address is shown by itself.")
    return [(one, slot) for one, slot in slots if slot is not None]


def _filter_faults(filters: Sequence[nodes.Filter]) -> Iterator[str]:
    if len(filters) > MAX_FILTERS:
        yield f"more than {MAX_FILTERS} filters are around one another"
    for one in filters:
        if one.name in _ARGUMENTS and not _fits(one):
            yield f"filter {one.name!r} takes {_ARGUMENTS[one.name]}"
    if prod(map(_growth, filters)) > _GROWTH:
        yield f"filters can make a value more than {_GROWTH} times as long"


def _end_faults(ends: Sequence[nodes.Node]) -> Iterator[str]:
    if len(ends) > MAX_JOINED:
        yield f"more than {MAX_JOINED} texts are joined"
    if not any(isinstance(one, nodes.Name) for one in ends):
        yield "a filter is around no slot"
    for one in ends:
        if not isinstance(one, nodes.Name) and not _is_plain_text(one):
            yield f"{name_of(one)} with digits or signs of HTML, or that is no text, is not allowed in a joined text"


def _parts(node: nodes.Node) -> Iterator[nodes.Node]:
    """The filters, joins, slots and texts of an expression, in their order; not the arguments."""
    yield node
    if isinstance(node, nodes.Filter) and node.node is not None:
        yield from _parts(node.node)
    elif isinstance(node, nodes.Concat):
        for one in node.nodes:
            yield from _parts(one)


def _fits(node: nodes.Filter) -> bool:
    if node.kwargs or node.dyn_args or node.dyn_kwargs:
        return False
    if node.name == "replace":
        return len(node.args) == 2 and all(map(_is_replaced, node.args)) and _said(node.args[0]) != ""  # noqa: PLR2004
    if node.name == "truncate":
        most = node.args[0].value if len(node.args) == 1 and isinstance(node.args[0], nodes.Const) else None
        return type(most) is int and _TRUNCATED[0] <= most <= _TRUNCATED[1]
    return not node.args


def _is_replaced(node: nodes.Expr) -> bool:
    return _is_plain_text(node) and len(_said(node)) <= _LONGEST


def _is_plain_text(node: nodes.Node) -> bool:
    said = node.value if isinstance(node, nodes.Const) else None
    return isinstance(said, str) and not any(sign in _UNFIT or sign.isdigit() for sign in said)


def _said(node: nodes.Node) -> str:
    return str(node.value) if isinstance(node, nodes.Const) else ""


def _growth(node: nodes.Filter) -> int:
    """How many times as long as its value a filter can make a text."""
    return max(1, len(_said(node.args[1]))) if node.name == "replace" and _fits(node) else 1


def sum_faults(node: nodes.Compare) -> Iterator[tuple[nodes.Node, str]]:
    """What is wrong with the shape of a comparison of sums: each node with its fault."""
    sides = (node.expr, node.ops[0].expr)
    if node.ops[0].op in ("in", "notin"):
        yield node, "'in' is not allowed in a condition"
    signs = 0
    for one in (part for side in sides for part in _terms(side)):
        signs += isinstance(one, SUMS)
        if not isinstance(one, (*SUMS, nodes.Neg, nodes.Name)) and not _is_whole(one):
            yield one, f"{name_of(one)} is not allowed in a sum"
    if signs > MAX_SUMS:
        yield node, f"more than {MAX_SUMS} signs + - * are in one comparison"


def _terms(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    if isinstance(node, SUMS):
        yield from _terms(node.left)
        yield from _terms(node.right)
    elif isinstance(node, nodes.Neg):
        yield from _terms(node.node)


def _is_whole(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Const) and type(node.value) is int and node.value <= _MOST


def outline(body: Iterable[nodes.Node]) -> list[nodes.Node]:
    """The nodes as columns could write them: the same words, slots and branches, without what only Jinja can do."""
    made: list[nodes.Node] = []
    for node in body:
        if isinstance(node, nodes.Output):
            parts = [part for one in node.nodes for part in _shown(one)]
            made.append(nodes.Output(parts, lineno=node.lineno))
        elif isinstance(node, nodes.If):
            others = [one for one in outline(node.elif_) if isinstance(one, nodes.If)]
            then, other = outline(node.body), outline(node.else_)
            made.append(nodes.If(_asked(node.test), then, others, other, lineno=node.lineno))
        else:
            made.append(node)
    return made


def _shown(node: nodes.Expr) -> Sequence[nodes.Expr]:
    if isinstance(node, nodes.TemplateData) or not is_row_wise(node):
        return [node]
    ends = (one for one in _parts(node) if isinstance(one, nodes.Name | nodes.Const))
    return [one if isinstance(one, nodes.Name) else nodes.TemplateData(_said(one)) for one in ends]


def _asked(node: nodes.Node) -> nodes.Expr:
    """A condition with each comparison of sums as the question whether its slots have values."""
    if isinstance(node, nodes.And | nodes.Or):
        return type(node)(_asked(node.left), _asked(node.right), lineno=node.lineno)
    if isinstance(node, nodes.Not):
        return nodes.Not(_asked(node.node), lineno=node.lineno)
    if isinstance(node, nodes.Expr) and not is_sum(node):
        return node
    names = sorted({one.name for one in node.find_all(nodes.Name)})
    slots: list[nodes.Expr] = [nodes.Name(name, "load") for name in names]
    return reduce(nodes.And, slots or [nodes.Const(False)])
