"""The texts of a wording over the values of its rows: the checked tree as columns, so that no template is ever run.

What the language allows (text, slots with filters, ``if``) is put together by Polars for all rows at once; a filter is
asked once for each value there is. The result is what Jinja writes for each row, at a small part of its time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import NoReturn

import polars as pl
from jinja2 import nodes

from persona.errors import ContractError
from persona.messages.filters import Formats
from persona.messages.language import Text
from persona.policy.content import Slot

__all__ = ["missing", "rendered", "written"]

_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&#39;", '"': "&#34;"}

_ORDERS: Mapping[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "eq": pl.Expr.eq,
    "ne": pl.Expr.ne,
    "lt": pl.Expr.lt,
    "lteq": pl.Expr.le,
    "gt": pl.Expr.gt,
    "gteq": pl.Expr.ge,
}


def missing(slots: Mapping[str, Slot]) -> pl.Expr:
    """The required slots that have no value, by name in their order; an empty list where nothing is missing."""
    required = [name for name, slot in slots.items() if slot.need == "required"]
    named = [pl.when(pl.col(name).is_null()).then(pl.lit(name)) for name in required]
    return pl.concat_list(pl.repeat(None, pl.len(), dtype=pl.String), *named).list.drop_nulls()


def written(values: pl.DataFrame, texts: Iterable[Text], words: Formats) -> pl.DataFrame:
    """The values with a column ``slot|filters`` for each way in which the texts write a slot.

    Each different value is written once, for all texts that show it.
    """
    writing = _Writing(values.schema, is_html=False)
    for text in texts:
        writing.texts(text.body)
    return values.with_columns(
        _filtered(values[slot], names, words).alias(name) for (slot, names), name in writing.shown.items()
    )


def rendered(text: Text, values: pl.DataFrame, *, words: Formats, is_html: bool) -> pl.Series:
    """The text over each row of ``values``, in their order; HTML is escaped.

    Reads: a column for each slot of the text, in the type of the slot (``slots.TYPES``); those of ``written`` if there.
    Null where a required slot is null.
    """
    writing = _Writing(values.schema, is_html=is_html)
    written = writing.texts(text.body)
    shown = values.with_columns(
        _filtered(values[slot], names, words).alias(name)
        for (slot, names), name in writing.shown.items()
        if name not in values.columns
    )
    required = [pl.col(name).is_not_null() for name, slot in text.slots.items() if slot.need == "required"]
    is_whole = pl.all_horizontal(pl.lit(value=True), *required)
    one_each = pl.repeat("", pl.len(), dtype=pl.String)
    return shown.select(text=pl.when(is_whole).then(pl.concat_str(one_each, written))).to_series()


class _Writing:
    """Expressions for the nodes of one text, and the filtered columns that they read."""

    def __init__(self, schema: Mapping[str, pl.DataType], *, is_html: bool) -> None:
        self.schema, self.is_html = schema, is_html
        self.shown: dict[tuple[str, tuple[str, ...]], str] = {}
        """The name of the column in which a slot stands as written by some filters."""

    def texts(self, body: Sequence[nodes.Node]) -> pl.Expr:
        """The nodes one after the other."""
        parts = list(_joined(part for node in body for part in self._parts(node)))
        return pl.concat_str([pl.lit(part) if isinstance(part, str) else part for part in parts] or [pl.lit("")])

    def _parts(self, node: nodes.Node) -> Iterator[str | pl.Expr]:
        if isinstance(node, nodes.If):
            test = self._test(node.test)
            yield pl.when(test).then(self.texts(node.body)).otherwise(self.texts(node.else_))
        elif isinstance(node, nodes.Output):
            for part in node.nodes:
                yield part.data if isinstance(part, nodes.TemplateData) else self._shown(part)
        else:
            _unknown(node)

    def _shown(self, node: nodes.Node) -> pl.Expr:
        """The column of a slot as its filters write it."""
        names: list[str] = []
        while isinstance(node, nodes.Filter) and node.node is not None:
            names.insert(0, node.name)
            node = node.node
        if not isinstance(node, nodes.Name):
            _unknown(node)
        name = self.shown.setdefault((node.name, tuple(names)), f"{node.name}|{'|'.join(names)}")
        text = pl.col(name)
        return text.str.replace_many(_ESCAPED) if self.is_html else text

    def _test(self, node: nodes.Node) -> pl.Expr:
        """A condition, true or false in every row: a missing value makes a comparison false."""
        if isinstance(node, nodes.And):
            return self._test(node.left) & self._test(node.right)
        if isinstance(node, nodes.Or):
            return self._test(node.left) | self._test(node.right)
        if isinstance(node, nodes.Not):
            return ~self._test(node.node)
        if isinstance(node, nodes.Test) and node.name == "none":
            return self._value(node.node).is_null()
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


def _filtered(values: pl.Series, names: Sequence[str], words: Formats) -> pl.Series:
    """The values as filters write them, each different one once; null stays null."""
    if not names:
        return values.cast(pl.String)
    filters = words.filters
    known = values.drop_nulls().unique().to_frame("value")
    texts = [reduce(lambda text, name: filters[name](text), names, value) for value in known["value"]]
    pairs = known.with_columns(pl.Series("text", texts, dtype=pl.String))
    return values.to_frame("value").join(pairs, on="value", how="left", maintain_order="left")["text"]


def _unknown(node: nodes.Node) -> NoReturn:
    """Refuse a node that the language does not let through: a fault of ours."""
    raise ContractError(f"{type(node).__name__} cannot be written", where="a template")
