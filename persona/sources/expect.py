"""The audit's tests of a source, and what each that fails does: warn, reject its rows, or stop the source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from persona.errors import ExtractError, PolicyError
from persona.policy.conditions import Checked, checked
from persona.policy.source import Expectation, Source
from persona.sources.rejects import REJECTS, pointers
from persona.tables import Contract

__all__ = ["CHECKS", "Result", "expected", "running_balance", "understood"]


@dataclass(frozen=True, slots=True)
class Result:
    """What a test of the audit found."""

    id: str
    failed: int
    """Rows that fail; a condition that is unknown for a row does not fail it, as in a CHECK of SQL."""
    severity: Literal["warn", "reject", "stop"]


def expected(
    rows: pl.DataFrame, source: Source, contract: Contract, *, name: str
) -> tuple[pl.DataFrame, pl.DataFrame, tuple[Result, ...]]:
    """The rows that stay, pointers to those rejected, and what each test found.

    Raises: ExtractError when a test fails that stops; PolicyError when a test is wrong.
    """
    results: list[Result] = []
    is_rejected = pl.Series([False] * rows.height, dtype=pl.Boolean)
    reason = pl.Series([None] * rows.height, dtype=pl.String)
    for number, test in enumerate(source.expect):
        fails = _failing(rows, test, source, contract, number)
        results.append(Result(test.id, int(fails.sum()), test.severity))
        if test.severity == "reject":
            is_first = fails & ~is_rejected
            reason = pl.select(pl.when(is_first).then(pl.lit(_why(test))).otherwise(reason)).to_series()
            is_rejected = is_rejected | fails
    stopped = [result for result in results if result.severity == "stop" and result.failed]
    if stopped:
        told = ", ".join(f"{result.id} in {result.failed:,} of {rows.height:,} rows" for result in stopped)
        raise ExtractError(f"fails {told}", where=name, hint=f"Fix the extract, or the tests in {source.file}.")
    if not is_rejected.any():
        return rows, REJECTS.to_frame(), tuple(results)
    bad = rows.with_columns(reason.alias("_why")).filter(is_rejected)
    return rows.filter(~is_rejected), pointers(bad, reason=pl.col("_why")), tuple(results)


def _why(test: Expectation) -> str:
    return f"fails the test {test.id}"


def _failing(rows: pl.DataFrame, test: Expectation, source: Source, contract: Contract, number: int) -> pl.Series:
    condition = understood(test, source, contract, number)
    if condition is None:
        return CHECKS[test.check](rows, test.by or "", test.order)
    return rows.select(fails=(~condition.expr).fill_null(value=False))["fails"]


def understood(test: Expectation, source: Source, contract: Contract, number: int) -> Checked | None:
    """The condition of a source's test, compiled; None for a test that has a name.

    Raises: PolicyError where it is wrong.
    """
    if test.check not in CHECKS:
        place = source.place_of("expect", number, "check")
        return checked(test.check, columns=dict(contract.schema), place=place, kind_of_table=contract.name)
    where = str(source.place_of("expect", number))
    if test.by is None or not test.order:
        raise PolicyError(f"{test.check} needs by and order", where=where)
    for column in (test.by, *test.order):
        if column not in contract:
            raise PolicyError.unknown("column", column, contract.schema.names(), where=where)
    return None


def running_balance(rows: pl.DataFrame, by: str, order: Sequence[str]) -> pl.Series:
    """Rows whose balance their amounts do not explain: true for every row of an instant that does not add up.

    Each row leads from a balance before (its balance less its amount) to the one after. Rows that ``order`` does not
    tell apart may stand in any order among themselves: they add up when all but one of the balances before are balances
    after, and the one left over is what the instant before came to. A row without balance or amount is left out.

    >>> run = pl.DataFrame({"a": ["x"] * 3, "t": [1, 1, 2], "amount_minor": [5, 3, -8], "balance_minor": [8, 3, 1]})
    >>> running_balance(run, "a", ["t"]).to_list()
    [False, False, True]
    """
    step = [by, *order]
    ordered = rows.select(*step, "amount_minor", "balance_minor").with_row_index("_row").sort(step)
    is_tied = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift()) for name in step)
    if not ordered.select(is_tied.slice(1).any()).item():
        return _one_by_one(ordered, by)
    known = rows.select(*step, "amount_minor", "balance_minor").drop_nulls(["amount_minor", "balance_minor"])
    before = known.select(*step, at=pl.col("balance_minor") - pl.col("amount_minor"), net=pl.lit(1))
    after = known.select(*step, at=pl.col("balance_minor"), net=pl.lit(-1))
    ends = pl.concat([before, after]).group_by([*step, "at"]).agg(pl.col("net").sum()).filter(pl.col("net") != 0)
    opens, closes = pl.col("at").filter(pl.col("net") == 1), pl.col("at").filter(pl.col("net") == -1)
    tied = ends.group_by(step).agg(opened=opens.first(), closed=closes.first(), loose=pl.col("net").abs().sum())
    balance = pl.col("balance_minor")
    instants = known.group_by(step).agg(only=pl.when(balance.n_unique() == 1).then(balance.first()))
    chains = instants.join(tied, on=step, how="left", nulls_equal=True).sort(step)
    # Where nothing is left over, the instant ends where it began: at its one balance, if it has only one.
    chains = chains.with_columns(pl.coalesce("opened", "only"), closed=pl.coalesce("closed", "only"))
    came_to = pl.col("closed").forward_fill().shift().over(by)
    is_broken = (pl.col("loose").fill_null(0) > 2) | (pl.col("opened") != came_to).fill_null(value=False)  # noqa: PLR2004
    broken = chains.with_columns(is_broken=is_broken)
    told = rows.select(step).join(broken, on=step, how="left", nulls_equal=True, maintain_order="left")
    return told["is_broken"].fill_null(value=False)


def _one_by_one(ordered: pl.DataFrame, by: str) -> pl.Series:
    """The same where ``order`` tells all rows apart: each leads on from the row before it."""
    amount, balance = pl.col("amount_minor"), pl.col("balance_minor")
    known = ordered.drop_nulls(["amount_minor", "balance_minor"])
    goes_on = pl.col(by).eq_missing(pl.col(by).shift()) & (pl.int_range(pl.len()) > 0)
    broken = known.filter(goes_on & (balance - amount != balance.shift()))["_row"]
    is_broken = np.zeros(ordered.height, dtype=np.bool_)
    is_broken[broken.to_numpy()] = True
    return pl.Series("is_broken", is_broken)


CHECKS: dict[str, Callable[[pl.DataFrame, str, Sequence[str]], pl.Series]] = {"running_balance": running_balance}
"""Tests that have a name: what they are given are the rows, ``by`` and ``order``."""
