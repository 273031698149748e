"""Who the customer is on the day: age, tenure, language and how he can be reached."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date

import polars as pl

from persona.tables import Column, Frame
from persona.tables.profile import attributes as contract_of

__all__ = ["attributes", "spoken"]

_OLDEST_YEARS = 130
"""A birthday further back is a default of the source (1900-01-01), not a birthday."""


def attributes(
    people: Frame,
    *,
    as_of: date,
    languages: Sequence[str],
    country: str,
    extra: Iterable[Column] = (),
    objectors: Collection[int] = (),
) -> Frame:
    """What rules may know of each customer himself.

    Grain: one row a customer of ``people``, sorted by ``customer_no``.
    Makes: the columns of ``tables.profile.attributes``. ``country`` is the workspace's where none is known; ``zone``
    stays null where none is known, because a country can have several. ``language`` is the workspace's word that is
    nearest to the customer's (``de`` for ``de-AT``), else the first. A day of birth or joining after ``as_of`` is null.
    ``objectors`` are the numbers of those who have objected to profiling.
    """
    contract = contract_of(extra)
    made = {
        "age_years": _age_years(as_of),
        "tenure_days": _since(pl.col("since_on"), as_of),
        "country": pl.col("country").fill_null(country),
        "language": pl.coalesce(spoken(languages), pl.lit(languages[0])),
        "has_email": pl.col("email").is_not_null(),
        "has_phone": pl.col("phone").is_not_null(),
        "has_push": pl.col("push_token").is_not_null(),
        "has_address": pl.all_horizontal(pl.col("address", "postcode", "city").is_not_null()),
        "allows_profiling": ~pl.col("customer_no").is_in(pl.Series(sorted(objectors), dtype=pl.Int64).implode()),
    }
    columns = [made.get(c.name, pl.col(c.name)).cast(c.dtype).alias(c.name) for c in contract.columns]
    return people.sort("customer_no").select(columns)


def _since(day: pl.Expr, as_of: date) -> pl.Expr:
    days = (pl.lit(as_of) - day).dt.total_days()
    return pl.when(days >= 0).then(days)


def _age_years(as_of: date) -> pl.Expr:
    """Whole years; who was born on 29 February is a year older on 1 March of other years."""
    born = pl.col("born_on")
    birthday = born.dt.month().cast(pl.Int32) * 100 + born.dt.day()
    not_yet = birthday > as_of.month * 100 + as_of.day
    years = as_of.year - born.dt.year() - not_yet.cast(pl.Int32)
    return pl.when(years.is_between(0, _OLDEST_YEARS)).then(years)


def spoken(languages: Sequence[str]) -> pl.Expr:
    """The nearest of some languages to each customer's; null where none of them is his, or his is not known."""
    said = pl.col("language").str.to_lowercase().str.replace_all("_", "-", literal=True)
    exact = {word.lower(): word for word in reversed(languages)}
    near = {word.lower().partition("-")[0]: word for word in reversed(languages)}
    found = said.replace_strict(exact, default=None, return_dtype=pl.String)
    base = said.str.split("-").list.first().replace_strict(near, default=None, return_dtype=pl.String)
    return pl.coalesce(found, base)
