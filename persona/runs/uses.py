"""What the data is ready for: what each use needs, and how far the tables are from it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from persona.runs.uncounted import LEAST_SHARE

__all__ = ["USES", "Use", "rated"]


@dataclass(frozen=True, slots=True)
class Use:
    """One use of the data and what it takes."""

    name: str
    table: str
    months: int = 0
    """Months in which something happened."""
    fills: tuple[tuple[str, float], ...] = ()
    """Columns, and the share of rows that must have a value."""
    why: str = ""
    of_spending: bool = False
    """Whether it rests on bookings that are spending in the workspace's currency."""


_BY_CATEGORY = (("category", 0.8),)

USES: tuple[Use, ...] = (
    Use("contact by e-mail", "customers", fills=(("email", 0.5),), why="who cannot be reached is not helped"),
    Use("contact by SMS", "customers", fills=(("phone", 0.5),), why="who cannot be reached is not helped"),
    Use("consent", "consents", months=1, why="unknown is no: without a log nobody may be contacted"),
    Use("age rules", "customers", fills=(("born_on", 0.95),), why="an age that is not known blocks the offer"),
    Use("spending", "transactions", 3, _BY_CATEGORY, "30 and 90 days by category", of_spending=True),
    Use("recurring payments", "transactions", months=4, why="three beats and the missed one"),
    Use("affinity", "transactions", 4, _BY_CATEGORY, "learnt from two closed months", of_spending=True),
    Use("next purchase", "transactions", months=6, why="the cadence of slow buyers", of_spending=True),
    Use("churn", "transactions", months=12, why="a year's season is no farewell", of_spending=True),
    Use("lifetime value", "transactions", months=12, why="fitted on a year, foresees a year", of_spending=True),
    Use("engagement", "events", months=3, why="90 days of the app and the web"),
    Use("propensity by outcomes", "outcomes", months=3, why="contacts and what came of them"),
)
"""In the order in which a bank comes to them."""


def rated(tables: pl.DataFrame, columns: pl.DataFrame, purchases: pl.DataFrame) -> pl.DataFrame:
    """One row a use: how ready the data is for it.

    Reads: the audit's ``tables`` (table, rows, history_months), ``columns`` (table, column, filled_share) and
    ``purchases`` (rows, counted).
    Makes: ``use``, ``rating`` (ready, partly, no), ``says`` (what there is of what is needed), ``why``.
    """
    rows = {row["table"]: row for row in tables.iter_rows(named=True)}
    fills = {(t, c): share for t, c, share in columns.select("table", "column", "filled_share").iter_rows()}
    schema = dict.fromkeys(("use", "rating", "says", "why"), pl.String)
    unspent = _unspent(int(purchases["rows"].sum()), int(purchases["counted"].sum()))
    told = [
        (use.name, *(("no", unspent) if unspent and use.of_spending else _rating(use, rows, fills)), use.why)
        for use in USES
    ]
    return pl.DataFrame(told, schema=schema, orient="row")


def _unspent(purchases: int, counted: int) -> str:
    """What speaks against all that rests on spending; empty where enough of the purchases are spending."""
    if counted >= max(LEAST_SHARE * purchases, 1):
        return ""
    return f"{counted:,} of {purchases:,} purchases are spending in the workspace's currency"


def _rating(
    use: Use, tables: dict[str, dict[str, object]], fills: dict[tuple[str, str], float | None]
) -> tuple[str, str]:
    table = tables.get(use.table)
    if table is None or not table["rows"]:
        return "no", f"no {use.table}"
    says, shares = [], []
    months = int(str(table["history_months"] or 0))
    if use.months:
        shares.append(min(1.0, months / use.months))
        says.append(
            f"{months} of {use.months} months" if months < use.months else f"{months} month{'s' * (months > 1)}"
        )
    for column, needed in use.fills:
        share = fills.get((use.table, column)) or 0.0
        shares.append(min(1.0, share / needed))
        says.append(
            f"{column} known of {100 * share:.0f} %{f', {100 * needed:.0f} % needed' if share < needed else ''}"
        )
    rating = "ready" if min(shares) >= 1 else "no" if min(shares) <= 0 else "partly"
    return rating, "; ".join(says)
