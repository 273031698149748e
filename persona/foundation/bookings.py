"""Bookings as the signals read them: local days, spending told apart from all other money."""

from __future__ import annotations

import polars as pl

from persona.clock import AsOf
from persona.policy.rules import Categories
from persona.tables import Frame

__all__ = ["booked", "bookings", "foreign_rows", "purchase_rows"]

_TRADE = ("purchase", "refund")
_OF_DAY = ("customer_no", "account_id", "booked_on", "hour", "weekday", "amount_minor", "spent_minor")
_AS_BOOKED = ("category", "merchant", "kind", "channel", "country", "counterparty", "txn_id")
_OF_EACH = (
    *("bucket", "customer_no", "is_on_account", "booked_on", "hour", "amount_minor", "spent_minor"),
    *("category", "merchant", "kind", "channel", "counterparty"),
)
_DAY_US = 24 * 60 * 60 * 1_000_000


def bookings(transactions: Frame, *, as_of: AsOf, categories: Categories | None, currency: str) -> Frame:
    """The bookings of customers before the day of ``as_of`` in the workspace's currency.

    Grain: one row a booking that is linked to a customer, in the order of the rows read.
    Makes: ``booked_on`` (local date), ``hour`` (0..23, local; null where the source has a date and no time of day),
    ``weekday`` (1 is Monday), ``spent_minor`` (> 0 a purchase, < 0 a refund, 0 no spending), and the canonical columns.
    A booking is spending when its category is spending or, where it has none, when it is a purchase or refund by its
    kind or, without a kind, names a merchant or merchant category code. Money that comes in without being a purchase,
    a refund or a reversal is never spending, whatever its category.
    """
    known = transactions.filter(pl.col("booked_at") < AsOf.at_start_of(as_of.day, as_of.zone).naive_utc)
    return _made(known, zone=as_of.zone, categories=categories, currency=currency).select(*_OF_DAY, *_AS_BOOKED)


def booked(transactions: Frame, *, zone: str, categories: Categories | None, currency: str) -> Frame:
    """The bookings of all days, as ``bookings`` has them, with ``bucket`` and ``is_on_account``, without their ids."""
    made = _made(transactions, zone=zone, categories=categories, currency=currency)
    return made.with_columns(is_on_account=pl.col("account_id").is_not_null()).select(_OF_EACH)


def _made(transactions: Frame, *, zone: str, categories: Categories | None, currency: str) -> Frame:
    at = pl.col("booked_at")
    local = at.dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.replace_time_zone(None)
    has_time = (at.cast(pl.Int64) % _DAY_US != 0) & (local.cast(pl.Int64) % _DAY_US != 0)
    is_here = pl.col("customer_no").is_not_null() & (pl.col("currency") == currency)
    return transactions.filter(is_here).with_columns(
        booked_on=local.dt.date(),
        hour=pl.when(has_time).then(local.dt.hour()),
        weekday=local.dt.weekday(),
        spent_minor=pl.when(_is_spending(categories)).then(-pl.col("amount_minor")).otherwise(0),
    )


def foreign_rows(transactions: Frame, *, as_of: AsOf, currency: str) -> Frame:
    """How many bookings each other currency has: they are in no signal, because two currencies do not add up.

    Grain: one row a delivery and currency with bookings before the day of ``as_of``, sorted.
    Reads: ``delivery_no``, ``booked_at``, ``currency``. Makes: ``rows``.
    """
    is_known = pl.col("booked_at") < AsOf.at_start_of(as_of.day, as_of.zone).naive_utc
    others = transactions.filter(is_known, pl.col("currency") != currency)
    key = ("delivery_no", "currency")
    return others.group_by(key).agg(rows=pl.len().cast(pl.Int64)).sort(key)


def purchase_rows(transactions: Frame, *, categories: Categories | None, currency: str) -> Frame:
    """How many bookings of each delivery look like purchases, and how many of them are spending.

    Grain: one row a delivery with such bookings, sorted. Makes: ``rows`` (bookings that are a purchase by category,
    kind or shop, neither refunds nor reversals), ``spent`` (those of them whose money goes out), ``counted`` (of these,
    bookings in the workspace's currency).
    """
    goes_back = (pl.col("kind") == "refund") | pl.col("is_reversal").fill_null(False)
    bought = transactions.filter(_is_of_spending(categories), goes_back.fill_null(False).not_())
    is_out = pl.col("amount_minor") < 0
    counts = {
        "rows": pl.len(),
        "spent": is_out.sum(),
        "counted": (is_out & (pl.col("currency") == currency)).sum(),
    }
    made = bought.group_by("delivery_no").agg(**{name: count.cast(pl.Int64) for name, count in counts.items()})
    return made.sort("delivery_no")


def _is_spending(categories: Categories | None) -> pl.Expr:
    is_out = pl.col("amount_minor") < 0
    comes_back = _is_trade() | _names_shop() | pl.col("is_reversal").fill_null(False)
    return _is_of_spending(categories) & (is_out | comes_back)


def _is_of_spending(categories: Categories | None) -> pl.Expr:
    """Whether a booking is about a purchase, whichever way its money goes."""
    tree = categories.categories if categories else {}
    spends = [word for word, leaf in tree.items() if leaf.is_spend]
    others = [word for word, leaf in tree.items() if not leaf.is_spend]
    category, is_bought = pl.col("category"), _is_trade() | _names_shop()
    by_category = category.is_in(spends) | (~category.is_in(others) & is_bought)
    return pl.when(category.is_null()).then(is_bought).otherwise(by_category)


def _is_trade() -> pl.Expr:
    return pl.col("kind").is_in(_TRADE).fill_null(False)


def _names_shop() -> pl.Expr:
    return pl.col("kind").is_null() & (pl.col("merchant").is_not_null() | pl.col("mcc").is_not_null())
