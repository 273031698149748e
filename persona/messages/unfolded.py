"""Loops, names and joined texts of a template, written out: what is left of them are texts, slots and conditions.

    {% for day in ('Monday', 'Friday') %} .. {{ day }} .. {% endfor %}   {% for number in range(1, 4) %} .. {% endfor %}
    {% set both = first_name ~ ' ' ~ last_name %}{{ both }}

A loop goes over constants and a name is set once, so each place has one meaning that is known beforehand: it is put
there, and everything that reads a template (what it shows, which figures touch, where HTML has room) reads the whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from jinja2 import nodes

from persona.errors import PolicyError
from persona.messages.passages import Notes, Passage, parsed
from persona.messages.rowwise import outline
from persona.policy.places import Place

__all__ = ["MAX_ROUNDS", "Unfolding", "spelt_out"]

MAX_ROUNDS = 20
"""Rounds of one loop."""

MAX_PARTS = 20_000
"""Parts of one text once its loops and names are written out: texts, slots, and what stands around them."""

_IS_FOLDED = re.compile(r"\{%[-+]?\s*(?:for|set)\b|\{\{[^}]*[~'\"]|\{\{[-+]?[\s(]*\d")
_UNFIT = frozenset("<>&\"'")
_LOOP_HINT = f"Write {{% for name in ('a', 'b') %}} or in range(1, 4): constants, at most {MAX_ROUNDS} of them."
_SET_HINT = "Write {% set name = slot ~ ' text' %} once, before it is shown, under a name that no slot has."

Names = Mapping[str, nodes.Expr]


@dataclass(slots=True)
class Unfolding:
    """Writes out the loops, names and joined texts of one passage; what it cannot, it notes."""

    notes: Notes
    passage: Passage
    parts: int = field(default=0, init=False)
    """How many were put in place of names and by rounds of loops."""

    def body(self, body: Sequence[nodes.Node]) -> list[nodes.Node]:
        """The nodes without loops and names; what was refused is left out."""
        return list(self._body(body, {}))

    def _body(self, body: Sequence[nodes.Node], known: Names) -> Iterator[nodes.Node]:
        names = dict(known)
        for node in body:
            if isinstance(node, nodes.Assign):
                self._set(node, names)
            elif isinstance(node, nodes.For):
                yield from self._rounds(node, names)
            elif isinstance(node, nodes.If):
                yield self._if(node, names)
            elif isinstance(node, nodes.Output):
                yield nodes.Output(list(self._shown(node.nodes, names)), lineno=node.lineno)
            else:
                yield node

    def _set(self, node: nodes.Assign, names: dict[str, nodes.Expr]) -> None:
        if not isinstance(node.target, nodes.Name):
            self.notes.refuse(self.passage, node, "set takes one name and one value", _SET_HINT)
        elif self._is_new(node.target, names):
            names[node.target.name] = self._put(node.node, names)

    def _is_new(self, target: nodes.Name, names: Names) -> bool:
        if target.name in names or target.name in self.passage.slots:
            what = f"{target.name!r} has another meaning already"
            self.notes.refuse(self.passage, target, what, "A name is set once, and is no slot.")
            return False
        return True

    def _rounds(self, node: nodes.For, names: Names) -> Iterator[nodes.Node]:
        values = _values(node.iter)
        if values is None or not isinstance(node.target, nodes.Name) or node.else_ or node.test or node.recursive:
            what = "a loop goes over constants, and nothing else"
            self.notes.refuse(self.passage, node, what, _LOOP_HINT)
            return
        if len(values) > MAX_ROUNDS:
            what = f"a loop has more than {MAX_ROUNDS} rounds"
            self.notes.refuse(self.passage, node, what, _LOOP_HINT)
            return
        if not self._is_new(node.target, names):
            return
        before = len(self.notes.errors)
        for value in values:
            if not self._has_room(node) or len(self.notes.errors) > before:
                return
            yield from self._body(node.body, {**names, node.target.name: value})

    def _if(self, node: nodes.If, names: Names) -> nodes.If:
        others = [self._if(one, names) for one in node.elif_]
        test = self._put(node.test, names)
        then, other = list(self._body(node.body, names)), list(self._body(node.else_, names))
        return nodes.If(test, then, others, other, lineno=node.lineno)

    def _shown(self, shown: Iterable[nodes.Expr], names: Names) -> Iterator[nodes.Expr]:
        """What is printed, joined texts one after the other, and constants as the text that they are."""
        for node in shown:
            if isinstance(node, nodes.TemplateData):
                yield node
                continue
            made = self._put(node, names)
            for part in _joined(made):
                yield self._words(part, node)

    def _words(self, part: nodes.Expr, at: nodes.Expr) -> nodes.Expr:
        if not isinstance(part, nodes.Const) or isinstance(part.value, bool) or not isinstance(part.value, str | int):
            return part
        words = str(part.value)
        if _UNFIT & set(words):
            what = "a text in quotes has one of the signs < > & \" '"
            self.notes.refuse(self.passage, at, what, "Write it outside of the braces, as the text that it is.")
        return nodes.TemplateData(words, lineno=at.lineno)

    def _put(self, node: nodes.Node, names: Names) -> nodes.Expr:
        """The expression with what names stand for in their place."""
        made = self._with(node, names) if names else node
        return made if isinstance(made, nodes.Expr) else nodes.Const(None)

    def _with(self, value: object, names: Names) -> object:
        if isinstance(value, nodes.Name):
            meant = names.get(value.name)
            return value if meant is None or not self._has_room(meant) else meant
        if isinstance(value, nodes.Node):
            fields = [self._with(one, names) for _, one in value.iter_fields()]
            return type(value)(*fields, lineno=value.lineno)
        return [self._with(one, names) for one in value] if isinstance(value, list) else value

    def _has_room(self, node: nodes.Node) -> bool:
        """Whether one more of it can be put in; where it cannot, that is noted once."""
        is_full = self.parts > MAX_PARTS
        self.parts += 1 + sum(1 for _ in node.find_all(nodes.Node))
        if self.parts > MAX_PARTS and not is_full:
            what = f"loops and names make more than {MAX_PARTS:,} parts of one text"
            self.notes.refuse(self.passage, node, what, "Say less in a loop, or put fewer loops in one another.")
        return self.parts <= MAX_PARTS


def _joined(node: nodes.Expr) -> Iterator[nodes.Expr]:
    """The parts of texts joined by ``~``."""
    if isinstance(node, nodes.Concat):
        for part in node.nodes:
            yield from _joined(part)
    else:
        yield node


def _values(node: nodes.Node) -> list[nodes.Const] | None:
    """The constants that a loop goes over; None where it goes over anything else."""
    if isinstance(node, nodes.Tuple | nodes.List):
        return _constants(node.items, str, int)
    if not isinstance(node, nodes.Call) or not isinstance(node.node, nodes.Name) or node.node.name != "range":
        return None
    ends = _constants(node.args, int)
    if ends is None or len(ends) not in (1, 2) or node.kwargs or node.dyn_args or node.dyn_kwargs:
        return None
    numbers = range(*(one.value for one in ends))[: MAX_ROUNDS + 1]
    return [nodes.Const(number, lineno=node.lineno) for number in numbers]


def _constants(items: Sequence[nodes.Expr], *types: type) -> list[nodes.Const] | None:
    """The items, where all are constants of some types."""
    found = [one for one in items if isinstance(one, nodes.Const) and type(one.value) in types]
    return found if len(found) == len(items) else None


@lru_cache(maxsize=4_000)
def spelt_out(source: str) -> str:
    """A text of the template language with its loops, names and constants written out; itself where it has none.

    >>> spelt_out("{% for n in (1, 2) %}{{ n }} {{ '%' ~ name }} {% endfor %}")
    '1 %{{ name }} 2 %{{ name }} '
    """
    if not _IS_FOLDED.search(source):
        return source
    passage = Passage(source, Place(""), {})
    try:
        return "".join(_spelt(outline(Unfolding(Notes(), passage).body(parsed(passage)))))
    except PolicyError:
        return source


def _spelt(body: Iterable[nodes.Node]) -> Iterator[str]:
    for node in body:
        if isinstance(node, nodes.If):
            yield from ("{% if x %}", *_spelt(node.body))
            yield from ("{% else %}", *_spelt((*node.elif_, *node.else_)), "{% endif %}")
        elif isinstance(node, nodes.Output):
            for part in node.nodes:
                name = next(
                    (one.name for one in (part, *part.find_all(nodes.Name)) if isinstance(one, nodes.Name)), "x"
                )
                yield part.data if isinstance(part, nodes.TemplateData) else f"{{{{ {name} }}}}"
        else:
            yield "{% include 'x' %}"
