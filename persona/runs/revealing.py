"""Names and addresses in clear, for the messages of a night: those that the golden record believes."""

from __future__ import annotations

import polars as pl

from persona.runs.nightly import people_of
from persona.runs.plan import Night, batches

__all__ = ["revealed"]


def revealed(night: Night, told: pl.DataFrame) -> pl.DataFrame:
    """What is known of the customers of some decisions, in clear.

    Where records are linked, the vault holds what each of them says; the value whose token survives in the golden
    record is the customer's, so that a message goes where the rules of survivorship say.

    Grain: one row a customer of ``told`` (customer_no, customer_id), by customer_id. Null: nobody knows it.
    """
    vault = night.store.vault
    systems = list(dict.fromkeys(source.system_name for source in night.policy.sources))
    asked = told.select("customer_no", "customer_id").unique().sort("customer_id")
    if night.policy.identity is None:
        return vault.reveal(asked["customer_id"], systems=systems)
    records = night.store.crosswalk().join(asked, on="customer_no", how="semi").select("customer_id", "customer_no")
    # Each system speaks first once: so every value that any of them knows is among them.
    each = [vault.reveal(records["customer_id"], systems=[system, *systems]) for system in systems]
    said = pl.concat(each, how="diagonal").unique().join(records, on="customer_id")
    golden = _golden(night, asked)
    people = asked
    for name in (column for column in said.columns if column in golden.columns and column not in records.columns):
        values = said.select("customer_no", name).drop_nulls().unique()
        tokens = values.with_columns(token=vault.tokens(name, values[name]))
        both = tokens.join(golden.select("customer_no", believed=name), on="customer_no")
        # A town is no identifier: it stands in the golden record itself.
        kept = both.filter((pl.col("believed") == pl.col("token")) | (pl.col("believed") == pl.col(name)))
        people = people.join(kept.select("customer_no", name), on="customer_no", how="left", maintain_order="left")
    return people.drop("customer_no")


def _golden(night: Night, asked: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(
        [people_of(night, buckets).join(asked, on="customer_no", how="semi") for buckets in batches(night)]
    )
