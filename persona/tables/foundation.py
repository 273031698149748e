"""The canonical tables: what every bank's extracts become.

Money is Int64 in minor units and > 0 is money to the customer; instants are UTC without a zone; ``customer_id`` is
the bank's own id, ``customer_no`` (added by the store) stands for it inside. Direct identifiers hold tokens, never
the value.
"""

from __future__ import annotations

import polars as pl

from persona.tables.contract import Column, Contract

__all__ = ["CANONICAL", "KNOWN", "REFERENCE_PREFIX"]

_TEXT, _INT, _DAY, _FLAG, _RATE = pl.String, pl.Int64, pl.Date, pl.Boolean, pl.Float64
_AT = pl.Datetime("us")

KNOWN: tuple[Column, ...] = (
    Column("customer_no", _INT, "the customer inside persona", "not linked to a customer yet"),
    Column("bucket", pl.Int8, "the partition of the customer's household, 0 to 63; -1 where not linked", ""),
    Column("delivery_no", _INT, "the delivery that brought the row", ""),
    Column("known_on", _DAY, "the day on which the bank delivered the row", ""),
)
"""What the store adds to each row of each canonical table."""

REFERENCE_PREFIX = "references:"

_CUSTOMER = Column("customer_id", _TEXT, "the bank's id of the customer", "only the account is known")

CUSTOMERS = Contract(
    "customers",
    "one row a customer, source and delivery",
    ("customer_id",),
    (
        Column("customer_id", _TEXT, "the bank's id of the customer", ""),
        Column("source_system", _TEXT, "the source that says so", ""),
        Column("born_on", _DAY, "date of birth", pii="quasi"),
        Column("gender", _TEXT, "f, m or x as the bank records it; for monitoring only", pii="quasi"),
        Column("region", _TEXT, "the bank's region or state code", pii="quasi"),
        Column("country", _TEXT, "ISO 3166 alpha-2"),
        Column("zone", _TEXT, "IANA time zone", "all zones of the country"),
        Column("language", _TEXT, "BCP 47 language, such as en or de-AT", "the workspace's first language"),
        Column("since_on", _DAY, "customer since"),
        Column("household_id", _TEXT, "the bank's id of the household", "lives alone"),
        Column("risk_grade", _TEXT, "the bank's risk grade"),
        Column("income_band", _TEXT, "the bank's income band"),
        Column("is_vulnerable", _FLAG, "needs care under the bank's vulnerability policy"),
        Column("is_staff", _FLAG, "works for the bank"),
        Column("first_name", _TEXT, "given name", pii="direct"),
        Column("last_name", _TEXT, "family name", pii="direct"),
        Column("email", _TEXT, "e-mail address", "no e-mail", pii="direct"),
        Column("phone", _TEXT, "mobile number in E.164", "no mobile", pii="direct"),
        Column("address", _TEXT, "street and number", pii="direct"),
        Column("postcode", _TEXT, "postal code", pii="direct"),
        Column("city", _TEXT, "town", pii="quasi"),
        Column("push_token", _TEXT, "token of the app on the phone", "no app with push", pii="direct"),
    ),
)
ACCOUNTS = Contract(
    "accounts",
    "one row an account and delivery",
    ("account_id",),
    (
        Column("account_id", _TEXT, "the bank's id of the account", ""),
        _CUSTOMER,
        Column("product", _TEXT, "product word of persona.yaml"),
        Column("currency", _TEXT, "ISO 4217"),
        Column("opened_on", _DAY, "opened"),
        Column("closed_on", _DAY, "closed", "open"),
        Column("region", _TEXT, "the bank's region or branch code"),
        Column("status", _TEXT, "the bank's status word"),
    ),
)
ACCOUNT_HOLDERS = Contract(
    "account_holders",
    "one row an account, customer, role and start",
    ("account_id", "customer_id", "role", "from_on"),
    (
        Column("account_id", _TEXT, "the bank's id of the account", ""),
        Column("customer_id", _TEXT, "the bank's id of the customer", ""),
        Column("role", _TEXT, "OWNER, JOINT, USER ... as the source maps it", ""),
        Column("from_on", _DAY, "first day of the role", "since the account exists"),
        Column("until_on", _DAY, "first day no longer in the role", "still"),
    ),
)
HOLDINGS = Contract(
    "holdings",
    "one row a customer, product, holding and delivery",
    ("holding_id",),
    (
        Column("holding_id", _TEXT, "the bank's id of the holding, such as the account or contract", ""),
        _CUSTOMER,
        Column("account_id", _TEXT, "the account of the holding"),
        Column("product", _TEXT, "product word of persona.yaml", ""),
        Column("opened_on", _DAY, "opened"),
        Column("closed_on", _DAY, "closed", "open"),
        Column("balance_minor", _INT, "balance, > 0 belongs to the customer, < 0 is owed", "not known"),
        Column("limit_minor", _INT, "credit limit, >= 0", "no limit"),
        Column("rate", _RATE, "yearly rate, 0..1"),
        Column("payment_minor", _INT, "regular payment, >= 0", "none"),
        Column("matures_on", _DAY, "matures, ends or is due", "open-ended"),
        Column("status", _TEXT, "the bank's status word"),
        Column("is_external", _FLAG, "held at another institution", "held here"),
    ),
)
TRANSACTIONS = Contract(
    "transactions",
    "one row a booking",
    ("txn_id",),
    (
        Column("txn_id", _TEXT, "the source's id of the booking, or the hash of the row", ""),
        _CUSTOMER,
        Column("account_id", _TEXT, "the account booked on", "the customer is given instead"),
        Column("booked_at", _AT, "when it was booked, UTC", ""),
        Column("amount_minor", _INT, "amount, > 0 is money to the customer", ""),
        Column("balance_minor", _INT, "balance of the account after the booking"),
        Column("currency", _TEXT, "ISO 4217", ""),
        Column("category", _TEXT, "leaf of rules/categories.yaml", "maps to no category"),
        Column("mcc", _TEXT, "ISO 18245 merchant category code, four digits", "no card purchase"),
        Column("merchant", _TEXT, "merchant's name as the source writes it", "no merchant"),
        Column("kind", _TEXT, "purchase, refund, transfer, standing_order, salary, cash, fee, interest ... "),
        Column("channel", _TEXT, "card, online, branch, atm, transfer ... as the source maps it"),
        Column("country", _TEXT, "ISO 3166 alpha-2 of the merchant or counterparty"),
        Column("counterparty", _TEXT, "the other account, tokenized", "none", pii="direct"),
        Column("is_reversal", _FLAG, "takes an earlier booking back", "no"),
    ),
    time="booked_at",
    retention_days=1_826,
)
EVENTS = Contract(
    "events",
    "one row an event of a customer",
    ("event_id",),
    (
        Column("event_id", _TEXT, "the source's id of the event, or the hash of the row", ""),
        Column("customer_id", _TEXT, "the bank's id of the customer", ""),
        Column("at", _AT, "when it happened, UTC", ""),
        Column("type", _TEXT, "page_view, login, search, call, branch_visit, calculator ...", ""),
        Column("subject", _TEXT, "what it was about: a subject word of persona.yaml", "about nothing in particular"),
        Column("channel", _TEXT, "app, web, branch, call"),
        Column("duration_s", _INT, "how long it took, seconds"),
    ),
    time="at",
    retention_days=761,
)
REDEMPTIONS = Contract(
    "redemptions",
    "one row a redemption",
    ("redemption_id",),
    (
        Column("redemption_id", _TEXT, "the source's id, or the hash of the row", ""),
        Column("customer_id", _TEXT, "the bank's id of the customer", ""),
        Column("at", _AT, "when it was redeemed, UTC", ""),
        Column("points", _INT, "points spent, > 0", ""),
        Column("value_minor", _INT, "what they were worth"),
        Column("kind", _TEXT, "travel, cashback, gift_card, charity, merchandise ..."),
        Column("destination", _TEXT, "destination kind of a travel redemption: coast, city, mountain ...", "no travel"),
    ),
    time="at",
    retention_days=1_826,
)
CONSENTS = Contract(
    "consents",
    "one row a change of a customer's consent: a log",
    ("customer_id", "purpose", "channel", "at", "status"),
    (
        Column("customer_id", _TEXT, "the bank's id of the customer", ""),
        Column("purpose", _TEXT, "marketing, profiling, service, third_party ...", ""),
        Column("channel", _TEXT, "a channel word, or * for all of them", ""),
        Column("status", _TEXT, "granted, withdrawn or objected", ""),
        Column("at", _AT, "from when it holds, UTC", ""),
        Column("expires_at", _AT, "when a grant ends by itself, UTC", "does not end"),
        Column("source", _TEXT, "where it was given"),
        Column("text_version", _TEXT, "the text that was agreed to"),
    ),
    time="at",
)
PREFERENCES = Contract(
    "preferences",
    "one row a customer and topic stated",
    ("customer_id", "topic", "at"),
    (
        Column("customer_id", _TEXT, "the bank's id of the customer", ""),
        Column("topic", _TEXT, "what the preference is about: channel, reward, destination, interest ...", ""),
        Column("value", _TEXT, "what was stated", ""),
        Column("at", _AT, "when it was stated, UTC", ""),
    ),
    time="at",
)
SUPPRESSIONS = Contract(
    "suppressions",
    "one row a customer, type and start",
    ("customer_id", "type", "from_on"),
    (
        Column("customer_id", _TEXT, "the bank's id of the customer", ""),
        Column(
            "type", _TEXT, "legal, deceased, vulnerable, dispute, fraud, arrears, opt_out, bounce, complaint, staff", ""
        ),
        Column("channel", _TEXT, "the channel it is for", "all channels"),
        Column("from_on", _DAY, "first day", ""),
        Column("until_on", _DAY, "first day no longer suppressed", "without end"),
        Column("source", _TEXT, "who says so"),
    ),
)
OUTCOMES = Contract(
    "outcomes",
    "one row a response to a contact, and one the contact itself",
    ("customer_id", "offer_id", "channel", "at", "outcome"),
    (
        Column("customer_id", _TEXT, "the bank's id of the customer", ""),
        Column("message_id", _TEXT, "persona's id of the message", "sent before persona, or a ghost"),
        Column("offer_id", _TEXT, "the offer", ""),
        Column("group_id", _TEXT, "the offer's group"),
        Column("treatment_id", _TEXT, "the treatment"),
        Column("channel", _TEXT, "the channel", ""),
        Column(
            "outcome",
            _TEXT,
            "sent, delivered, opened, clicked, accepted, declined, bounced, unsubscribed, complained",
            "",
        ),
        Column("at", _AT, "when, UTC", ""),
        Column("propensity", _RATE, "what was thought then, 0..1"),
        Column("value_minor", _INT, "what it was worth"),
        Column("arm", _TEXT, "treated or holdout", "treated"),
        Column("price_point", _TEXT, "the point of the offer's price ladder that was told", "the offer has one price"),
    ),
    time="at",
    retention_days=1_826,
)

CANONICAL: dict[str, Contract] = {
    contract.name: contract
    for contract in (
        CUSTOMERS,
        ACCOUNTS,
        ACCOUNT_HOLDERS,
        HOLDINGS,
        TRANSACTIONS,
        EVENTS,
        REDEMPTIONS,
        CONSENTS,
        PREFERENCES,
        SUPPRESSIONS,
        OUTCOMES,
    )
}
"""Every table an extract can become; ``references:<name>`` tables have the columns that their source declares."""
