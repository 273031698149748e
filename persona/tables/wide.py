"""The wide table: parts side by side for every customer, with what nothing means filled in from the contract."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from persona.tables.contract import Column, Contract, Frame

__all__ = ["wide", "withheld"]


def wide(customers: Frame, *parts: Frame, contract: Contract) -> Frame:
    """The parts beside each other for every customer, in the contract's columns and order.

    Grain: one row a customer of ``customers``, sorted by ``customer_no``.
    Makes: where a part has no row for a customer, a column that knows no null is 0 or false, any other is null.

    >>> who = pl.DataFrame({"customer_no": [1, 2]})
    >>> what = pl.DataFrame({"customer_no": [2], "logins_30d": [4]})
    >>> key, logins = Column("customer_no", pl.Int64, "", ""), Column("logins_30d", pl.Int64, "", "")
    >>> wide(who, what, contract=Contract("signals", "a customer", ("customer_no",), (key, logins))).rows()
    [(1, 0), (2, 4)]
    """
    joined = customers.select("customer_no").unique().sort("customer_no")
    for part in parts:
        joined = joined.join(part, on="customer_no", how="left", maintain_order="left")
    return joined.select(_filled(column) for column in contract.columns)


def withheld(frame: Frame, customers: pl.Series, *, columns: Sequence[str] = ()) -> Frame:
    """The frame with null for some customers in some columns, or in every column but ``customer_no``.

    >>> made = pl.DataFrame({"customer_no": [1, 2], "affinity_fuel": [0.2, 0.3]})
    >>> withheld(made, pl.Series([2])).rows()
    [(1, 0.2), (2, None)]
    """
    if customers.is_empty():
        return frame
    stays = ~pl.col("customer_no").is_in(customers.implode())
    told = pl.col(columns) if columns else pl.all().exclude("customer_no")
    return frame.with_columns(pl.when(stays).then(told))


def _filled(column: Column) -> pl.Expr:
    value = pl.col(column.name).cast(column.dtype)
    if not column.is_required or column.name == "customer_no":
        return value
    if column.dtype == pl.Boolean:
        return value.fill_null(False)
    return value.fill_null(0) if column.dtype.is_numeric() else value
