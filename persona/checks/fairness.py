"""Fairness of each campaign: who is chosen, group by group, against the group that is chosen most.

Sources: the four-fifths rule, 29 CFR 1607.4(D); the standardized mean difference as Cohen's d (1988); conditional
parity by the pooled ratio of Mantel and Haenszel (1959). A ratio speaks only of groups that are large enough, and
chance is told apart by a test of two shares: the normal one, or Fisher's exact test where counts are small.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import polars as pl

from persona.policy.fairness import Fairness

__all__ = ["MEASURES", "Measured", "by_chance", "fairness"]

LEVEL = 0.05
_DIGITS = 4
_OF_MOMENTS = ("count", "total", "squares")
_SPREAD = 2
"""A spread needs two."""
_APART = 99.0
"""What is told where all of one group have one number, and all of the other another."""
_FEW = 5
"""Below as many expected, chance is counted out exactly."""
SCALE = 100_000
"""Scores are added up as whole hundred-thousandths: the same sum in any order."""

MEASURES = ("impact_ratio", "conditional_ratio", "mean_difference", "price_difference")


@dataclass(frozen=True, slots=True)
class Measured:
    """One campaign, one group of one way to part customers."""

    offer: str
    watched: str
    group: str
    reference: str
    """The group that is chosen most; of groups of ``least`` customers and more."""
    customers: int
    """Of the group, who could be told of the offer: it holds, they agree, nothing suppresses it."""
    chosen: int
    """Of these, who get it, or would but for a control group."""
    impact_ratio: float | None
    """Share chosen over that of the reference; None where the group is too small or nobody is chosen."""
    p_value: float | None
    """Probability of such a difference by chance."""
    conditional_ratio: float | None
    """The same within the values of what may differ lawfully; None where nothing is named."""
    mean_difference: float | None
    """Score of the group less that of the reference, in standard deviations."""
    price_difference: float | None
    """Price that those chosen are told less that of the reference, in standard deviations; None where the offer has one
    price, or fewer than ``least`` of a group are told one."""
    breaches: tuple[str, ...]
    """The measures that are not kept."""


def fairness(book: pl.DataFrame, rules: Fairness, *, offer: str) -> tuple[Measured, ...]:
    """The measures of one campaign, sorted by watched and group.

    Grain of ``book``: one row a customer who could be told of the offer: ``chosen`` (yes/no), ``p`` (score, may be
    null), ``price`` (where on the offer's ladder, 0 the lowest and 1 the highest; null: told none, or there is one),
    ``given`` (text, may be null) and ``watched_<id>`` (text; null: in no group).
    """
    found: list[Measured] = []
    for one in rules.watched:
        column = f"watched_{one.id}"
        sums = _sums(book, column)
        large = sums.filter(pl.col("customers") >= rules.least)
        if large.height > 1:
            best = large.sort(["rate", column], descending=[True, False]).row(0, named=True)
            strata = _strata(book, column)
            rows = (row for row in sums.rows(named=True) if row[column] != best[column])
            found += [_measured(row, best, strata, rules, offer, one.id) for row in rows]
    return tuple(found)


def _sums(book: pl.DataFrame, column: str) -> pl.DataFrame:
    return (
        book.drop_nulls(column)
        .group_by(column)
        .agg(
            customers=pl.len().cast(pl.Int64),
            chosen=pl.col("chosen").sum().cast(pl.Int64),
            **_moments("p"),
            **_moments("price"),
        )
        .with_columns(rate=pl.col("chosen") / pl.col("customers"))
        .sort(column)
    )


def _moments(name: str) -> dict[str, pl.Expr]:
    """How many of a column are known, their sum and that of their squares, in whole hundred-thousandths."""
    whole = (pl.col(name) * SCALE).round(0).cast(pl.Int64)
    made = (whole.count().cast(pl.Int64), whole.sum(), (whole * whole).sum())
    return {f"{name}_{what}": one for what, one in zip(_OF_MOMENTS, made, strict=True)}


def _strata(book: pl.DataFrame, column: str) -> pl.DataFrame:
    counted = book.drop_nulls([column, "given"]).group_by("given", column)
    return counted.agg(customers=pl.len().cast(pl.Int64), chosen=pl.col("chosen").sum().cast(pl.Int64)).sort(
        "given", column
    )


def _measured(
    row: dict[str, object],
    best: dict[str, object],
    strata: pl.DataFrame,
    rules: Fairness,
    offer: str,
    watched: str,
) -> Measured:
    column = f"watched_{watched}"
    mine, theirs = _counts(row), _counts(best)
    ratio = chance = conditional = difference = prices = None
    if mine[0] >= rules.least and theirs[1]:
        ratio = round((mine[1] * theirs[0]) / (mine[0] * theirs[1]), _DIGITS)
        chance = round(by_chance(*mine, *theirs), _DIGITS)
        conditional = _conditional(strata, column, str(row[column]), str(best[column]))
        difference = _difference(row, best, "p", least=_SPREAD)
        prices = _difference(row, best, "price", least=max(rules.least, _SPREAD))
    is_sure = chance is not None and chance < LEVEL
    broken = {
        "impact_ratio": ratio is not None and ratio < rules.min_impact_ratio and is_sure,
        "conditional_ratio": conditional is not None and conditional < rules.min_impact_ratio and is_sure,
        "mean_difference": difference is not None and abs(difference) >= rules.max_mean_difference,
        "price_difference": prices is not None
        and abs(prices) >= rules.max_mean_difference
        and _differ_by_chance(prices, row, best) < LEVEL,
    }
    return Measured(
        offer,
        watched,
        str(row[column]),
        str(best[column]),
        *mine,
        ratio,
        chance,
        conditional,
        difference,
        prices,
        tuple(name for name in MEASURES if broken[name]),
    )


def _counts(row: dict[str, object]) -> tuple[int, int]:
    return int(str(row["customers"])), int(str(row["chosen"]))


def _conditional(strata: pl.DataFrame, column: str, group: str, reference: str) -> float | None:
    above = below = 0.0
    for _, part in strata.group_by("given", maintain_order=True):
        counts = {str(row[0]): row[1:] for row in part.select(column, "customers", "chosen").rows()}
        if group in counts and reference in counts:
            (n1, a), (n0, c) = counts[group], counts[reference]
            above += a * n0 / (n1 + n0)
            below += c * n1 / (n1 + n0)
    return round(above / below, _DIGITS) if below else None


def _difference(row: dict[str, object], best: dict[str, object], name: str, *, least: int) -> float | None:
    """Difference of two means over the spread within the groups; None where either has fewer than ``least``."""
    moments = [tuple(int(str(one[f"{name}_{what}"])) for what in _OF_MOMENTS) for one in (row, best)]
    if min(n for n, _, _ in moments) < least:
        return None
    means = [total / n for n, total, _ in moments]
    within = sum(squares - total * total / n for n, total, squares in moments)
    spread = math.sqrt(max(0.0, within) / (sum(n for n, _, _ in moments) - 2))
    if spread > 0:
        return round((means[0] - means[1]) / spread, _DIGITS)
    return 0.0 if means[0] == means[1] else math.copysign(_APART, means[0] - means[1])


def _differ_by_chance(difference: float, row: dict[str, object], best: dict[str, object]) -> float:
    """The probability that prices of two groups lie so far apart by chance: the two-sided normal test of means."""
    counts = [int(str(one["price_count"])) for one in (row, best)]
    return math.erfc(abs(difference) / math.sqrt(2 * sum(1 / n for n in counts)))


def by_chance(customers: int, chosen: int, others: int, others_chosen: int) -> float:
    """The probability that two shares differ as much as these by chance, both sides counted.

    >>> round(by_chance(100, 20, 100, 40), 4), round(by_chance(10, 0, 10, 4), 4)
    (0.002, 0.0867)
    """
    total, both = customers + others, chosen + others_chosen
    expected = [n * k / total for n in (customers, others) for k in (both, total - both)]
    if min(expected) >= _FEW:
        share = both / total
        spread = math.sqrt(share * (1 - share) * (1 / customers + 1 / others))
        distance = abs(chosen / customers - others_chosen / others) / spread
        return math.erfc(distance / math.sqrt(2))
    return _exactly(chosen, customers - chosen, others_chosen, others - others_chosen)


def _exactly(*table: int) -> float:
    """Fisher's exact test, two-sided, in whole numbers; the smallest margin of the table is drawn."""
    a, b, c, d = table
    turned = ((a, b, c, d), (c, d, a, b), (a, c, b, d), (b, d, a, c))
    here, not_here, there, not_there = min(turned, key=lambda one: one[0] + one[1])
    draws, wins, losses = here + not_here, here + there, not_here + not_there
    ways = {
        k: math.comb(wins, k) * math.comb(losses, draws - k)
        for k in range(max(0, draws - losses), min(draws, wins) + 1)
    }
    return sum(one for one in ways.values() if one <= ways[here]) / sum(ways.values())
