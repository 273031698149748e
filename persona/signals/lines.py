"""Lines: the bookings with what signals look for in them said once, as numbers.

Which series a booking belongs to, at which shop it was made, what kind of place it tells of and whether it may tell of
a life event follow from the booking alone; so they are worked out once, when it comes, and never again.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from persona.buckets import hashes
from persona.signals.life_events import tells
from persona.signals.places import place
from persona.tables import Frame

__all__ = ["EXCLUDED_KINDS", "SERIES", "lines"]

EXCLUDED_KINDS = ("cash", "refund", "interest", "fee", "card_settlement")
"""Kinds that are no agreement to pay: equal cash deposits are not a salary, however regular they are."""

SERIES = ("customer_no", "is_income", "merchant", "counterparty", "category", "kind", "is_spending")
"""One customer, direction and other side."""

MOST_MINOR = 2**33 - 1
_CASH_CHANNELS = ("cash", "atm")
_TEXTS = ("merchant", "counterparty", "category", "kind")
_FACTORS = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93)
_OF_CUSTOMER, _OF_INCOME, _OF_SPENDING = 0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3
_SALT = "series"


def lines(bookings: Frame) -> Frame:
    """The bookings with more columns; each row by itself, in the order in which they come.

    Reads: what ``foundation.bookings`` makes. Makes: ``series`` (a number for its customer, direction and other side;
    null: it is no agreement to pay), ``shop`` (a number for customer and merchant; null: no merchant),
    ``place`` (the kind of place that a trip tells of), ``is_life`` (it may tell of a life event).

    The numbers are sums of 64-bit hashes: among 30 million series two are the same by chance once in 40,000 books,
    and then one of two customers' regular payments is overlooked.
    """
    is_income = pl.col("amount_minor") > 0
    in_cash = is_income & pl.col("channel").is_in(_CASH_CHANNELS).fill_null(value=False)
    comes_back = is_income & (pl.col("spent_minor") < 0)
    excluded = pl.col("kind").is_in(EXCLUDED_KINDS).fill_null(value=False) | in_cash | comes_back
    may_be = ~excluded & pl.col("amount_minor").abs().is_between(1, MOST_MINOR)
    read = pl.struct("customer_no", "amount_minor", "spent_minor", *_TEXTS)
    series, shop = (read.map_batches(work, return_dtype=pl.Int64, is_elementwise=True) for work in (_series, _shop))
    return bookings.with_columns(
        series=pl.when(may_be).then(series),
        shop=pl.when(pl.col("merchant").is_not_null()).then(shop),
        place=pl.when(pl.col("spent_minor") > 0).then(place()),
        is_life=tells(),
    )


def _series(read: pl.Series) -> pl.Series:
    rows = read.struct.unnest()
    key = _of_customer(rows)
    for name, factor in zip(_TEXTS, _FACTORS, strict=True):
        key = key + _hashed(rows[name]) * np.uint64(factor)
    for name, factor in (("amount_minor", _OF_INCOME), ("spent_minor", _OF_SPENDING)):
        key = key + (rows[name].fill_null(0) > 0).to_numpy().astype(np.uint64) * np.uint64(factor)
    return pl.Series(key.view(np.int64))


def _shop(read: pl.Series) -> pl.Series:
    rows = read.struct.unnest()
    return pl.Series((_of_customer(rows) + _hashed(rows["merchant"])).view(np.int64))


def _of_customer(rows: pl.DataFrame) -> NDArray[np.uint64]:
    return rows["customer_no"].fill_null(0).to_numpy().astype(np.uint64) * np.uint64(_OF_CUSTOMER)


def _hashed(texts: pl.Series) -> NDArray[np.uint64]:
    """The hash of each text, worked out once for each; that of null is 0."""
    words = texts.unique().drop_nulls().sort()
    codes = texts.cast(pl.Enum(words)).to_physical().cast(pl.Int64).fill_null(-1).to_numpy()
    return np.asarray(np.append(hashes(_SALT, words), np.uint64(0))[codes], dtype=np.uint64)
