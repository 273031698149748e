"""Whose account it was on a day: rows that name only an account are the owner's."""

from __future__ import annotations

from datetime import date

import polars as pl

from persona.store.crosswalk import NOT_LINKED
from persona.tables import Contract

__all__ = ["OWNER", "SCHEMA", "changed", "links", "owned", "owners"]

OWNER = "OWNER"

SCHEMA = pl.Schema({"account_id": pl.String, "from_on": pl.Date, "until_on": pl.Date, "customer_no": pl.Int64})

_ALWAYS = date(1, 1, 1)


def links(contract: Contract) -> bool:
    """Whether a row of the table may name its customer by the account alone."""
    return "account_id" in contract and "customer_id" in contract and not contract["customer_id"].is_required


def owners(holders: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Who owned each account when, in spans that do not overlap.

    Where two own it on one day, it is the one who came last, and of two who came together the one with the lower
    number. An account that nobody is said to own belongs to the customer that the accounts extract names.

    Grain: one row an account and span ``[from_on, until_on)``.
    Reads: ``holders`` account_id, customer_no, role, from_on, until_on; ``accounts`` account_id, customer_no.
    Null: ``until_on`` where the span has no end.
    """
    said = holders.filter(pl.col("role") == OWNER, pl.col("customer_no").is_not_null(), _is_a_span())
    spans = said.select("account_id", pl.col("from_on").fill_null(_ALWAYS), "until_on", "customer_no")
    named = (
        accounts.filter(pl.col("customer_id").is_not_null(), pl.col("customer_no").is_not_null())
        .join(said.select("account_id"), on="account_id", how="anti")
        .group_by("account_id")
        .agg(pl.col("customer_no").min())
        .select(
            "account_id", pl.lit(_ALWAYS).alias("from_on"), pl.lit(None, dtype=pl.Date).alias("until_on"), "customer_no"
        )
    )
    single = spans.filter(pl.len().over("account_id") == 1)
    shared = spans.filter(pl.len().over("account_id") > 1)
    return pl.concat([single, named, _untangled(shared)]).sort(SCHEMA.names(), nulls_last=True)


def owned(rows: pl.DataFrame, *, owners: pl.DataFrame, crosswalk: pl.DataFrame, day: pl.Expr) -> pl.DataFrame:
    """The rows, in their order, with the number and bucket of the account's owner where no customer is named.

    Null: ``customer_no`` where nobody is known to have owned the account on the day; the bucket is -1 then.
    """
    asked = rows.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("_row"),
        "account_id",
        day.cast(pl.Date).alias("_day"),
        "customer_id",
    ).filter(pl.col("customer_id").is_null(), pl.col("account_id").is_not_null())
    homes = crosswalk.select("customer_no", "bucket").unique("customer_no")
    found = _on_day(asked, owners).join(homes, on="customer_no", how="left")
    linked = rows.drop("customer_no", "bucket").with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("_row"))
    own = rows.select(pl.int_range(pl.len(), dtype=pl.Int64).alias("_row"), "customer_no", "bucket", "customer_id")
    both = own.join(found, on="_row", how="left", suffix="_owner", maintain_order="left")
    is_named = pl.col("customer_id").is_not_null()
    numbers = both.select(
        pl.when(is_named).then("customer_no").otherwise("customer_no_owner").alias("customer_no"),
        pl.when(is_named).then("bucket").otherwise("bucket_owner").fill_null(NOT_LINKED).alias("bucket"),
    )
    return pl.concat([linked.drop("_row"), numbers], how="horizontal").select(rows.columns)


def changed(before: pl.DataFrame, after: pl.DataFrame) -> pl.Series:
    """The accounts whose owners are not what they were, in their order."""
    keys = SCHEMA.names()
    gone = before.join(after, on=keys, how="anti", nulls_equal=True)
    come = after.join(before, on=keys, how="anti", nulls_equal=True)
    return pl.concat([gone["account_id"], come["account_id"]]).unique().sort()


def _on_day(asked: pl.DataFrame, owners: pl.DataFrame) -> pl.DataFrame:
    spans = owners.sort("from_on").rename({"until_on": "_until"})
    found = asked.sort("_day").join_asof(
        spans, left_on="_day", right_on="from_on", by="account_id", strategy="backward", check_sortedness=False
    )
    still = pl.col("_until").is_null() | (pl.col("_day") < pl.col("_until"))
    return found.filter(pl.col("customer_no").is_not_null(), still).select("_row", "customer_no")


def _untangled(spans: pl.DataFrame) -> pl.DataFrame:
    """Spans of accounts that had several owners, cut where one comes or goes."""
    ends = spans.filter(pl.col("until_on").is_not_null()).select("account_id", pl.col("until_on").alias("_cut"))
    cuts = pl.concat([spans.select("account_id", pl.col("from_on").alias("_cut")), ends]).unique()
    is_open = pl.col("until_on").is_null() | (pl.col("_cut") < pl.col("until_on"))
    pieces = cuts.sort("account_id", "_cut").with_columns(pl.col("_cut").shift(-1).over("account_id").alias("_next"))
    return (
        pieces.join(spans, on="account_id")
        .filter(pl.col("from_on") <= pl.col("_cut"), is_open)
        .sort("account_id", "_cut", pl.col("from_on"), "customer_no", descending=[False, False, True, False])
        .unique(["account_id", "_cut"], keep="first", maintain_order=True)
        .select("account_id", pl.col("_cut").alias("from_on"), pl.col("_next").alias("until_on"), "customer_no")
    )


def _is_a_span() -> pl.Expr:
    return pl.col("until_on").is_null() | pl.col("from_on").is_null() | (pl.col("from_on") < pl.col("until_on"))
