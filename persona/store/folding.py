"""Sources that deliver changes: of each key the newest change counts, and what was deleted is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

__all__ = ["DELETE", "OP", "folded"]

OP = "_op"
DELETE = "delete"


def folded(
    rows: pl.LazyFrame, *, everything: pl.LazyFrame, key: Sequence[str], sources: Mapping[int, str]
) -> pl.LazyFrame:
    """The rows with only the newest change of each key and source, and without ``_op``.

    The newest is sought in all buckets: where a row went over to another customer, the old one must not stay behind
    in a bucket that does not see the new one.

    Reads: ``rows``, of some buckets, and ``everything``, of all: the key, delivery_no, known_on, ``_op``.
    ``sources`` names the source of each delivery of changes; rows of all other deliveries stay as they are.
    """
    numbers = pl.Series("delivery_no", list(sources), dtype=pl.Int64)
    named = pl.LazyFrame(
        {"delivery_no": numbers, "_source": list(sources.values())}, schema_overrides={"_source": pl.String}
    )
    place = ["_source", *key]
    newest = (
        everything.filter(pl.col("delivery_no").is_in(numbers.implode()))
        .join(named, on="delivery_no")
        .select(*place, "known_on", "delivery_no", OP)
        .sort(*place, "known_on", "delivery_no", maintain_order=True)
        .unique(place, keep="last", maintain_order=True)
        .filter(pl.col(OP).ne_missing(DELETE))
        .select(*key, "delivery_no")
    )
    others = rows.filter(~pl.col("delivery_no").is_in(numbers.implode()))
    changes = rows.join(newest, on=[*key, "delivery_no"], how="semi", nulls_equal=True)
    return pl.concat([others, changes]).drop(OP)
