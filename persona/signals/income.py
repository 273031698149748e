"""Income: the salary, pension or benefit that comes regularly, told from what a customer moves between own accounts."""

from __future__ import annotations

import polars as pl

from persona.signals.recurring import monthly_minor
from persona.tables import Frame

__all__ = ["income", "incomes", "own_transfers"]

_NAMED_KINDS = ("salary", "pension", "benefit")
_SHORTEST_DAYS, _LONGEST_DAYS = 14, 30
_PAIR = ("customer_no", "amount_minor", "period_days")
_APART_DAYS = 5
"""Between both sides of a transfer: a weekend and a bank holiday."""


def income(streams: Frame) -> Frame:
    """What each customer earns.

    Grain: one row a customer with an income, sorted.
    Makes: ``has_salary`` (one of kind salary, or of a kind that says nothing), ``income_monthly_minor`` (all of them),
    ``income_rise_minor`` (greatest rise of one; null: none).
    """
    is_salary = (pl.col("kind") == "salary") | ~_says_so()
    of_customer = (
        incomes(streams)
        .group_by("customer_no")
        .agg(
            has_salary=is_salary.any(),
            income_monthly_minor=monthly_minor().sum(),
            income_rise_minor=pl.col("risen_minor").max(),
        )
    )
    return of_customer.sort("customer_no")


def incomes(streams: Frame) -> Frame:
    """The running regular incomes of each customer.

    An income is a stream whose kind says so. A stream of another kind is one only where the customer has none that says
    so: it comes every fortnight or month, names who pays, is never cash, and is not the other side of a payment of the
    customer's own (the same amount at the same beat goes out).

    Grain: one row a stream, a part of ``streams``; keeps its columns.
    """
    own = streams.filter(~pl.col("is_income")).select(_PAIR).unique().with_columns(is_own=pl.lit(True))
    running = streams.filter(pl.col("is_income") & pl.col("is_running")).join(own, on=_PAIR, how="left")
    names_payer = pl.col("counterparty").is_not_null() | pl.col("merchant").is_not_null()
    is_often = pl.col("period_days").is_between(_SHORTEST_DAYS, _LONGEST_DAYS)
    may_be = names_payer & is_often & pl.col("is_own").is_null()
    judged = running.with_columns(says_so=_says_so(), named=_says_so().any().over("customer_no"))
    chosen = judged.filter(pl.col("says_so") | (~pl.col("named") & may_be))
    return chosen.drop("is_own", "says_so", "named")


def own_transfers(streams: Frame) -> Frame:
    """The running streams that only go from one account of the customer to another: both sides of each.

    The same amount goes out and comes in at the same beat, at most five days apart, and neither is a purchase, a
    salary, a pension or a benefit.

    Grain: one row a stream, a part of ``streams``; keeps its columns. Reads: what ``streams`` makes. Not to be trusted
    of two people who pay each other the same; one side alone, as to an account elsewhere, is not told.
    """
    free = streams.filter(pl.col("is_running") & ~pl.col("is_spending") & ~_says_so())
    other = free.select(*_PAIR, is_income=~pl.col("is_income"), other_on=pl.col("last_on")).unique()
    both = free.join(other, on=[*_PAIR, "is_income"], how="left")
    apart = (pl.col("last_on") - pl.col("other_on")).dt.total_days().abs()
    is_pair = (apart <= _APART_DAYS).fill_null(value=False)
    return both.filter(is_pair).drop("other_on").unique()


def _says_so() -> pl.Expr:
    return pl.col("kind").is_in(_NAMED_KINDS).fill_null(value=False)
