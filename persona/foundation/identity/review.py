"""The grey zone: pairs that people must look at, shown without showing who they are."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from persona.errors import ExtractError
from persona.policy.identity import Comparable

__all__ = ["DECISIONS", "decided", "masked", "reviewable"]

DECISIONS = ("same", "different")
"""What a reviewer writes into the column ``decision``; an empty cell leaves the pair for the next time."""

_SHOWN = 2
"""Letters of a value that stay when it is masked."""


def reviewable(links: pl.DataFrame, members: pl.DataFrame, *, accept: float) -> pl.DataFrame:
    """The pairs to be asked about: weighed below what is accepted, or refused for the size of the person.

    Grain: one row a pair of records that are not one person, the most probable first; of several between the same two
    persons only the first. Pairs that a decision has cut are not asked again.
    """
    of = members.select("record_no", "first")
    ends = links.join(of.rename({"record_no": "a", "first": "person_a"}), on="a", how="left", maintain_order="left")
    both = ends.join(of.rename({"record_no": "b", "first": "person_b"}), on="b", how="left", maintain_order="left")
    is_grey = pl.col("outcome").is_in(["too many", "contradiction"]) | (pl.col("probability") < accept)
    apart = both.filter(pl.col("person_a") != pl.col("person_b"), pl.col("outcome") != "cut", is_grey)
    low, high = pl.min_horizontal("person_a", "person_b"), pl.max_horizontal("person_a", "person_b")
    ordered = apart.with_columns(low=low, high=high).sort(
        "probability", "weight", "a", "b", descending=[True, True, False, False], nulls_last=True
    )
    return ordered.unique(["low", "high"], keep="first", maintain_order=True).drop(
        "low", "high", "person_a", "person_b"
    )


def masked(records: pl.DataFrame, fields: Mapping[str, Comparable]) -> pl.DataFrame:
    """The records with all but the first letters of each word, or the last of a number, as dots."""
    shown = {name: _masked(name, field.kind) for name, field in fields.items() if name in records.columns}
    return records.select("record_no", **shown)


def _masked(name: str, kind: str) -> pl.Expr:
    text = pl.col(name).cast(pl.String)
    if kind == "date":
        return text.str.slice(0, 4) + "-••-••"
    if kind in {"phone", "document"}:
        return "•••" + text.str.tail(_SHOWN)
    if kind == "email":
        return text.str.slice(0, 1) + "•••@" + text.str.extract("@(.)", 1) + "•••"
    if kind == "number":
        return pl.when(text.is_not_null()).then(pl.lit("•"))
    return text.str.replace_all(rf"(\w{{1,{_SHOWN}}})\w*", "${1}•")


def decided(rows: pl.DataFrame, *, file: str) -> pl.DataFrame:
    """The decisions of a review file: customer_a, customer_b (in their order), decision.

    Raises: ExtractError for a missing column, a word that is no decision, or two decisions on one pair.
    """
    wanted = ("customer_a", "customer_b", "decision")
    missing = [name for name in wanted if name not in rows.columns]
    if missing:
        hint = "Give back the file that `persona identify` wrote, with the column `decision` filled in."
        raise ExtractError(f"has no column {', '.join(missing)}", where=file, hint=hint)
    numbered = rows.select(*wanted).with_row_index("line", offset=2)
    said = numbered.with_columns(pl.col("decision").str.strip_chars().str.to_lowercase()).filter(
        pl.col("decision").is_not_null() & (pl.col("decision") != "")
    )
    strange = said.filter(
        ~pl.col("decision").is_in(DECISIONS) | pl.any_horizontal(pl.col("customer_a", "customer_b").is_null())
    )
    if strange.height:
        count = f"{strange.height:,} of {rows.height:,} rows"
        what = f"column decision holds another word, or a customer is missing, in {count}"
        hint = f"Write {' or '.join(DECISIONS)}, or leave the cell empty. First at line {strange['line'][0]:,}."
        raise ExtractError(what, where=file, hint=hint)
    low, high = pl.min_horizontal("customer_a", "customer_b"), pl.max_horizontal("customer_a", "customer_b")
    pairs = said.select(customer_a=low, customer_b=high, decision="decision").unique()
    if pairs.select("customer_a", "customer_b").is_duplicated().any():
        twice = int(pairs.select("customer_a", "customer_b").is_duplicated().sum())
        raise ExtractError(f"{twice:,} rows decide on one pair in two ways", where=file, hint="Leave one of them.")
    return pairs.sort("customer_a", "customer_b")
