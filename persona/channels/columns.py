"""The columns of each channel's delivery file, in their order."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from persona.messages.columns import COMMON
from persona.messages.unsubscribe import ONE_CLICK
from persona.policy.workspace import Sender
from persona.tables.contract import Column, Contract

__all__ = ["CONTRACTS", "shaped"]

_TEXT, _INT = pl.String, pl.Int64
_AT = "%Y-%m-%dT%H:%M:%SZ"

_OF_CHANNEL: Mapping[str, tuple[Column, ...]] = {
    "email": (
        Column("email", _TEXT, "address", "", pii="direct"),
        Column("from_id", _TEXT, "address of the sender", ""),
        Column("reply_to", _TEXT, "where answers go", ""),
        Column("subject", _TEXT, "subject", "", pii="direct"),
        Column("preheader", _TEXT, "what an inbox shows beside the subject", "none", pii="direct"),
        Column("html", _TEXT, "the message as HTML", "", pii="direct"),
        Column("text", _TEXT, "the message as plain text", "", pii="direct"),
        Column("list_unsubscribe", _TEXT, "the header of RFC 8058: one https address in angle brackets", ""),
        Column("list_unsubscribe_post", _TEXT, "the header that makes it one click", ""),
    ),
    "sms": (
        Column("phone_e164", _TEXT, "number", "", pii="direct"),
        Column("sender_id", _TEXT, "who sends it", ""),
        Column("body", _TEXT, "the message", "", pii="direct"),
        Column("segments", _INT, "parts that are paid for", ""),
        Column("encoding", _TEXT, "GSM-7 or UCS-2", ""),
        Column("opt_out_text", _TEXT, "the sentence that says how to stop it", "a service message"),
        Column("country", _TEXT, "country of the workspace, ISO 3166 alpha-2", ""),
    ),
    "push": (
        Column("token", _TEXT, "token of the app on the phone", "", pii="direct"),
        Column("title", _TEXT, "title", "", pii="direct"),
        Column("body", _TEXT, "the message", "", pii="direct"),
        Column("deeplink_uri", _TEXT, "what it opens", "the app itself"),
        Column("category", _TEXT, "the offer's group", ""),
        Column("ttl_s", _INT, "seconds after which it is not shown any more", "the vendor's own"),
        Column("collapse_key", _TEXT, "a later message of the campaign takes the place of an earlier one", ""),
        Column("language", _TEXT, "language", ""),
    ),
    "inapp": (
        Column("member_id", _TEXT, "the bank's id of the customer", "", pii="direct"),
        Column("placement_id", _TEXT, "where it is shown: the treatment", ""),
        Column("creative_id", _TEXT, "the template", ""),
        Column("rank", _INT, "1 is shown first", ""),
        Column("start_utc", pl.Datetime("us"), "shown from", "at once"),
        Column("end_utc", pl.Datetime("us"), "shown until", ""),
        Column("title", _TEXT, "title", "", pii="direct"),
        Column("body", _TEXT, "the message", "", pii="direct"),
        Column("link", _TEXT, "what it opens", "nothing"),
    ),
}

CONTRACTS: Mapping[str, Contract] = {
    channel: Contract(f"{channel}_delivery", "one row a message", ("message_id",), (*COMMON, *columns))
    for channel, columns in _OF_CHANNEL.items()
}
"""What each channel's file holds, whatever shape a vendor's profile gives it."""


def shaped(messages: pl.DataFrame, channel: str, *, sender: Sender, country: str) -> pl.DataFrame:
    """The messages of a channel in its columns, sorted by message_id.

    Reads: checked messages that nothing withholds. Instants become text such as 2026-07-01T06:00:00Z.
    Raises: ContractError where a message lacks what its channel needs.
    """
    own = messages.filter(pl.col("channel") == channel).with_columns(_DERIVED[channel](sender, country))
    made = CONTRACTS[channel].checked(own).sort("message_id")
    return made.with_columns(pl.selectors.datetime().dt.strftime(_AT)) if made.width else made


def _email(sender: Sender, _: str) -> list[pl.Expr]:
    return [
        pl.lit(sender.from_email).alias("from_id"),
        pl.lit(sender.reply_to).alias("reply_to"),
        pl.format("<{}>", "unsubscribe_url").alias("list_unsubscribe"),
        pl.lit(ONE_CLICK).alias("list_unsubscribe_post"),
    ]


def _sms(sender: Sender, country: str) -> list[pl.Expr]:
    return [
        pl.col("phone").alias("phone_e164"),
        pl.lit(sender.sms_sender).alias("sender_id"),
        pl.col("body").str.extract(r"(?i)([^.!?\n]*\bSTOPP?\b[^.!?\n]*[.!?]?)").str.strip_chars().alias("opt_out_text"),
        pl.lit(country).alias("country"),
    ]


def _push(_: Sender, __: str) -> list[pl.Expr]:
    lasts = pl.col("not_after_utc") - pl.col("not_before_utc")
    return [
        pl.col("push_token").alias("token"),
        pl.col("link").alias("deeplink_uri"),
        pl.col("group_id").alias("category"),
        lasts.dt.total_seconds().alias("ttl_s"),
        pl.col("campaign_id").alias("collapse_key"),
        pl.col("locale").alias("language"),
    ]


def _inapp(_: Sender, __: str) -> list[pl.Expr]:
    return [
        pl.col("customer_id").alias("member_id"),
        pl.col("treatment_id").alias("placement_id"),
        pl.col("template").alias("creative_id"),
        pl.col("priority").alias("rank"),
        pl.col("not_before_utc").alias("start_utc"),
        pl.col("expires_at_utc").alias("end_utc"),
    ]


_DERIVED = {"email": _email, "sms": _sms, "push": _push, "inapp": _inapp}
