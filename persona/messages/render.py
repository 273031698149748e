"""The texts of a wording over the values of its rows: a sandboxed, strict Jinja, compiled once for each language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import polars as pl
from jinja2 import StrictUndefined, Template, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from persona.messages.filters import Formats
from persona.messages.language import Text
from persona.policy.content import Slot

__all__ = ["missing", "rendered"]


def missing(slots: Mapping[str, Slot]) -> pl.Expr:
    """The required slots that have no value, by name in their order; an empty list where nothing is missing."""
    required = [name for name, slot in slots.items() if slot.need == "required"]
    named = [pl.when(pl.col(name).is_null()).then(pl.lit(name)) for name in required]
    return pl.concat_list(pl.repeat(None, pl.len(), dtype=pl.String), *named).list.drop_nulls()


def rendered(text: Text, values: pl.DataFrame, *, words: Formats, is_html: bool) -> pl.Series:
    """The text over each row of ``values``, in their order; HTML is escaped.

    Reads: a column for each slot of the text, in the type of the slot (``slots.TYPES``).
    Null where a required slot is null.
    """
    template = _compiled(text, words, is_html=is_html)
    if not text.slots:
        return pl.Series("text", [template.render()] * values.height, dtype=pl.String)
    names = list(text.slots)
    is_whole = values.select(missing(text.slots).list.len() == 0).to_series()
    rows = values.select(names).iter_rows()
    written = [
        template.render(zip(names, row, strict=True)) if whole else None
        for row, whole in zip(rows, is_whole, strict=True)
    ]
    return pl.Series("text", written, dtype=pl.String)


def _compiled(text: Text, words: Formats, *, is_html: bool) -> Template:
    environment = _environment(words, is_html=is_html)
    tree = nodes.Template(list(text.body), lineno=1)
    tree.set_environment(environment)
    return Template.from_code(environment, environment.compile(tree), environment.globals)


@lru_cache(maxsize=200)
def _environment(words: Formats, *, is_html: bool) -> ImmutableSandboxedEnvironment:
    """Nothing but the filters of a language: no globals, and no test but the one that comparisons are guarded by."""
    environment = ImmutableSandboxedEnvironment(autoescape=is_html, undefined=StrictUndefined)
    environment.globals.clear()
    environment.filters = dict(words.filters)
    environment.tests = {"none": lambda value: value is None}
    return environment
