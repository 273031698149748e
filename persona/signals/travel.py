"""Travel: what kind of place the customer goes to."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from persona.clock import AsOf
from persona.tables import Frame

__all__ = ["DESTINATION_WORDS", "destinations"]

DESTINATION_WORDS: Mapping[str, tuple[str, ...]] = {
    "coast": (
        "BEACH", "COAST", "SEASIDE", "STRAND", "KUESTE", "KÜSTE", "DUENE", "DÜNE", "PLAYA", "PRAIA", "PLAGE",
        "SPIAGGIA", "MARINA", "BAHIA", "COSTA", "ISLAND RESORT", "OBALA", "SEESTERN",
    ),
    "mountain": (
        "ALPEN", "ALPINE", "ALPES", "ALPI ", "BERGHOTEL", "BERGBAHN", "MOUNTAIN", "MONTAGNE", "MONTAGNA", "MONTANA",
        "SKI ", "SKIPASS", "CHALET", "GLETSCHER", "SEILBAHN",
    ),
    "city": ("CITY", "STADTHOTEL", "URBAN", "DOWNTOWN", "CENTRE VILLE", "CENTRO", "INNENSTADT", "METROPOL"),
}  # fmt: skip
"""Words in a merchant's name that tell the kind of a place; a name with words of several kinds tells nothing."""

_TRAVEL = "travel"


def destinations(bookings: Frame, redeemed: Frame, *, as_of: AsOf) -> Frame:
    """The kind of place that each customer booked or redeemed for most often.

    Grain: one row a customer with such a booking or redemption before ``as_of``, sorted.
    Reads: purchases of category ``travel`` and what is below it, by the merchant's name; redemptions by their
    destination. A country alone tells no kind of place and is not used.
    Makes: ``destination_kind`` (of equals the first by name).
    """
    is_travel = (pl.col("category") == _TRAVEL) | pl.col("category").str.starts_with(f"{_TRAVEL}.")
    trips = bookings.filter((pl.col("spent_minor") > 0) & is_travel)
    booked = trips.select("customer_no", kind=_kind(pl.col("merchant")))
    known = redeemed.filter(pl.col("customer_no").is_not_null() & (pl.col("at") < as_of.naive_utc))
    chosen = known.select("customer_no", kind=pl.col("destination"))
    told = pl.concat([booked, chosen]).filter(pl.col("kind").is_not_null())
    counted = told.group_by("customer_no", "kind").agg(times=pl.len().cast(pl.Int64))
    ranked = counted.sort("customer_no", -pl.col("times"), "kind").group_by("customer_no", maintain_order=True)
    return ranked.agg(destination_kind=pl.col("kind").first()).sort("customer_no")


def _kind(merchant: pl.Expr) -> pl.Expr:
    name = merchant.str.to_uppercase() + " "
    says = {kind: name.str.contains_any(list(words)) for kind, words in DESTINATION_WORDS.items()}
    is_clear = pl.sum_horizontal(says.values()) == 1
    named = pl.coalesce(pl.when(said).then(pl.lit(kind)) for kind, said in says.items())
    return pl.when(is_clear).then(named)
