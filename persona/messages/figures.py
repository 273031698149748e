"""Figures that trace to something: none in a message is made of two things that happen to stand side by side.

Everything a message prints is approved text or the value of a slot, so each figure is a term, a fact or a constant of
the approved text, unless a value touches another value or a digit: ``1{{ bonus }}`` shows a number that nothing says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from jinja2 import nodes

__all__ = ["faults"]

_BEGINS = re.compile(r"[.,]?\d")
_ENDS = re.compile(r"\d[.,]?$")

_FIGURE, _DIGIT, _TEXT, _OTHER = "figure", "digit", "text", "other"
_NEXT_TO = {_FIGURE: {_FIGURE, _DIGIT, _TEXT}, _TEXT: {_FIGURE}}
"""What may not stand right before a figure, and before a text of the customer's data."""


def faults(body: Iterable[nodes.Node], *, is_text: Callable[[str], bool]) -> list[str]:
    """The slots of a text that touch another value or a digit, in words, in their order.

    ``is_text`` says whether a slot is a text or an address; any other is a figure.
    """
    found: dict[str, None] = {}
    _after(body, frozenset({_OTHER}), is_text, found)
    return list(found)


def _after(
    body: Iterable[nodes.Node], before: frozenset[str], is_text: Callable[[str], bool], found: dict[str, None]
) -> frozenset[str]:
    """What may stand last after the nodes, for what may stand last before them; the faults go to ``found``."""
    for node in body:
        if isinstance(node, nodes.Output):
            before = _after(node.nodes, before, is_text, found)
        elif isinstance(node, nodes.If):
            before = _after(node.body, before, is_text, found) | _after(node.else_, before, is_text, found)
        elif isinstance(node, nodes.TemplateData):
            before = _after_words(node.data, before, found)
        else:
            name = _name(node)
            kind = _TEXT if is_text(name) else _FIGURE
            if before & _NEXT_TO[kind]:
                found[f"slot {name!r} touches a figure: put a space or a word between them"] = None
            before = frozenset({kind})
    return before


def _after_words(words: str, before: frozenset[str], found: dict[str, None]) -> frozenset[str]:
    if not words:
        return before
    if _FIGURE in before and _BEGINS.match(words):
        found["a digit touches the figure before it: put a space or a word between them"] = None
    return frozenset({_DIGIT if _ENDS.search(words) else _OTHER})


def _name(node: nodes.Node) -> str:
    while isinstance(node, nodes.Filter) and node.node is not None:
        node = node.node
    return node.name if isinstance(node, nodes.Name) else ""
