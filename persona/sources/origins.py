"""What each rule reads, before it is turned into a value of its column's type: a column ``~name`` for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from persona.errors import PolicyError
from persona.policy.rules import Categories
from persona.policy.source import ColumnRule, Format, Source
from persona.sources.compiled import Compiled
from persona.sources.lookups import CATEGORIES, leaves, meaning, referred
from persona.sources.records import PLACE

__all__ = ["ORIGIN", "Known", "texts", "with_origins"]

ORIGIN = "~"
"""Stands before the name of the column that a rule makes."""


@dataclass(frozen=True)
class Known:
    """What a mapping may look up, and the workspace's own words."""

    references: Mapping[str, pl.DataFrame]
    categories: Categories | None
    currency: str
    products: Sequence[str] = ()

    @cached_property
    def meaning(self) -> pl.Expr | None:
        """What a word means in the category tree, made once for all chunks of a file; None where there is no tree."""
        return None if self.categories is None else meaning(self.categories)


def texts(raw: pl.DataFrame, needed: Sequence[str], format_: Format, *, is_trim: bool = False) -> pl.DataFrame:
    """The columns that rules read, without blanks around (``is_trim``: there are none), and PLACE.

    Null are the format's texts that stand for nothing, and columns that the file does not have.
    """
    columns = []
    for name in needed:
        text = pl.col(name) if name in raw.columns else pl.lit(None, pl.String)
        bare = text.str.strip_chars() if format_.trim and not is_trim else text
        columns.append(pl.when(~bare.is_in(list(format_.nulls))).then(bare).alias(name))
    return raw.select(*columns, *PLACE.names())


def with_origins(
    text: pl.DataFrame, source: Source, compiled: Compiled, known: Known
) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """The text and what each rule reads of it; whether each row has a word that a lookup does not know, by column."""
    frame = text.with_columns(_read(name, rule, compiled).alias(ORIGIN + name) for name, rule in source.columns.items())
    unmapped: dict[str, pl.Series] = {}
    for name, rule in source.columns.items():
        if rule.lookup is None:
            continue
        words = _words(frame, name, rule)
        found = _found(words, name, rule, source, known)
        is_asked = words[0].is_not_null()
        for other in words[1:]:
            is_asked = is_asked | other.is_not_null()
        unmapped[name] = is_asked & found.is_null()
        frame = frame.with_columns(found.alias(ORIGIN + name))
    return frame, unmapped


def _read(name: str, rule: ColumnRule, compiled: Compiled) -> pl.Expr:
    if rule.expr is not None:
        return compiled.values[name].expr
    if isinstance(rule.from_, str):
        return pl.col(rule.from_)
    if rule.from_ is not None:
        joined = pl.concat_str([pl.col(one) for one in rule.from_], separator=" ", ignore_nulls=True)
        return pl.when(joined != "").then(joined)
    return pl.lit(str(rule.const).lower() if isinstance(rule.const, bool) else str(rule.const))


def _words(frame: pl.DataFrame, name: str, rule: ColumnRule) -> list[pl.Series]:
    """What is looked up: in the category tree each column by itself, so that the first that is known counts."""
    if rule.lookup == CATEGORIES and isinstance(rule.from_, tuple):
        return [frame[one] for one in rule.from_]
    return [frame[ORIGIN + name].cast(pl.String)]


def _found(words: list[pl.Series], name: str, rule: ColumnRule, source: Source, known: Known) -> pl.Series:
    place = str(source.place_of("columns", name, "lookup"))
    if rule.lookup != CATEGORIES:
        return referred(words[0], lookup=rule.lookup or "", key=rule.key, references=known.references, place=place)
    if known.meaning is None:
        raise PolicyError(f"{CATEGORIES} is not there", where=place)
    return leaves(words, known.meaning)
