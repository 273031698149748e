"""What a raw word means in a table of the bank: its category tree, or a reference that was loaded before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from persona.errors import ContractError, PolicyError
from persona.policy.rules import Categories, mcc_codes
from persona.tables import REFERENCE_PREFIX

__all__ = ["CATEGORIES", "leaves", "meaning", "referred"]

CATEGORIES = "rules/categories.yaml"

_CODE_DIGITS = 4


def leaves(words: Sequence[pl.Series], meant: pl.Expr) -> pl.Series:
    """The category of each row by the ``meaning`` of a tree: that of the first of the columns whose word maps to one.

    A word is looked up as one of the source's codes, then as a merchant category code, then as a merchant's name; of
    several texts that a name contains the longest counts, of equal ones the first in the order of letters.

    Null: no column's word maps to a category.
    """
    found = [_joined(column, _unique(column).with_columns(meant=meant)) for column in words]
    return pl.select(pl.coalesce(pl.lit(column) for column in found)).to_series()


def meaning(categories: Categories) -> pl.Expr:
    """The leaf of the category tree that ``word`` maps to; null where it maps to none."""
    return pl.coalesce(*_by_code(categories), *_by_merchant(categories), pl.lit(None, pl.String))


def referred(
    words: pl.Series, *, lookup: str, key: str | None, references: Mapping[str, pl.DataFrame], place: str
) -> pl.Series:
    """The column of a reference for each row's word; null where the reference does not have it.

    Raises: PolicyError for a lookup that names no reference; ContractError where a key of the reference repeats.
    """
    name, _, column = lookup.removeprefix(REFERENCE_PREFIX).partition(".")
    table = references.get(name)
    if table is None:
        raise PolicyError.unknown("reference", name, list(references), where=place)
    for wanted in (column, key or ""):
        if wanted not in table.columns:
            raise PolicyError.unknown("column", wanted, table.columns, where=place)
    pairs = table.select(word=pl.col(key or "").cast(pl.String), meant=pl.col(column)).drop_nulls("word").unique()
    if pairs["word"].is_duplicated().any():
        raise ContractError(f"key {key} repeats with other values", where=f"references:{name}")
    return _joined(words, pairs)


def _unique(words: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"word": words.drop_nulls().unique().sort()})


def _joined(words: pl.Series, pairs: pl.DataFrame) -> pl.Series:
    return words.to_frame("word").join(pairs, on="word", how="left", maintain_order="left")["meant"]


def _by_code(categories: Categories) -> list[pl.Expr]:
    """Expressions over ``word``: the leaf of a code, the leaf of a merchant category code."""
    codes: dict[str, str] = {}
    ranges: dict[str, str] = {}
    for leaf, rule in categories.categories.items():
        codes |= dict.fromkeys(rule.codes, leaf)
        ranges |= {code: leaf for span in rule.mcc for code in mcc_codes(span)}
    word = pl.col("word")
    padded = pl.when(word.str.contains(r"^[0-9]{3,4}$")).then(word.str.zfill(_CODE_DIGITS))
    return [
        of.replace_strict(table, default=None, return_dtype=pl.String)
        for of, table in ((word, codes), (padded, ranges))
        if table
    ]


def _by_merchant(categories: Categories) -> list[pl.Expr]:
    patterns = [(text, leaf) for leaf, rule in categories.categories.items() for text in rule.merchants]
    patterns.sort(key=lambda one: (-len(one[0]), one))
    name = pl.col("word").str.to_lowercase()
    return [pl.when(name.str.contains(text.lower(), literal=True)).then(pl.lit(leaf)) for text, leaf in patterns]
