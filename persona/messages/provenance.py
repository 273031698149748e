"""The numbers that a message may show: those of its approved words and those of its values, as they are written."""

from __future__ import annotations

import re

import polars as pl
from jinja2 import nodes

from persona.messages.filters import Formats
from persona.messages.render import written
from persona.messages.wording import Wording

__all__ = ["approved_figures", "values_figures"]

_NUMBER = r"\d(?:[\d.,'’]*\d)?"
_NUMBERS = re.compile(_NUMBER)


def approved_figures(wording: Wording) -> str:
    """The numbers in the approved words of a wording, each once, a space apart."""
    words = [
        part.data
        for text in wording.texts.values()
        for part in nodes.Template(list(text.body)).find_all(nodes.TemplateData)
    ]
    return " ".join(sorted({number for text in words for number in _NUMBERS.findall(text)}))


def values_figures(wording: Wording, shown: pl.DataFrame, words: Formats) -> pl.Series:
    """The numbers of each row's values in every way in which a filter may write them, a space apart.

    Makes: ``figures``, one text a row of ``shown``, in its order; empty where its values have no number.
    """
    ways = [
        way.alias(f"{name}|{number}")
        for name, slot in wording.slots.items()
        if slot.type != "url"
        for number, way in enumerate(written(name, slot.type, shown, words))
    ]
    if not ways:
        return pl.Series("figures", [""] * shown.height, dtype=pl.String)
    joined = pl.concat_str(pl.all(), separator=" ", ignore_nulls=True).str.replace_all(r"\s+", " ")
    numbers = joined.str.extract_all(_NUMBER).list.join(" ")
    return pl.DataFrame(ways).select(numbers.alias("figures")).to_series()
