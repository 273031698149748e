"""The language of templates: a small part of Jinja, checked against a list of what is allowed, with blocks put in.

    {{ slot }}   {{ slot | filter }}   {% include 'block' %}
    {{ slot | plural(one='# day', other='# days') }}
    {% if slot %} .. {% elif slot == 'word' and not other %} .. {% else %} .. {% endif %}

Loops over constants, names and joined texts are written out before (``unfolded``); filters with arguments and sums in
conditions are left to Jinja itself, row by row (``rowwise``). Nothing else passes: no calls, attributes, tests or loops
over anything else, so a template can neither run code nor grow without bounds. A slot without a filter is written as
its type is; a comparison with a missing value is false; an optional slot may be shown only where an ``if`` found it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from jinja2 import nodes

from persona.errors import PolicyError, PolicyErrors
from persona.messages.filters import FILTERS
from persona.messages.passages import Notes, Passage, name_of, parsed
from persona.messages.plurals import PLURAL, TAKES, chosen, fault, forms
from persona.messages.questions import Questions, found_if, found_unless
from persona.messages.rowwise import is_row_wise, is_sum, outline, shown_row_wise
from persona.messages.unfolded import Unfolding
from persona.policy.content import Slot
from persona.policy.places import Place

__all__ = ["DEFAULT_FILTERS", "BlockFinder", "Text", "checked"]

DEFAULT_FILTERS: Mapping[str, tuple[str, ...]] = {
    "money": ("money",),
    "rate": ("rate",),
    "date": ("day",),
    "integer": ("number",),
    "points": ("points",),
    "text": (),
    "url": (),
}
"""How a slot of a type is written where no filter is named; texts and addresses are written as they are."""

MAX_DEPTH = 5
"""Blocks within blocks."""

MAX_BLOCKS = 100
"""Blocks in one text, those within blocks counted."""

MAX_NESTING = 30
"""Conditions within conditions; Python cannot read code that lies much deeper."""

_ALLOWED = "Allowed: {{ slot | filter }}, {% if %}, {% include 'block' %}."
_PLURAL = "Write {{ slot | plural(one='# day', other='# days') }}: # stands for the number."

BlockFinder = Callable[[str, Place], Passage]
"""The passage of the block of that name, used at that place; raises PolicyError where there is none."""


@dataclass(frozen=True, slots=True)
class Text:
    """A checked text with its blocks put in, ready to be compiled."""

    body: tuple[nodes.Node, ...]
    slots: Mapping[str, Slot]
    """The slots that it shows or asks about, by name."""
    blocks: tuple[str, ...]
    """The blocks that were put in, in the order of their first use."""
    opened: tuple[str, ...] = ()
    """The names of what is put in later, in the order of their first use: see ``recipe``."""
    by_row: tuple[nodes.Node, ...] = ()
    """The text as Jinja alone can write it, and ``body`` its outline; empty where columns write the body."""


def checked(passage: Passage, *, block: BlockFinder, later: Collection[str] = ()) -> Text:
    """The passage as a checked text; what is put in ``later`` stays in it as an ``Include``.

    Raises: PolicyErrors with all that is not allowed, each with its file and line.
    """
    notes = Notes()
    body = _Grammar(notes, passage, block, frozenset(later)).read()
    if _depth(body) > MAX_NESTING:
        what = f"more than {MAX_NESTING} conditions lie in one another"
        notes.errors.append(PolicyError(what, where=str(passage.place), hint="An elif lies in the one before it."))
    if notes.errors:
        raise PolicyErrors(notes.errors)
    by_row = tuple(body) if _needs_rows(body) else ()
    seen = outline(body) if by_row else body
    return Text(tuple(seen), dict(sorted(notes.slots.items())), tuple(notes.blocks), tuple(notes.opened), by_row)


@dataclass(frozen=True, slots=True)
class _Grammar:
    """The list of what is allowed, over the nodes of one passage."""

    notes: Notes
    passage: Passage
    block: BlockFinder
    later: frozenset[str] = frozenset()
    within: tuple[str, ...] = ()

    def read(self, found: frozenset[str] = frozenset()) -> list[nodes.Node]:
        """The passage's nodes; ``found`` are the slots known to have a value where it is put in."""
        try:
            return self._body(Unfolding(self.notes, self.passage).body(parsed(self.passage)), found)
        except PolicyError as error:
            self.notes.errors.append(error)
        except RecursionError:
            where = str(self.passage.place)
            self.notes.errors.append(PolicyError("the template is nested too deeply to be read", where=where))
        return []

    def _body(self, body: Sequence[nodes.Node], found: frozenset[str]) -> list[nodes.Node]:
        return [made for node in body for made in self._statement(node, found)]

    def _statement(self, node: nodes.Node, found: frozenset[str]) -> Iterable[nodes.Node]:
        if isinstance(node, nodes.Output):
            printed = (self._printed(part, found) for part in node.nodes)
            return [part for part in printed if part is not None]
        if isinstance(node, nodes.If):
            return [self._if(node, found)]
        if isinstance(node, nodes.Include):
            return self._include(node, found)
        self._refuse(node, f"{name_of(node)} is not allowed in a template", _ALLOWED)
        return []

    def _if(self, node: nodes.If, found: frozenset[str]) -> nodes.If:
        """The ``if`` with its ``elif`` as nested ones, so that each branch knows what the tests before it found."""
        test = Questions(self.notes, self.passage).checked(node.test)
        body = self._body(node.body, found | found_if(node.test))
        rest = found | found_unless(node.test)
        if not node.elif_:
            return nodes.If(test, body, [], self._body(node.else_, rest), lineno=node.lineno)
        first, *others = node.elif_
        chained = nodes.If(first.test, first.body, others, node.else_, lineno=first.lineno)
        return nodes.If(test, body, [], [self._if(chained, rest)], lineno=node.lineno)

    def _include(self, node: nodes.Include, found: frozenset[str]) -> list[nodes.Node]:
        name = node.template.value if isinstance(node.template, nodes.Const) else None
        if not isinstance(name, str) or node.ignore_missing or not node.with_context:
            self._refuse(node, "include takes the name of one block", "Write {% include 'name' %}.")
            return []
        if name in self.within or len(self.within) >= MAX_DEPTH:
            self._refuse(node, f"block {name!r} includes itself, or blocks lie more than {MAX_DEPTH} deep")
            return []
        if name in self.later:
            self.notes.opened[name] = None
            return [node]
        self.notes.included += 1
        if self.notes.included > MAX_BLOCKS:
            self._refuse(node, f"more than {MAX_BLOCKS} blocks are put into one text")
            return []
        try:
            passage = self.block(name, self.passage.at(node))
        except PolicyError as error:
            self.notes.errors.append(error)
            return []
        self.notes.blocks[name] = None
        return _Grammar(self.notes, passage, self.block, self.later, (*self.within, name)).read(found)

    def _printed(self, node: nodes.Expr, found: frozenset[str]) -> nodes.Node | None:
        """What is printed, as a statement; None where it is refused."""
        if isinstance(node, nodes.Filter) and node.name == PLURAL:
            return self._plural(node, found)
        shown = self._shown(node, found)
        return None if shown is None else nodes.Output([shown], lineno=node.lineno)

    def _plural(self, node: nodes.Filter, found: frozenset[str]) -> nodes.Node | None:
        """The form of a number by the language of the text."""
        inner, written = node.node, forms(node)
        if isinstance(inner, nodes.Filter):
            self._no_filter(node)
            return None
        slot = self._slot(node, inner, found)
        if slot is None or not isinstance(inner, nodes.Name):
            return None
        if slot.type not in TAKES:
            self._refuse(
                node, f"filter {PLURAL!r} takes {' or '.join(sorted(TAKES))}, and {inner.name!r} is {slot.type}"
            )
        elif written is None:
            self._refuse(node, "the forms of a plural are texts with names", _PLURAL)
        elif wrong := fault(written, self.passage.language):
            self._refuse(node, wrong, _PLURAL)
        else:
            return chosen(inner, written, self.passage.language)
        return None

    def _shown(self, node: nodes.Expr, found: frozenset[str]) -> nodes.Expr | None:
        """What is printed: text as it stands, or a slot through its filters; None where it is refused."""
        if isinstance(node, nodes.TemplateData):
            return node
        if is_row_wise(node):
            self._complete(shown_row_wise(node, self.notes, self.passage), found)
            return node
        names, inner = _unwrapped(node)
        slot = self._slot(node, inner, found)
        return None if slot is None or not isinstance(inner, nodes.Name) else self._filtered(inner, names, slot)

    def _slot(self, node: nodes.Expr, inner: nodes.Expr | None, found: frozenset[str]) -> Slot | None:
        """The slot that is shown; None where it is none, and a fault where it may be missing."""
        if isinstance(inner, nodes.Filter):
            self._no_filter(inner)
            return None
        if not isinstance(inner, nodes.Name):
            self._refuse(node, f"{name_of(inner or node)} is not allowed where a slot is shown", _ALLOWED)
            return None
        slot = self.notes.slot(inner.name, self.passage, inner)
        self._complete([(inner, slot)] if slot else [], found)
        return slot

    def _complete(self, shown: Iterable[tuple[nodes.Name, Slot]], found: frozenset[str]) -> None:
        """Refuse the slots that may be missing where they are shown."""
        for node, slot in shown:
            if slot.need == "optional" and slot.default is None and node.name not in found:
                what = f"optional slot {node.name!r} is shown where it may be missing"
                self._refuse(node, what, f"Put it in {{% if {node.name} %}} .. {{% endif %}}, or give it a default.")

    def _filtered(self, shown: nodes.Name, names: list[str], slot: Slot) -> nodes.Expr:
        kind: str = slot.type
        made: nodes.Expr = shown
        for name in names or DEFAULT_FILTERS[slot.type]:
            if name not in FILTERS:
                self.notes.unknown(self.passage, shown, "filter", name, (*FILTERS, PLURAL))
                break
            if kind not in FILTERS[name]:
                takes = " or ".join(sorted(FILTERS[name]))
                self._refuse(shown, f"filter {name!r} takes {takes}, and {shown.name!r} is {kind}")
                break
            made, kind = nodes.Filter(made, name, [], [], None, None, lineno=shown.lineno), "text"
        return made

    def _no_filter(self, node: nodes.Filter) -> None:
        """Refuse a filter that is none, or that stands where it cannot."""
        if node.name == PLURAL:
            self._refuse(node, "a plural has no filter beside it", _PLURAL)
        elif node.name in FILTERS:
            self._refuse(node, f"filter {node.name!r} takes nothing in brackets", _ALLOWED)
        else:
            self.notes.unknown(self.passage, node, "filter", node.name, (*FILTERS, PLURAL))

    def _refuse(self, node: nodes.Node, what: str, hint: str = "") -> None:
        self.notes.refuse(self.passage, node, what, hint)


def _unwrapped(node: nodes.Expr) -> tuple[list[str], nodes.Expr]:
    """The names of the filters around a node, the innermost first, and what they are around."""
    names: list[str] = []
    while isinstance(node, nodes.Filter) and node.node is not None:
        if node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
            return names, node
        names.insert(0, node.name)
        node = node.node
    return names, node


def _needs_rows(body: Iterable[nodes.Node]) -> bool:
    """Whether something in it is not written by columns."""
    for node in body:
        if isinstance(node, nodes.If) and (is_sum(node.test) or _needs_rows((*node.body, *node.else_))):
            return True
        if isinstance(node, nodes.Output) and any(is_row_wise(part) for part in node.nodes):
            return True
    return False


def _depth(body: Iterable[nodes.Node]) -> int:
    """How many conditions lie in one another at most."""
    return max((1 + _depth((*node.body, *node.else_)) for node in body if isinstance(node, nodes.If)), default=0)
