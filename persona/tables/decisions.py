"""What a night decides: the candidates, the decisions and the contacts that follow from them."""

from __future__ import annotations

import polars as pl

from persona.tables.contract import Column, Contract

__all__ = [
    "CANDIDATES",
    "CONSTRAINTS",
    "DECISIONS",
    "FACTORS",
    "OF_ACTIONS",
    "OF_CUSTOMERS",
    "OF_PAIRS",
    "PLANNED_CONTACTS",
    "PLANS",
    "PRICES",
]

_TEXT, _INT, _FLAG, _REAL = pl.String, pl.Int64, pl.Boolean, pl.Float64
_AT = pl.Datetime("us")

_CUSTOMER = Column("customer_no", _INT, "the customer inside persona", "")
_SLOT = Column("slot", _TEXT, "marketing, service or regulatory: what is decided together", "")
_OFFER = (
    Column("action", pl.Int16, "the action column", "silence"),
    Column("offer_id", _TEXT, "the offer", "silence"),
    Column("treatment_id", _TEXT, "the treatment", "silence"),
    Column("channel", _TEXT, "the channel of the treatment", "silence"),
)

_LOT = Column("price_lot", _REAL, "probability with which the price was drawn by lot; 6 digits", "it was chosen")

FACTORS: tuple[Column, ...] = (
    Column(
        "rank", pl.Int16, "place among the customer's admissible actions of the slot, 1 is the most valuable", "silence"
    ),
    Column("p", _REAL, "propensity on this channel, 0..1; 6 digits", "silence"),
    Column("odds", _REAL, "by which odds leaning to the channel and part of the day moved p; 1: not at all", "silence"),
    Column("worth_minor", _INT, "what an acceptance is worth", "silence"),
    Column("context", _REAL, "weight of the situation, 1 is neutral; 2 digits", "silence"),
    Column("lever", _REAL, "weight that the business gives, 1 is neutral; 2 digits", "silence"),
    Column("cost_minor", _INT, "what the message costs", "silence"),
    Column("fatigue_minor", _INT, "what one more contact costs in attention", "silence"),
    Column("value_milli", _INT, "p worth context lever - cost - fatigue, thousandths of a minor unit", ""),
    Column("charge_milli", _INT, "what the prices of the book's constraints ask for it, thousandths", "silence"),
)
"""The factors of a value; silence has the value 0. ``value - charge`` is what decides where customers compete."""

OF_ACTIONS: tuple[Column, ...] = (
    Column("offer_id", _TEXT, "the offer", ""),
    Column("treatment_id", _TEXT, "the treatment", ""),
    Column("group_id", _TEXT, "the offer's group", ""),
    Column("issue_id", _TEXT, "the group's issue", ""),
    Column("campaign_id", _TEXT, "what the contact belongs to", ""),
    Column("channel", _TEXT, "the channel of the treatment", ""),
    Column("class", _TEXT, "marketing, service or regulatory", ""),
    Column("risk_class", _TEXT, "low, medium or high", ""),
    Column("cost_minor", _INT, "what the message costs", ""),
    Column("fatigue_minor", _INT, "what one more contact costs in attention", ""),
    Column("price_point", _TEXT, "the point of the offer's price ladder", "the offer has one price"),
    Column("price", _REAL, "its price: a part of 1, or minor units", "the offer has one price"),
    Column("day_slot", _TEXT, "part of the day in which it leaves", "its channel has none"),
)
"""What a constraint may read of the action, whoever the customer is."""

OF_CUSTOMERS: tuple[Column, ...] = (Column("wave", _INT, "part of the night, 1 to `waves`; of a household", ""),)
"""What a constraint may read of the customer besides his profile."""

PRICES = Contract(
    "prices",
    "one row an offer with a price ladder and band of its rate table",
    ("offer_id", "band"),
    (
        Column("offer_id", _TEXT, "the offer", ""),
        Column("band", _TEXT, "the row of the rate table; all where it has none", ""),
        Column("customers", _INT, "customers who may get the offer at one price or more, without those on paper", ""),
        Column("lowest", _TEXT, "the lowest price point that parity leaves them", "nobody is there to be told"),
        Column("highest", _TEXT, "the highest", "nobody is there to be told"),
        Column("expected_milli", _INT, "what it adds within them to what else they may get, each at his best", ""),
    ),
)

OF_PAIRS: tuple[Column, ...] = (
    Column("p", _REAL, "propensity on this channel, 0..1", ""),
    Column("worth_minor", _INT, "what an acceptance is worth", ""),
    Column("context", _REAL, "weight of the situation, 1 is neutral", ""),
    Column("lever", _REAL, "weight that the business gives, 1 is neutral", ""),
    Column("value_minor", _REAL, "p worth context lever - cost - fatigue", ""),
    Column("expected_loss_minor", _REAL, "p times the offer's `expected_loss`; 0 where it has none"),
    Column("send_hour", _INT, "hour from which it may be sent, in the workspace's zone", ""),
)
"""What a constraint may read of an action of one customer."""

CONSTRAINTS = Contract(
    "constraints",
    "one row a bound that the night's plan was held to or measured by",
    ("slot", "constraint_id", "bound"),
    (
        Column("slot", _TEXT, "the class of offers that it was decided for", ""),
        Column("constraint_id", _TEXT, "id in rules/constraints.yaml; of a cap the offer", ""),
        Column("bound", _TEXT, "max, min or cap", ""),
        Column("kind", _TEXT, "sum, average or share", ""),
        Column("mode", _TEXT, "enforce or report", ""),
        Column("unit", _TEXT, "what the figures are", ""),
        Column("limit", _REAL, "the bound as it is written", ""),
        Column("before", _REAL, "what counts already: contacts of the window, and what was owed tonight", ""),
        Column("use", _REAL, "what tonight's plan uses, or its average or share", "nothing that it speaks of is sent"),
        Column("slack", _REAL, "what is left of the bound; less than 0: passed", "nothing that it speaks of is sent"),
        Column("shadow_price", _REAL, "minor units of value that one more unit of the bound is worth", "only reported"),
    ),
)

PLANS = Contract(
    "plans",
    "one row a class of offers that is decided",
    ("slot",),
    (
        _SLOT,
        Column("candidates", _INT, "admissible pairs of customer and action", ""),
        Column("chosen", _INT, "pairs that are sent", ""),
        Column(
            "value_milli", _INT, "value of what is sent, thousandths of a minor unit; by lot: mean of the prices", ""
        ),
        Column("bound_milli", _INT, "no plan under the same constraints is worth more", ""),
        Column("gap", _REAL, "(bound - value) / value", "nothing is worth anything"),
        Column("by_value_milli", _INT, "what taking the best pairs first would have got", "nobody competes"),
        Column("by_value_breaks", _TEXT, "constraints that it breaks", "nobody competes"),
        Column(
            "by_use_milli",
            _INT,
            "what taking the best pairs by value per use of the limits first would have got",
            "nobody competes",
        ),
        Column("by_use_breaks", _TEXT, "constraints that it breaks", "nobody competes"),
        Column("in_turn", _INT, "households whose limits were settled in turn: a better plan may exist", ""),
        Column("beyond", _INT, "pairs not among the 64 best of their customer: the bound does not speak of them", ""),
    ),
)

CANDIDATES = Contract(
    "candidates",
    "one row a customer and admissible action",
    ("customer_no", "action"),
    (
        _CUSTOMER,
        _SLOT,
        *_OFFER,
        Column("price_point", _TEXT, "the price that he is told, or would be", "the offer has one price"),
        _LOT,
        Column("day_slot", _TEXT, "part of the day in which it would leave", "its channel has none"),
        *FACTORS,
        Column("margin_milli", _INT, "how much more the chosen action of the slot is worth (silence: 0)", ""),
        Column("reason", _TEXT, "letter of tables.reasons", ""),
        Column("reason_id", _TEXT, "which limit, cap or constraint stood in the way", "none"),
    ),
)

DECISIONS = Contract(
    "decisions",
    "one row a customer and marketing offer, or his silence, and one for each other slot in which something is sent",
    ("customer_no", "slot", "offer_id"),
    (
        Column("run_id", _TEXT, "the night", ""),
        _CUSTOMER,
        Column("customer_id", _TEXT, "the bank's id of the customer", "", "quasi"),
        _SLOT,
        *_OFFER,
        Column("offer_version", _TEXT, "hash of the offer's terms, rules and texts", "silence"),
        Column("group_id", _TEXT, "the offer's group", "silence"),
        Column("campaign_id", _TEXT, "what the contact belongs to", "silence"),
        Column("occasion", _TEXT, "the night, or once, or what it answers", "silence"),
        Column("wave", _INT, "part of the night, 1 to `waves`; of a household", ""),
        Column("price_point", _TEXT, "the price that was chosen, or drawn", "the offer has one price"),
        _LOT,
        *FACTORS,
        Column("p_logged", _REAL, "probability with which this was drawn, 0..1; 1 where nothing is left to chance", ""),
        Column("day_slot", _TEXT, "part of the day in which it leaves", "silence, or its channel has none"),
        Column("arm", _TEXT, "treated or holdout", ""),
        Column("layer", _TEXT, "arm of rules/experiments.yaml in which a layer is left out", "decided as usual"),
        Column("reason", _TEXT, "letter of tables.reasons: O, H, or why there is silence", ""),
        Column("reason_id", _TEXT, "which holdout, condition, limit, constraint, cool-off, suppression, ...", "none"),
        Column("is_ghost", _FLAG, "decided for a control group and not sent", ""),
        Column("not_before_utc", _AT, "from when it may be sent", "silence"),
        Column("not_after_utc", _AT, "from when it may no longer be", "silence"),
        Column("message_id", _TEXT, "hash of the contact's key", "silence, or a ghost"),
    ),
)

PLANNED_CONTACTS = Contract(
    "planned_contacts",
    "one row a message that is to be sent, and one that a ghost would have been sent",
    ("customer_no", "campaign_id", "channel", "occasion"),
    (
        _CUSTOMER,
        Column("household_key", _TEXT, "the household", ""),
        Column("offer_id", _TEXT, "the offer", ""),
        Column("group_id", _TEXT, "its group", ""),
        Column("campaign_id", _TEXT, "what the contact belongs to", ""),
        Column("channel", _TEXT, "the channel", ""),
        Column("class", _TEXT, "marketing, service or regulatory", ""),
        Column("occasion", _TEXT, "the night, or once, or what it answers", ""),
        Column("status", _TEXT, "planned, or ghost", ""),
        Column("at", _AT, "the instant of the run, UTC", ""),
        Column("run_id", _TEXT, "the night", ""),
        Column("message_id", _TEXT, "hash of the four columns of the key", ""),
    ),
)
