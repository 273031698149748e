"""The columns of each channel's delivery file, in their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from persona.clock import AsOf
from persona.messages.columns import COMMON
from persona.messages.unsubscribe import ONE_CLICK
from persona.policy.rules import DATES
from persona.policy.workspace import Sender
from persona.tables.contract import Column, Contract
from persona.tables.ordered import in_order

__all__ = ["CONTRACTS", "shaped"]

_TEXT, _INT = pl.String, pl.Int64
_INSTANT = pl.Datetime("us")

_PLACED = (
    Column("member_id", _TEXT, "the bank's id of the customer", "", pii="direct"),
    Column("placement_id", _TEXT, "where it is shown: the treatment", ""),
    Column("creative_id", _TEXT, "the template", ""),
    Column("rank", _INT, "1 is shown to the customer first", ""),
    Column("start_utc", pl.Datetime("us"), "shown from", "at once"),
    Column("end_utc", pl.Datetime("us"), "shown until", ""),
)
"""What a customer comes to."""

_TOLD = (
    Column("agent_id", _TEXT, "who looks after the customer, or his branch", "nobody in particular"),
    Column("member_id", _TEXT, "the bank's id of the customer", "", pii="direct"),
    Column("name", _TEXT, "first and last name", "not known", pii="direct"),
    Column("script_id", _TEXT, "the template", ""),
    Column("rank", _INT, "1 is talked about first", ""),
    Column("title", _TEXT, "what it is about", "", pii="direct"),
    Column("body", _TEXT, "what to say", "", pii="direct"),
    *(Column(f"reason_{number}", _TEXT, "why him, in approved words", "no further one") for number in (1, 2, 3)),
)
"""What people are told who talk to the customer."""

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
        *_PLACED,
        Column("title", _TEXT, "title", "", pii="direct"),
        Column("body", _TEXT, "the message", "", pii="direct"),
        Column("link", _TEXT, "what it opens", "nothing"),
    ),
    "letter": (
        Column("name", _TEXT, "first and last name", "", pii="direct"),
        Column("addr1", _TEXT, "street and number", "", pii="direct"),
        *(Column(f"addr{number}", _TEXT, "a further line", "none", pii="direct") for number in (2, 3, 4)),
        Column("postcode", _TEXT, "postal code", "", pii="direct"),
        Column("city", _TEXT, "town", "", pii="direct"),
        Column("country", _TEXT, "country, ISO 3166 alpha-2", ""),
        Column("sender", _TEXT, "the bank's own address, for the window and the returns", ""),
        Column("reference", _TEXT, "the bank's id of the customer", "", pii="direct"),
        Column("subject", _TEXT, "subject", "", pii="direct"),
        Column("text", _TEXT, "what the letter says; an empty line begins a paragraph", "", pii="direct"),
        Column("keycode", _TEXT, "what an answer is counted by", ""),
        Column("paper_id", _TEXT, "what it is printed on", "the printer's own"),
        Column("enclosures", _TEXT, "what lies beside it, by name, with ; between", "nothing"),
    ),
    "atm": (
        *_PLACED,
        Column("title", _TEXT, "first line of the screen", "", pii="direct"),
        Column("body", _TEXT, "the screen", "", pii="direct"),
    ),
    "call": (
        Column("phone_e164", _TEXT, "number", "", pii="direct"),
        *_TOLD,
        Column("best_time", _TEXT, "hours in which to call, in the customer's own zone", "any hour"),
        Column("not_to_call_checked_at", _INSTANT, "until when objections and suppressions are known, UTC", ""),
    ),
    "advisor": _TOLD,
}

CONTRACTS: Mapping[str, Contract] = {
    channel: Contract(f"{channel}_delivery", "one row a message", ("message_id",), (*COMMON, *columns))
    for channel, columns in _OF_CHANNEL.items()
}
"""What each channel's file holds, whatever shape a vendor's profile gives it."""


def shaped(messages: pl.DataFrame, channel: str, *, sender: Sender, country: str, as_of: AsOf) -> pl.DataFrame:
    """The messages of a channel in its columns, sorted by message_id, or by customer and rank where there is one.

    Reads: checked messages that nothing withholds. Instants become text such as 2026-07-01T06:00:00Z; ``as_of`` is the
    one up to which consents and suppressions are known.
    Raises: ContractError where a message lacks what its channel needs.
    """
    contract, derived = CONTRACTS[channel], _DERIVED[channel](sender, country, as_of)
    order = ("customer_id", "priority", "message_id") if "rank" in contract.schema else ("message_id",)
    if messages.is_empty():
        return pl.DataFrame(
            schema={name: _TEXT if dtype == _INSTANT else dtype for name, dtype in contract.schema.items()}
        )
    read = {*contract.schema, *order}.union(*(one.meta.root_names() for one in derived))
    own = messages.filter(pl.col("channel") == channel).select(name for name in messages.columns if name in read)
    # Its key was checked with the messages themselves.
    made = replace(contract, key=()).checked(in_order(own, order).with_columns(derived))
    return made.with_columns(map(_as_text, made.select(pl.selectors.datetime())))


def _as_text(instants: pl.Series) -> pl.Series:
    """Instants such as 2026-07-01T06:00:00Z; each is written once, as many messages share it."""
    each = instants.unique()
    return instants.replace_strict(each, each.dt.strftime(DATES)).cast(pl.String)  # without rows it has its own type


def _email(sender: Sender, _: str, __: AsOf) -> list[pl.Expr]:
    return [
        pl.lit(sender.from_email).alias("from_id"),
        pl.lit(sender.reply_to).alias("reply_to"),
        pl.format("<{}>", "unsubscribe_url").alias("list_unsubscribe"),
        pl.lit(ONE_CLICK).alias("list_unsubscribe_post"),
    ]


def _sms(sender: Sender, country: str, _: AsOf) -> list[pl.Expr]:
    return [
        pl.col("phone").alias("phone_e164"),
        pl.lit(sender.sms_sender).alias("sender_id"),
        pl.col("body").str.extract(r"(?i)([^.!?\n]*\bSTOPP?\b[^.!?\n]*[.!?]?)").str.strip_chars().alias("opt_out_text"),
        pl.lit(country).alias("country"),
    ]


def _push(_: Sender, __: str, ___: AsOf) -> list[pl.Expr]:
    lasts = pl.col("not_after_utc") - pl.col("not_before_utc")
    return [
        pl.col("push_token").alias("token"),
        pl.col("link").alias("deeplink_uri"),
        pl.col("group_id").alias("category"),
        lasts.dt.total_seconds().alias("ttl_s"),
        pl.col("campaign_id").alias("collapse_key"),
        pl.col("locale").alias("language"),
    ]


def _placed(_: Sender, __: str, ___: AsOf) -> list[pl.Expr]:
    return [
        pl.col("customer_id").alias("member_id"),
        pl.col("treatment_id").alias("placement_id"),
        pl.col("template").alias("creative_id"),
        _RANK.alias("rank"),
        pl.col("not_before_utc").alias("start_utc"),
        pl.col("expires_at_utc").alias("end_utc"),
    ]


def _letter(sender: Sender, _: str, __: AsOf) -> list[pl.Expr]:
    return [
        pl.col("addressee").alias("name"),
        pl.col("address").alias("addr1"),
        *(pl.col(f"address{number}").alias(f"addr{number}") for number in (2, 3, 4)),
        pl.lit(sender.postal_address).alias("sender"),
        pl.col("customer_id").alias("reference"),
        pl.col("tracking_code").alias("keycode"),
    ]


def _told(_: Sender, __: str, ___: AsOf) -> list[pl.Expr]:
    return [
        pl.col("customer_id").alias("member_id"),
        pl.col("addressee").alias("name"),
        pl.col("template").alias("script_id"),
        _RANK.alias("rank"),
        *(pl.col("reasons").list.get(at, null_on_oob=True).alias(f"reason_{at + 1}") for at in range(3)),
    ]


def _call(sender: Sender, country: str, as_of: AsOf) -> list[pl.Expr]:
    hours = pl.struct("not_before_utc", "not_after_utc", "zone").map_elements(_hours, pl.String)
    return [
        *_told(sender, country, as_of),
        pl.col("phone").alias("phone_e164"),
        hours.alias("best_time"),
        pl.lit(as_of.naive_utc, _INSTANT).alias("not_to_call_checked_at"),
    ]


def _hours(row: Mapping[str, Any]) -> str | None:
    """From when until when on the customer's own clock, such as 2026-07-01 09:00-18:00 Europe/Berlin."""
    if row["not_before_utc"] is None or row["not_after_utc"] is None:
        return None
    zone = ZoneInfo(row["zone"])
    first, last = (row[name].replace(tzinfo=UTC).astimezone(zone) for name in ("not_before_utc", "not_after_utc"))
    until = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%Y-%m-%d %H:%M}"
    return f"{first:%Y-%m-%d %H:%M}-{until} {row['zone']}"


_AT_ROW = pl.int_range(pl.len(), dtype=pl.Int64)
_IS_FIRST = pl.col("customer_id").ne_missing(pl.col("customer_id").shift()) | (_AT_ROW == 0)
_RANK = _AT_ROW - pl.when(_IS_FIRST).then(_AT_ROW).forward_fill() + 1
"""The place of each message among those of its customer on the channel, where they are sorted by it."""

_DERIVED = {
    "email": _email,
    "sms": _sms,
    "push": _push,
    "inapp": _placed,
    "letter": _letter,
    "atm": _placed,
    "call": _call,
    "advisor": _told,
}
