"""The texts of some messages as Jinja itself writes them, beside those that columns wrote: any difference stops a run.

Source: the messages with the smallest ids, which are hashes: whoever runs the night again compares the same ones.
"""

from __future__ import annotations

from itertools import repeat

import polars as pl
from jinja2 import StrictUndefined, Template, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from persona.errors import ContractError
from persona.messages.filters import Formats
from persona.messages.language import Text
from persona.messages.plurals import PLURAL, is_form
from persona.messages.render import Shown
from persona.messages.wording import Wording

__all__ = ["COMPARED", "by_jinja", "compared", "row_by_row", "sample"]

COMPARED = 20
"""Messages of a run that are written twice."""


def sample(message_ids: pl.Series) -> pl.Series:
    """Which messages are written by Jinja too: true for ``COMPARED`` of them, or all where they are fewer."""
    return message_ids.is_in(message_ids.bottom_k(COMPARED).implode())


def compared(made: pl.DataFrame, wording: Wording, shown: Shown, rows: pl.Series, words: Formats) -> int:
    """How many texts of some rows are written by Jinja too: they are all the same.

    Raises: ContractError that names the template and the text; never a value.
    """
    if rows.is_empty():
        return 0
    some = shown.taken(rows, {})
    for name, text in wording.texts.items():
        wanted = row_by_row(text, some, words, is_html=name == "html")
        if made[name].gather(rows).to_list() != wanted.to_list():
            what = f"the {name} of template {wording.template!r} is not what Jinja writes"
            hint = "Nothing was written. This is a fault of persona: tell us with the template."
            raise ContractError(what, where=str(wording.place), hint=hint)
    return len(wording.texts) * len(rows)


def row_by_row(text: Text, shown: Shown, words: Formats, *, is_html: bool) -> pl.Series:
    """The text over each row as the sandbox writes it, in their order; null where a required slot is null."""
    same = {name: shown.same[name].item() for name in shown.same.columns}
    each = shown.values.iter_rows(named=True) if shown.values.width else repeat({}, shown.height)
    required = [slot for slot, said in text.slots.items() if said.need == "required"]
    template = by_jinja(text, words, is_html=is_html)
    rows = (same | one for one in each)
    made = [None if any(one[slot] is None for slot in required) else template.render(one) for one in rows]
    return pl.Series("text", made, dtype=pl.String)


def by_jinja(text: Text, words: Formats, *, is_html: bool) -> Template:
    """A sandboxed template of a text, to be rendered row by row."""
    environment = ImmutableSandboxedEnvironment(autoescape=is_html, undefined=StrictUndefined)
    environment.filters.update(words.filters)
    environment.tests = {"none": lambda value: value is None, PLURAL: is_form}
    tree = nodes.Template(list(text.by_row or text.body), lineno=1)
    tree.set_environment(environment)
    return Template.from_code(environment, environment.compile(tree), environment.globals)
