"""The golden record: what all source systems together say of a customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from persona.foundation.identity.golden import believed
from persona.foundation.snapshots import newest_known
from persona.policy.identity import Survivor
from persona.tables import Frame

__all__ = ["people"]

_OF_THE_ROW = ("source_system", "delivery_no", "known_on")
_ANY_SAYS_SO = ("is_vulnerable", "is_staff")
"""Care and conflicts of interest: one system that says yes outweighs any that says no."""


def people(
    customers: Frame, *, as_of: date, systems: Sequence[str], survivorship: Mapping[str, Survivor] | None = None
) -> Frame:
    """The golden record of each customer: of each system its newest row, then the first system that knows the value.

    Grain: one row a customer, sorted by ``customer_no``; rows that are not linked to a customer are left out.
    Reads: the rows of ``customers`` of all deliveries. ``systems`` is the order in which they are believed; systems
    that it does not name come after it by name. ``survivorship`` says of some columns whose word counts instead.
    Makes: the columns of the canonical table without those of a single row; null where no system knows.
    """
    linked = customers.filter(pl.col("customer_no").is_not_null())
    said = newest_known(linked, as_of=as_of, key=["customer_no", "source_system", "customer_id"])
    belief = pl.col("source_system").replace_strict({s: i for i, s in enumerate(systems)}, default=len(systems))
    ranked = said.sort("customer_no", belief, "source_system", "customer_id")
    names = [n for n in customers.collect_schema().names() if n not in (*_OF_THE_ROW, "customer_no")]
    rules = survivorship or {}
    values = [believed(n, rules[n], systems=systems).alias(n) if n in rules else _believed(n) for n in names]
    golden = ranked.group_by("customer_no", maintain_order=True).agg(values)
    return golden.sort("customer_no")


def _believed(name: str) -> pl.Expr:
    said = pl.col(name).drop_nulls()
    return said.max() if name in _ANY_SAYS_SO else said.first()
