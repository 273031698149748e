"""The files of the card, digital, loyalty and customer-relations systems: English names, commas, UTC."""

from __future__ import annotations

import numpy as np
import polars as pl
from campaigns import CHANNELS
from dialects import day_text, padded, utc_text
from effects import EFFECTS, PRICES
from merchants import MERCHANTS
from people import Book, Ints
from trips import Rows

_NAMES = pl.Series("name", [merchant.name for merchant in MERCHANTS])
_MCCS = pl.Series("mcc", [merchant.mcc for merchant in MERCHANTS])
_COUNTRIES = pl.Series("country", [merchant.country for merchant in MERCHANTS])
_ONLINE = pl.Series("online", [merchant.is_online for merchant in MERCHANTS])
_TYPES = pl.Series("type", ["PUR", "REF", "REV", "CSH"])
_ISO_DAY = "%Y-%m-%d"


def card_rows(rows: Rows, serial: str) -> pl.DataFrame:
    """Card transactions as the card system writes them: minor units, > 0 is paid by the customer."""
    frame = pl.DataFrame({"line": np.arange(1, len(rows.person) + 1), "person": rows.person + 1, "amount": rows.amount})
    entry = pl.when(_ONLINE.gather(rows.merchant)).then(pl.lit("ECOM")).otherwise(pl.lit("CHIP"))
    return frame.select(
        padded("line", 8, f"T{serial}").alias("TransactionId"),
        padded("person", 10).alias("Holder"),
        utc_text(rows.minute).alias("PostedAt"),
        pl.col("amount").cast(pl.String).alias("AmountMinor"),
        pl.lit("EUR").alias("Currency"),
        _NAMES.gather(rows.merchant).alias("MerchantName"),
        _MCCS.gather(rows.merchant).alias("MerchantCategory"),
        _COUNTRIES.gather(rows.merchant).alias("MerchantCountry"),
        entry.alias("EntryMode"),
        _TYPES.gather(rows.type).alias("Type"),
    )


def card_contracts(book: Book, owed: Ints) -> pl.DataFrame:
    """The cards, with what is owed on each and its limit."""
    person = np.flatnonzero(book.has_card)
    frame = pl.DataFrame(
        {"person": person + 1, "owed": owed[person], "limit": np.maximum(book.income[person] // 100_000, 1) * 200_000}
    )
    return frame.select(
        padded("person", 8, "C").alias("CardRef"),
        padded("person", 10).alias("Holder"),
        pl.when(pl.col("limit") > 700_000).then(pl.lit("GOLD")).otherwise(pl.lit("CLASSIC")).alias("Plan"),
        pl.col("limit").alias("LimitMinor"),
        (pl.col("owed")).alias("OwedMinor"),
        pl.lit("open").alias("State"),
    )


def event_rows(events: pl.DataFrame, serial: str) -> pl.DataFrame:
    """Events as the digital system writes them."""
    return events.with_row_index("line", offset=1).select(
        padded("line", 7, f"E{serial}").alias("id"),
        padded(pl.col("person") + 1, 7, "K").alias("customer"),
        utc_text(events["minute"].to_numpy()).alias("ts"),
        pl.col("type").alias("event"),
        pl.col("subject").alias("topic"),
        pl.when("app").then(pl.lit("app")).otherwise(pl.lit("web")).alias("via"),
        pl.col("seconds"),
    )


def redemption_rows(redeemed: pl.DataFrame, serial: str) -> pl.DataFrame:
    """Redemptions as the loyalty system writes them."""
    return (
        redeemed.sort("day", "person", "points")
        .with_row_index("line", offset=1)
        .select(
            padded("line", 6, f"R{serial}").alias("redemption"),
            padded(pl.col("person") + 1, 10).alias("member"),
            day_text("day", _ISO_DAY).alias("date"),
            "points",
            pl.col("value_minor").alias("value_cents"),
            "kind",
            "destination",
        )
    )


def consent_rows(log: pl.DataFrame) -> pl.DataFrame:
    """The consent log as the customer-relations system writes it."""
    return log.select(
        padded(pl.col("person") + 1, 7, "K").alias("customer"),
        "purpose",
        "channel",
        "status",
        day_text("day", _ISO_DAY).alias("given_on"),
        day_text("expires", _ISO_DAY).alias("expires_on"),
        "origin",
        pl.col("text").alias("text_version"),
    )


def suppression_rows(rows: pl.DataFrame, on: int) -> pl.DataFrame:
    """The suppressions begun before a day."""
    return rows.filter(pl.col("since") < on).select(
        padded(pl.col("person") + 1, 7, "K").alias("customer"),
        "type",
        "channel",
        day_text("since", _ISO_DAY).alias("from_on"),
        day_text("until", _ISO_DAY).alias("until_on"),
        pl.col("by").alias("told_by"),
    )


def preference_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """What customers have stated."""
    return rows.select(
        padded(pl.col("person") + 1, 7, "K").alias("customer"),
        "topic",
        "value",
        day_text("day", _ISO_DAY).alias("stated_on"),
    )


def outcome_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Contacts and responses as the campaign tool before wrote them."""
    offer = rows["offer"].to_numpy()
    worth = pl.Series("worth", [effect.worth_minor for effect in EFFECTS]).gather(offer)
    return rows.with_columns(worth=worth).select(
        padded(pl.col("person") + 1, 7, "K").alias("customer"),
        pl.Series("campaign", [effect.offer for effect in EFFECTS]).gather(offer).alias("campaign"),
        pl.Series("family", [effect.group for effect in EFFECTS]).gather(offer).alias("family"),
        pl.Series("medium", CHANNELS).gather(rows["channel"].to_numpy()).alias("medium"),
        pl.col("event").alias("happened"),
        utc_text(rows["minute"].to_numpy()).alias("happened_at"),
        pl.col("thought").alias("score"),
        pl.when(pl.col("event") == "accepted").then("worth").alias("value_cents"),
        pl.when("held_out").then(pl.lit("H")).otherwise(pl.lit("T")).alias("cell"),
        _price_names(rows).alias("price"),
    )


def _price_names(rows: pl.DataFrame) -> pl.Series:
    """The name of the price of each row; null where the offer has one price."""
    ladders = {prices.offer: prices.points for prices in PRICES}
    names = [ladders.get(effect.offer, ()) for effect in EFFECTS]
    places = zip(rows["offer"].to_list(), rows["price"].to_list(), strict=True)
    return pl.Series("price", [names[offer][at] if at >= 0 else None for offer, at in places], dtype=pl.String)
