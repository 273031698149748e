"""One wording for one and another for several, by the plural rules of the language: for a row, and for whole columns.

    {{ days | plural(one='# day', other='# days') }}

``#`` stands for the number. The forms become an ``if`` of the text, so that their words are approved words like others.
Source: Unicode CLDR as babel carries it (UTS 35, part 3, plural rules), over whole numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, reduce
from operator import and_, or_
from typing import Any

import polars as pl
from babel import Locale
from babel.plural import PluralRule
from jinja2 import nodes

from persona.messages.filters import is_locale

__all__ = ["PLURAL", "TAKES", "chosen", "fault", "forms", "is_form", "of_form"]

PLURAL = "plural"
"""The filter's name, and that of the test that it becomes."""

TAKES = frozenset({"integer", "points"})
"""The types of slots that it takes."""

_ORDER = ("zero", "one", "two", "few", "many", "other")
_USUAL = range(1000)
"""Numbers whose forms must all be written: what only larger ones have, as in French, may be left to ``other``."""


def forms(node: nodes.Filter) -> dict[str, str] | None:
    """The forms as they are written, by name; None where they are no texts with names."""
    pairs = {str(one.key): one.value.value for one in node.kwargs if isinstance(one.value, nodes.Const)}
    is_plain = len(pairs) == len(node.kwargs) and not (node.args or node.dyn_args or node.dyn_kwargs)
    return pairs if is_plain and all(isinstance(text, str) for text in pairs.values()) else None


def fault(written: Mapping[str, str], language: str) -> str:
    """What is wrong with the forms for a language, in words; empty where nothing is."""
    if not is_locale(language):
        return ""
    rule = _rule(language)
    needed, known = {rule(number) for number in _USUAL}, {*rule.tags, "other"}
    if strange := ", ".join(sorted(set(written) - known)):
        return f"plural in {language!r} has no form {strange}; it has {_named(known)}"
    lacking = _named(needed - set(written))
    return f"plural in {language!r} lacks the form {lacking}" if lacking else ""


def _named(names: set[str]) -> str:
    return ", ".join(name for name in _ORDER if name in names)


def chosen(shown: nodes.Name, written: Mapping[str, str], language: str) -> nodes.Node:
    """The form of a slot's number as a text: an ``if`` for each form but the last."""
    first, *others = (name for name in _ORDER if name in written)
    text = _text(shown, written[first])
    if not others:
        return text
    test = nodes.Test(shown, PLURAL, [nodes.Const(language), nodes.Const(first)], [], None, None, lineno=shown.lineno)
    rest = chosen(shown, {name: written[name] for name in others}, language)
    return nodes.If(test, [text], [], [rest], lineno=shown.lineno)


def _text(shown: nodes.Name, form: str) -> nodes.Output:
    first, *others = form.split("#")
    parts: list[nodes.Expr] = [nodes.TemplateData(first)]
    for words in others:
        parts += [nodes.Filter(shown, "number", [], [], None, None, lineno=shown.lineno), nodes.TemplateData(words)]
    return nodes.Output(parts, lineno=shown.lineno)


def is_form(value: int, language: str, form: str) -> bool:
    """Whether a whole number takes a form."""
    return _rule(language)(value) == form


def of_form(value: pl.Expr, language: str, form: str) -> pl.Expr:
    """Whether each whole number takes a form; false where it is null."""
    rules = dict(_rule(language).abstract)
    return (_holds(rules[form], value.abs()) if form in rules else pl.lit(value=False)).fill_null(value=False)


@lru_cache(maxsize=200)
def _rule(language: str) -> PluralRule:
    return Locale.parse(language, sep="-").plural_form


def _holds(rule: tuple[str, Any], size: pl.Expr) -> pl.Expr:
    """A rule's tree as babel reads it, over the sizes of whole numbers."""
    kind, parts = rule
    if kind in ("and", "or"):
        return reduce(and_ if kind == "and" else or_, (_holds(part, size) for part in parts))
    if kind == "not":
        return ~_holds(parts[0], size)
    _, number, (_, ranges) = parts
    asked = _number(number, size)
    return reduce(or_, (asked.is_between(low[1][0], high[1][0]) for low, high in ranges))


def _number(operand: tuple[str, Any], size: pl.Expr) -> pl.Expr:
    """An operand: the number itself, its rest, or what only broken or shortened numbers have, which is zero."""
    kind, parts = operand
    if kind == "mod":
        return _number(parts[0], size) % int(parts[1][1][0])
    return size if kind in ("n", "i") else pl.lit(0)
