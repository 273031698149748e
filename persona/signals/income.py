"""Income: the salary, pension or benefit that comes regularly."""

from __future__ import annotations

import polars as pl

from persona.signals.recurring import monthly_minor
from persona.tables import Frame

__all__ = ["income"]

_NAMED_KINDS = ("salary", "pension", "benefit")
_SHORTEST_DAYS, _LONGEST_DAYS = 14, 30


def income(streams: Frame) -> Frame:
    """The running regular incomes of each customer.

    An income is a stream whose kind says so. A stream of another kind is one only where the customer has none that says
    so: it comes every fortnight or month, names who pays, is never cash, and is not the other side of a payment of the
    customer's own (the same amount at the same beat goes out).

    Grain: one row a customer with an income, sorted.
    Makes: ``has_salary`` (one of kind salary, or of a kind that says nothing), ``income_monthly_minor`` (all of them),
    ``income_rise_minor`` (greatest rise of one; null: none).
    """
    pair = ["customer_no", "amount_minor", "period_days"]
    own = streams.filter(~pl.col("is_income")).select(pair).unique().with_columns(is_own=pl.lit(True))
    running = streams.filter(pl.col("is_income") & pl.col("is_running")).join(own, on=pair, how="left")
    says_so = pl.col("kind").is_in(_NAMED_KINDS).fill_null(False)
    names_payer = pl.col("counterparty").is_not_null() | pl.col("merchant").is_not_null()
    is_often = pl.col("period_days").is_between(_SHORTEST_DAYS, _LONGEST_DAYS)
    may_be = names_payer & is_often & pl.col("is_own").is_null()
    judged = running.with_columns(says_so=says_so, named=says_so.any().over("customer_no"))
    incomes = judged.filter(pl.col("says_so") | (~pl.col("named") & may_be))
    is_salary = (pl.col("kind") == "salary") | ~pl.col("says_so")
    of_customer = incomes.group_by("customer_no").agg(
        has_salary=is_salary.any(),
        income_monthly_minor=monthly_minor().sum(),
        income_rise_minor=pl.col("risen_minor").max(),
    )
    return of_customer.sort("customer_no")
