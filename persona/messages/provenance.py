"""What a message was made of: its values as they were, and the numbers that they and its approved words may show."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import groupby

import polars as pl
from jinja2 import nodes

from persona.messages.render import Shown, Way
from persona.messages.wording import Wording

__all__ = ["all_rows", "approved_figures", "told", "values_figures"]

_NUMBER = r"\d(?:[\d.,'’]*\d)?"
_NUMBERS = re.compile(_NUMBER)
_ESCAPED = r'["\\\x00-\x1f]'
"""What JSON writes otherwise. Source: RFC 8259, 7."""


def approved_figures(wording: Wording, *, but: Collection[str] = ()) -> str:
    """The numbers in the approved words of a wording, each once, a space apart; ``but`` those of some figures."""
    words = [
        part.data
        for text in wording.texts.values()
        for part in nodes.Template(list(text.body)).find_all(nodes.TemplateData)
    ]
    untrue = {number for figure in but for number in _NUMBERS.findall(figure)}
    return " ".join(sorted({number for text in words for number in _NUMBERS.findall(text)} - untrue))


def values_figures(wording: Wording, shown: Shown) -> pl.Series:
    """The numbers of each row's values as the texts write them, a space apart.

    Makes: ``figures``, one text a row, in their order; empty where its values have no number. Addresses are left out:
    other checks look at them.
    """
    ways = [way for way in shown.ways.values() if wording.slots[way.slot].type != "url"]
    same = " ".join(number for way in ways if way.number is None for number in _numbers(way).drop_nulls())
    each = [way.column(_numbers(way)).alias(str(at)) for at, way in enumerate(ways) if way.number is not None]
    all_rows = pl.Series("same", [same or None], dtype=pl.String).new_from_index(0, shown.height)
    joined = pl.concat_str(pl.all(), separator=" ", ignore_nulls=True)
    return pl.DataFrame([all_rows, *each]).select(figures=joined).to_series()


def _numbers(way: Way) -> pl.Series:
    """The numbers of each of its texts, a space apart; null where it has none."""
    said = pl.col("said").str.extract_all(_NUMBER).list.join(" ")
    return way.texts.alias("said").to_frame().select(pl.when(said != "").then(said)).to_series()


def told(shown: Shown, names: Sequence[str]) -> pl.Series:
    """The values of some slots as JSON, in the order of their names given; what is the same in all rows is put in once.

    Makes: ``slots``, one text a row: with the template enough to write the message again.
    """
    parts = [_json(shown, [*own], is_same=is_same) for is_same, own in groupby(names, shown.same.columns.__contains__)]
    if not parts:
        return pl.Series("slots", ["{}"], dtype=pl.String).new_from_index(0, shown.height)
    each = pl.Series("|", ["{"], dtype=pl.String).new_from_index(0, shown.height).to_frame()
    frame = each.with_columns(shown.values.get_columns())
    between = [piece for at, part in enumerate(parts) for piece in ([pl.lit(",")] if at else []) + [part]]
    return frame.select(slots=pl.concat_str("|", *between, pl.lit("}"))).to_series()


def _json(shown: Shown, names: list[str], *, is_same: bool) -> pl.Expr:
    """The members of a JSON object, without its braces."""
    if is_same:
        return pl.lit(shown.same.select(_encoded(names)).item())
    return pl.concat_str([_member(shown.values[name]) for name in names], separator=",")


def _encoded(names: list[str]) -> pl.Expr:
    return pl.struct(names).struct.json_encode().str.strip_prefix("{").str.strip_suffix("}")


def _member(values: pl.Series) -> pl.Expr:
    """One member of a JSON object, as ``json_encode`` writes it, in less time where no text is escaped."""
    name, value = f'"{values.name}":', pl.col(values.name)
    if values.dtype == pl.Int64:
        return pl.concat_str(pl.lit(name), value.cast(pl.String).fill_null("null"))
    if values.dtype == pl.String and not values.str.contains(_ESCAPED).any():
        return pl.concat_str(pl.lit(f'{name}"'), value, pl.lit('"')).fill_null(f"{name}null")
    return _encoded([values.name])


def all_rows(name: str, texts: Sequence[str], height: int) -> pl.Series:
    """A column with the same list of texts in each row."""
    return pl.Series(name, [[*texts]], dtype=pl.List(pl.String)).new_from_index(0, height)
