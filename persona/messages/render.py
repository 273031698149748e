"""The texts of a wording over the values of its rows: the checked tree as columns, so that no template is ever run.

What the language allows (text, slots with filters, ``if``) is put together by Polars for all rows at once; a filter is
asked once for each value there is, and what is the same in all rows is text. The result is what Jinja writes for each
row, at a small part of its time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import NoReturn

import polars as pl
from jinja2 import nodes

from persona.errors import ContractError
from persona.messages.amounts import written_numbers
from persona.messages.filters import Formats
from persona.messages.language import Text
from persona.messages.plurals import PLURAL, of_form
from persona.policy.content import Slot

__all__ = ["Shown", "Way", "missing", "rendered", "together", "written"]

_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&#39;", '"': "&#34;"}

_MANY = 500
"""Different values from which on columns write them sooner than one call each."""

_ORDERS: Mapping[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "eq": pl.Expr.eq,
    "ne": pl.Expr.ne,
    "lt": pl.Expr.lt,
    "lteq": pl.Expr.le,
    "gt": pl.Expr.gt,
    "gteq": pl.Expr.ge,
}


@dataclass(frozen=True, slots=True)
class Way:
    """A slot as some filters write it: each different text once, and which of them each row has."""

    slot: str
    texts: pl.Series
    number: pl.Series | None
    """The row of ``texts``, null where the value is; None where all rows have the one that there is."""

    def column(self, texts: pl.Series) -> pl.Series:
        """What stands beside the texts, row by row."""
        return texts if self.number is None else texts.gather(self.number)


@dataclass(frozen=True, slots=True)
class Shown:
    """The values of some rows and how their texts write them."""

    values: pl.DataFrame
    """A column for each slot that differs from row to row."""
    same: pl.DataFrame
    """One row: the slots that are the same in all of them."""
    ways: Mapping[str, Way]
    """By ``slot|filters``, in the order in which the texts show them first."""
    height: int

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """The type of each slot."""
        return {**self.values.schema, **self.same.schema}

    def taken(self, rows: pl.Series, texts: Mapping[str, pl.Series]) -> Shown:
        """Some rows, with other texts in the place of those of some ways."""
        ways = {name: replace(way, texts=texts.get(name, way.texts)) for name, way in self.ways.items()}
        ways = {
            name: way if way.number is None else replace(way, number=way.number.gather(rows))
            for name, way in ways.items()
        }
        return Shown(self.values[rows] if self.values.width else self.values, self.same, ways, len(rows))


def missing(slots: Mapping[str, Slot]) -> pl.Expr:
    """The required slots that have no value, by name in their order; an empty list where nothing is missing."""
    required = [name for name, slot in slots.items() if slot.need == "required"]
    named = [pl.when(pl.col(name).is_null()).then(pl.lit(name)) for name in required]
    return pl.concat_list(pl.repeat(None, pl.len(), dtype=pl.String), *named).list.drop_nulls()


def written(
    values: pl.DataFrame,
    texts: Iterable[Text],
    words: Formats,
    *,
    same: pl.DataFrame | None = None,
    height: int | None = None,
) -> Shown:
    """The values with each way in which the texts write a slot.

    Reads: a column for each slot of the texts, in the type of the slot (``slots.TYPES``), in ``values`` or, one row for
    all ``height`` rows, in ``same``.
    """
    one, rows = pl.DataFrame() if same is None else same, values.height if height is None else height
    writing = _Writing(Shown(values, one, {}, rows), is_html=False)
    for text in texts:
        writing.texts(text.body)
    ways = {name: _way(slot, names, values, one, words) for name, (slot, names) in writing.found.items()}
    return Shown(values, one, ways, rows)


def rendered(text: Text, values: pl.DataFrame, *, words: Formats, is_html: bool) -> pl.Series:
    """The text over each row of ``values``, in their order; HTML is escaped. Null where a required slot is null."""
    return together(text, written(values, [text], words), is_html=is_html)


def together(text: Text, shown: Shown, *, is_html: bool) -> pl.Series:
    """The text over each row of what is shown, in their order; HTML is escaped.

    Null where a required slot is null.
    """
    writing = _Writing(shown, is_html=is_html)
    body = writing.pieces(text.body)
    required = [name for name, slot in text.slots.items() if slot.need == "required"]
    if any(shown.same[name].item() is None for name in required if name in shown.same.columns):
        return pl.Series("text", [None], dtype=pl.String).new_from_index(0, shown.height)
    is_whole = [pl.col(name).is_not_null() for name in required if name in shown.values.columns]
    if not is_whole and not any(one.meta.root_names() for one in body):
        said = pl.select(pl.concat_str(body or [pl.lit("")])).item()
        return pl.Series("text", [said], dtype=pl.String).new_from_index(0, shown.height)
    frame = _columns(shown, writing.found, is_html=is_html)
    made = pl.concat_str(pl.col(_EACH), *body)
    return frame.select(text=pl.when(*is_whole).then(made) if is_whole else made).to_series()


_EACH = "|"
"""An empty text a row, so that each has one where its text is the same for all."""


def _columns(shown: Shown, names: Iterable[str], *, is_html: bool) -> pl.DataFrame:
    """The values, and beside them the texts of some ways that differ from row to row."""
    columns = []
    for name in names:
        way = shown.ways[name]
        if way.number is not None:
            texts = way.texts.str.replace_many(_ESCAPED) if is_html else way.texts
            columns.append(way.column(texts).alias(name))
    each = pl.Series(_EACH, [""], dtype=pl.String).new_from_index(0, shown.height)
    return shown.values.with_columns(*columns, each) if shown.values.width else pl.DataFrame([*columns, each])


def tests(texts: Iterable[Text], shown: Shown) -> pl.DataFrame:
    """Whether each condition of the texts holds, row by row: a column each."""
    writing = _Writing(shown, is_html=False)
    for text in texts:
        writing.texts(text.body)
    each = pl.Series(_EACH, [""], dtype=pl.String).new_from_index(0, shown.height)
    frame = shown.values.with_columns(each) if shown.values.width else each.to_frame()
    one_each = pl.repeat(value=True, n=pl.len(), dtype=pl.Boolean)
    return frame.select((one_each & test).alias(str(at)) for at, test in enumerate(writing.tests))


class _Writing:
    """Expressions for the nodes of one text, and the ways that they read."""

    def __init__(self, shown: Shown, *, is_html: bool) -> None:
        self.shown, self.is_html, self.schema = shown, is_html, shown.schema
        self.found: dict[str, tuple[str, tuple[str, ...]]] = {}
        """The ways by name: a slot and its filters."""
        self.tests: list[pl.Expr] = []
        """The conditions that were met."""

    def texts(self, body: Sequence[nodes.Node]) -> pl.Expr:
        """The nodes one after the other."""
        return pl.concat_str(self.pieces(body) or [pl.lit("")])

    def pieces(self, body: Sequence[nodes.Node]) -> list[pl.Expr]:
        """What is put together, in its order."""
        parts = _joined(part for node in body for part in self._parts(node))
        return [pl.lit(part) if isinstance(part, str) else part for part in parts]

    def _parts(self, node: nodes.Node) -> Iterator[str | pl.Expr]:
        if isinstance(node, nodes.If):
            test = self._test(node.test)
            self.tests.append(test)
            yield pl.when(test).then(self.texts(node.body)).otherwise(self.texts(node.else_))
        elif isinstance(node, nodes.Output):
            for part in node.nodes:
                yield part.data if isinstance(part, nodes.TemplateData) else self._shown(part)
        else:
            _unknown(node)

    def _shown(self, node: nodes.Node) -> str | pl.Expr:
        """A slot as its filters write it: its text where that is the same in all rows, otherwise its column."""
        names: list[str] = []
        while isinstance(node, nodes.Filter) and node.node is not None:
            names.insert(0, node.name)
            node = node.node
        if not isinstance(node, nodes.Name):
            _unknown(node)
        name = f"{node.name}|{'|'.join(names)}"
        self.found[name] = (node.name, tuple(names))
        way = self.shown.ways.get(name)
        if way is None or way.number is not None:
            return pl.col(name)
        said = (way.texts.str.replace_many(_ESCAPED) if self.is_html else way.texts).item()
        return said if isinstance(said, str) else pl.lit(None, pl.String)

    def _test(self, node: nodes.Node) -> pl.Expr:
        """A condition, true or false in every row: a missing value makes a comparison false."""
        if isinstance(node, nodes.And):
            return self._test(node.left) & self._test(node.right)
        if isinstance(node, nodes.Or):
            return self._test(node.left) | self._test(node.right)
        if isinstance(node, nodes.Not):
            return ~self._test(node.node)
        if isinstance(node, nodes.Test):
            said = [one.value for one in node.args if isinstance(one, nodes.Const)]
            value = self._value(node.node)
            return of_form(value, *said) if node.name == PLURAL else value.is_null()
        if isinstance(node, nodes.Compare):
            (operand,) = node.ops
            return _ORDERS[operand.op](self._value(node.expr), self._value(operand.expr)).fill_null(value=False)
        return self._is_something(node)

    def _is_something(self, node: nodes.Node) -> pl.Expr:
        """Whether a slot has a value that is neither empty nor zero."""
        value = self._value(node)
        kind = self.schema[node.name] if isinstance(node, nodes.Name) else None
        if kind is None or kind == pl.Date:
            return value.is_not_null()
        return value.ne(pl.lit("") if kind == pl.String else pl.lit(0)).fill_null(value=False)

    def _value(self, node: nodes.Node) -> pl.Expr:
        if isinstance(node, nodes.Name):
            same = self.shown.same
            if node.name in same.columns:
                return pl.lit(same[node.name].item(), dtype=same.schema[node.name])
            return pl.col(node.name)
        return pl.lit(node.value) if isinstance(node, nodes.Const) else _unknown(node)


def _joined(parts: Iterator[str | pl.Expr]) -> Iterator[str | pl.Expr]:
    """The parts with texts that follow one another put together."""
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
            continue
        if text:
            yield text
        text = ""
        yield part
    if text:
        yield text


def _way(slot: str, names: Sequence[str], values: pl.DataFrame, same: pl.DataFrame, words: Formats) -> Way:
    """A slot as filters write it, each different value once; null stays null."""
    if slot in same.columns:
        return Way(slot, _filtered(same[slot], names, words), None)
    known = values[slot].drop_nulls().unique().to_frame(slot)
    numbered = known.with_columns(number=pl.int_range(pl.len(), dtype=pl.UInt32))
    number = values.select(slot).join(numbered, on=slot, how="left", maintain_order="left")["number"]
    return Way(slot, _filtered(known[slot], names, words), number)


def _filtered(values: pl.Series, names: Sequence[str], words: Formats) -> pl.Series:
    """Values as filters write them, one after the other."""
    if not names:
        return values.cast(pl.String)
    made = written_numbers(values, names[0], words) if len(names) == 1 and len(values) >= _MANY else None
    if made is not None:
        return made
    filters = words.filters
    texts = [
        None if value is None else reduce(lambda text, name: filters[name](text), names, value) for value in values
    ]
    return pl.Series("text", texts, dtype=pl.String)


def _unknown(node: nodes.Node) -> NoReturn:
    """Refuse a node that the language does not let through: a fault of ours."""
    raise ContractError(f"{type(node).__name__} cannot be written", where="a template")
