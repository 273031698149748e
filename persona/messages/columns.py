"""The columns of a composed message: one row a message, with its texts, whom it goes to and what refused it."""

from __future__ import annotations

import polars as pl

from persona.tables.contract import Column, Contract

__all__ = ["ADDRESS", "COMMON", "CONTACT", "MESSAGES", "TEXTS"]

_TEXT, _INT, _AT = pl.String, pl.Int64, pl.Datetime("us")

COMMON: tuple[Column, ...] = (
    Column("message_id", _TEXT, "hash of customer, campaign, channel and occasion", ""),
    Column("run_id", _TEXT, "the run that decided it", ""),
    Column("customer_token", _TEXT, "keyed hash of the customer's id: the same in every run, never an account", ""),
    Column("campaign_id", _TEXT, "what the contact belongs to", ""),
    Column("cell_id", _TEXT, "the customer's main segment", "in none"),
    Column("arm", _TEXT, "the arm of the experiment", "in none"),
    Column("offer_id", _TEXT, "the offer", ""),
    Column("offer_version", _TEXT, "hash of what the offer says", ""),
    Column("treatment_id", _TEXT, "how it is told", ""),
    Column("template_hash", _TEXT, "hash of the template and its blocks", ""),
    Column("locale", _TEXT, "the language it is written in", ""),
    Column("zone", _TEXT, "the customer's time zone", ""),
    Column("send_at_utc", _AT, "when it should be sent", "as soon as it is there"),
    Column("not_before_utc", _AT, "the first instant at which it may be sent", "no lower bound"),
    Column("not_after_utc", _AT, "the instant from which it may no more be sent", "no upper bound"),
    Column("expires_at_utc", _AT, "the end of the offer", ""),
    Column("priority", _INT, "1 is sent first", ""),
    Column("wave", _INT, "the part of the campaign", ""),
    Column("consent_ref", _TEXT, "the consent that it rests on", "needs none, or not recorded"),
    Column("class", _TEXT, "marketing, service or regulatory", ""),
    Column("tracking_code", _TEXT, "what links carry to be counted", ""),
)
"""What every channel's file has."""

CONTACT: tuple[Column, ...] = (
    Column("email", _TEXT, "e-mail address", "no e-mail", pii="direct"),
    Column("phone", _TEXT, "mobile number in E.164", "no mobile", pii="direct"),
    Column("push_token", _TEXT, "token of the app on the phone", "no app with push", pii="direct"),
)

ADDRESS: tuple[Column, ...] = (
    Column("addressee", _TEXT, "first and last name, where people read or write them", "another channel", pii="direct"),
    *(
        Column(name, _TEXT, about, "no letter", pii="direct")
        for name, about in (
            ("address", "street and number"),
            ("address2", "a further line of the address, where a source brings one"),
            ("address3", "a further line"),
            ("address4", "a further line"),
            ("postcode", "postal code"),
            ("city", "town"),
        )
    ),
    Column("country", _TEXT, "country of the address, ISO 3166 alpha-2", "no letter"),
)
"""Whom a letter goes to and where; whoever calls or advises is told the name alone."""

TEXTS: tuple[Column, ...] = tuple(
    Column(name, _TEXT, about, "the channel has none, or the message is withheld", pii="direct")
    for name, about in (
        ("subject", "subject of an e-mail or letter"),
        ("preheader", "what an inbox shows beside the subject"),
        ("html", "e-mail as HTML"),
        ("text", "e-mail as plain text, or what a letter says"),
        ("title", "title of what is shown or said"),
        ("body", "text of an SMS, of what is shown, or what is said"),
        ("link", "address that a push or in-app message opens"),
    )
)

MESSAGES = Contract(
    "messages",
    "one row a message",
    ("message_id",),
    (
        Column("customer_no", _INT, "the customer inside persona", ""),
        Column("customer_id", _TEXT, "the bank's id of the customer", ""),
        Column("channel", _TEXT, "email, sms, push, inapp, letter, atm, call or advisor", ""),
        Column("group_id", _TEXT, "the offer's group", ""),
        Column("risk_class", _TEXT, "low, medium or high", ""),
        Column("template", _TEXT, "the template's name", ""),
        Column("variant", _TEXT, "the blocks that were drawn for it, by name", "nothing is drawn"),
        Column("p_variant", pl.Float64, "probability of that variant, 0..1", ""),
        Column("price_point", _TEXT, "the point of the price ladder that it tells", "the offer has one price"),
        Column("placed", pl.List(_TEXT), "placement:block of each block that a rule put in", ""),
        *COMMON,
        *CONTACT,
        *ADDRESS,
        Column(
            "agent_id",
            _TEXT,
            "who looks after the customer, where a source of customers says so",
            "nobody in particular",
        ),
        *TEXTS,
        Column(
            "reasons", pl.List(_TEXT), "why him, in approved sentences: the offer's, then those of its conditions", ""
        ),
        Column("paper_id", _TEXT, "what a letter is printed on", "the printer's own, or no letter"),
        Column("enclosures", _TEXT, "what lies beside a letter, by name, with ; between", "nothing, or no letter"),
        Column("encoding", _TEXT, "GSM-7 or UCS-2", "not an SMS, or withheld"),
        Column("segments", _INT, "parts of an SMS", "not an SMS, or withheld"),
        Column("unsubscribe_url", _TEXT, "where the message is unsubscribed from", "the channel names no address"),
        Column("figures", _TEXT, "the numbers of its values, as they may be written; blank: its values have none", ""),
        Column("figures_approved", _TEXT, "the numbers of its approved words", ""),
        Column("slots", _TEXT, "JSON of the values shown, without names and addresses of the person", ""),
        Column("failed", pl.List(_TEXT), "the checks that withhold it, in their order; empty where none does", ""),
    ),
)
"""Sorted by customer_no, channel and message_id."""
