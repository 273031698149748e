"""The numbers that a message may show: those of its approved words and those of its values, as they are written."""

from __future__ import annotations

import re

import polars as pl
from jinja2 import nodes

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


def values_figures(wording: Wording, shown: pl.DataFrame) -> pl.Series:
    """The numbers of each row's values as the texts write them, a space apart.

    Reads: the columns of ``render.written``. Makes: ``figures``, one text a row, in their order; empty where its values
    have no number. Addresses are left out: other checks look at them.
    """
    ways = [name for name in shown.columns if "|" in name and wording.slots[name.partition("|")[0]].type != "url"]
    if not ways:
        return pl.Series("figures", [""] * shown.height, dtype=pl.String)
    joined = pl.concat_str(ways, separator=" ", ignore_nulls=True).str.replace_all(r"\s+", " ")
    return shown.select(figures=joined.str.extract_all(_NUMBER).list.join(" ")).to_series()
