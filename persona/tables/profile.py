"""The profile: one row a customer with every column that a rule may speak of.

Its columns follow from the workspace's own words: products, subjects, categories, topics, segments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from persona.tables.contract import Column, Contract
from persona.tables.words import leaves

__all__ = [
    "EVENT_DAYS",
    "OCCURRENCES",
    "PHASES",
    "SEASONS",
    "SPEND_DAYS",
    "as_name",
    "attributes",
    "circumstances",
    "forecasts",
    "holdings",
    "leanings",
    "patterns",
    "profile",
    "scores",
    "segments",
    "signals",
    "triggers",
]

SPEND_DAYS = (30, 90, 365)
EVENT_DAYS = (14, 30, 90)
PHASES = ("new", "returned", "growing", "steady", "declining", "at_risk", "lapsed", "inactive")
"""In the order of their activity in the next 30 days, as measured on three data sets; inactive never bought."""
SEASONS = ("winter", "spring", "summer", "autumn")

_KEY = Column("customer_no", pl.Int64, "the customer inside persona", "")
_OBJECTS = "objects to profiling"
_INT, _TEXT, _FLAG, _DAY, _REAL = pl.Int64, pl.String, pl.Boolean, pl.Date, pl.Float64


def as_name(word: str) -> str:
    """A dotted word as part of a column's name: travel.air is travel_air."""
    return word.replace(".", "_")


def attributes(extra: Iterable[Column] = ()) -> Contract:
    """Who the customer is: made by ``foundation`` from the newest golden record."""
    columns = (
        _KEY,
        Column("age_years", _INT, "whole years", "date of birth not known", "quasi"),
        Column("tenure_days", _INT, "days since the customer came", "not known"),
        Column("region", _TEXT, "the bank's region code", pii="quasi"),
        Column("country", _TEXT, "ISO 3166 alpha-2"),
        Column("zone", _TEXT, "IANA time zone"),
        Column("language", _TEXT, "one of the workspace's languages", ""),
        Column("risk_grade", _TEXT, "the bank's risk grade"),
        Column("income_band", _TEXT, "the bank's income band"),
        Column("is_vulnerable", _FLAG, "needs care"),
        Column("is_staff", _FLAG, "works for the bank"),
        Column("has_email", _FLAG, "an e-mail address is known", ""),
        Column("has_phone", _FLAG, "a mobile number is known", ""),
        Column("has_push", _FLAG, "the app takes push messages", ""),
        Column("has_address", _FLAG, "street, postal code and town are known", ""),
        Column("allows_profiling", _FLAG, "has not objected to profiling, nor taken back his consent to it", ""),
        *extra,
    )
    return Contract("attributes", "one row a customer", ("customer_no",), columns)


def holdings(products: Sequence[str]) -> Contract:
    """What the customer holds: made by ``foundation`` from the newest snapshot."""
    columns = [_KEY]
    for word in products:
        columns += [
            Column(f"holds_{word}", _FLAG, "holds one here that is open", ""),
            Column(f"external_{word}", _FLAG, "holds one at another institution", ""),
            Column(f"balance_{word}_minor", _INT, "sum of balances of those held here", "holds none, or not known"),
            Column(f"limit_{word}_minor", _INT, "sum of limits", "no limit"),
            Column(f"rate_{word}", _REAL, "highest yearly rate, 0..1", "not known"),
            Column(f"matures_in_days_{word}", _INT, "days to the next maturity or end", "none to come"),
            Column(f"matures_on_{word}", _DAY, "day of the next maturity or end", "none to come"),
        ]
    return Contract("holding_facts", "one row a customer", ("customer_no",), tuple(columns))


def signals(categories: Sequence[str], subjects: Sequence[str], topics: Sequence[str] = ()) -> Contract:
    """What the customer does: made by ``signals``. ``categories`` are spending leaves and their groups."""
    columns = [
        _KEY,
        Column("recency_days", _INT, "days since the last purchase; 1 is the day before as_of", "never bought"),
        Column("first_purchase_days", _INT, "days since the first purchase", "never bought"),
        *(Column(f"purchases_{d}d", _INT, f"purchases in {d} days", "") for d in SPEND_DAYS),
        *(Column(f"spend_{d}d_minor", _INT, f"net spending in {d} days", "") for d in SPEND_DAYS),
        Column("spend_decayed_minor", _INT, "spending with a half-life of 90 days", ""),
        Column("spend_trend", _REAL, "purchases of 30 days against 180, 1 is steady; 4 digits", "too little history"),
        Column(
            "cadence_days", _REAL, "usual days between purchase days, shrunken to the book's; 4 digits", "never bought"
        ),
        Column("overdue", _REAL, "days since the last purchase over the cadence; 4 digits", "never bought"),
        Column("silence_days", _INT, "longest gap between purchase days that ended in 60 days", "none did"),
        Column(
            "best_hour",
            _INT,
            "hour of day with the most activity, 0..23, local",
            "fewer than 3 events, or foretells no better than one hour for all",
        ),
        Column("best_weekday", _INT, "weekday with the most activity, 1 is Monday", "fewer than 3 events"),
        Column("has_salary", _FLAG, "a regular salary was found", ""),
        Column("income_monthly_minor", _INT, "regular income a month: salary, pension, benefits", "none found"),
        Column("income_rise_minor", _INT, "the last regular income above the median before it", "no rise"),
        Column("recurring_count", _INT, "recurring payments found", ""),
        Column("recurring_monthly_minor", _INT, "recurring payments a month", ""),
        Column("price_rise_merchant", _TEXT, "merchant of the newest price increase in 60 days", "no increase"),
        Column("price_rise_minor", _INT, "what it rose by", "no increase"),
        Column("price_rise_to_minor", _INT, "what it costs now", "no increase"),
        Column("logins_30d", _INT, "logins in 30 days", ""),
        Column("last_event_days", _INT, "days since the last event", "no event"),
        Column("points_redeemed_365d", _INT, "points redeemed in 365 days", ""),
        Column("redeems_for", _TEXT, "what points were redeemed for most", "never redeemed"),
        Column("destination_kind", _TEXT, "destination kind most often booked or redeemed", "no travel"),
        *(
            Column(f"spend_{d}d_{as_name(c)}_minor", _INT, f"net spending in {d} days", "")
            for c in categories
            for d in SPEND_DAYS
        ),
        *(Column(f"purchases_365d_{as_name(c)}", _INT, "purchases in 365 days", "") for c in categories),
        *(Column(f"events_{d}d_{s}", _INT, f"events about it in {d} days", "") for s in subjects for d in EVENT_DAYS),
        *(Column(f"prefers_{t}", _TEXT, "what the customer has stated last", "stated nothing") for t in topics),
    ]
    return Contract("signals", "one row a customer", ("customer_no",), tuple(columns))


def segments(words: Sequence[str]) -> Contract:
    """Where the customer belongs: made by ``segments``."""
    columns = (
        _KEY,
        Column(
            "lifecycle",
            _TEXT,
            "new, returned, growing, steady, declining, at_risk, lapsed or inactive",
            _OBJECTS,
            words=PHASES,
        ),
        Column("lifecycle_before", _TEXT, "the phase of the night before", "not seen the night before", words=PHASES),
        Column("segment", _TEXT, "the main segment: the one of lowest priority number that holds", "in none"),
        Column("segment_before", _TEXT, "the main segment of the night before", "in none, or not seen"),
        *(
            Column(f"in_{word}", _FLAG, "whether the segment's condition holds", "unknown: its condition read a null")
            for word in words
        ),
    )
    return Contract("segments", "one row a customer", ("customer_no",), columns)


def scores(categories: Sequence[str]) -> Contract:
    """What the customer will probably do: made by ``scores``. ``categories`` are spending leaves and their groups."""
    ranked = (
        ("again_1", "category bought before with the highest affinity", "bought nothing yet"),
        ("again_2", "the second", "no second"),
        ("again_3", "the third", "no third"),
        ("discover_1", "category never bought with the highest affinity", "bought everything"),
        ("discover_2", "the second", "no second"),
        ("discover_3", "the third", "no third"),
    )
    columns = (
        _KEY,
        *(
            Column(f"affinity_{as_name(c)}", _REAL, "probability to buy in 30 days, 0..1; 6 digits", _OBJECTS)
            for c in categories
        ),
        *(Column(name, _TEXT, about, null, words=leaves(categories)) for name, about, null in ranked),
    )
    return Contract("scores", "one row a customer", ("customer_no",), columns)


def circumstances() -> Contract:
    """What has changed in the customer's life, and whether money will be short: made by ``signals``."""
    unseen = "did not show in 180 days"
    columns = (
        _KEY,
        Column("moved_days", _INT, "days since a rent to another landlord showed first", unseen),
        Column("child_days", _INT, "days since a family allowance showed first", unseen, "quasi"),
        Column("pay_rise_days", _INT, "days since a higher salary showed first", unseen),
        Column("retired_days", _INT, "days since a pension in place of a salary showed first", unseen, "quasi"),
        Column("income_stopped_days", _INT, "days since a salary or pension fell due and did not come", unseen),
        Column(
            "shortfall_60d_p",
            _REAL,
            "probability that own money runs out in 60 days; 4 digits",
            "cannot tell, or no model",
        ),
        Column(
            "shortfall_60d_minor",
            _INT,
            "by how much it falls short at its lowest",
            "does not, cannot tell, or no model",
        ),
    )
    return Contract("circumstances", "one row a customer", ("customer_no",), columns)


def leanings(channels: Sequence[str] = ()) -> Contract:
    """How the customer leans: made by ``signals``. ``channels`` are all that there are."""
    read = "channel on which most of what is sent to him is read"
    columns = (
        _KEY,
        Column("best_channel", _TEXT, read, "fewer than 3 messages", words=tuple(channels)),
        Column("best_channel_p", _REAL, "how probably one there is read, 0..1; 4 digits", "fewer than 3 messages"),
        Column("journeys_365d", _INT, "journeys in 365 days, by the bills of their stays", ""),
        Column("journey_gap_days", _REAL, "mean days between journeys, up to now; 1 digit", "fewer than 3 journeys"),
        Column("journey_lead_days", _INT, "usual days from booking ahead to the stay's bill", "fewer than 2 known"),
        Column(
            "journey_season",
            _TEXT,
            "winter, spring, summer or autumn: of more than half",
            "no such season",
            words=SEASONS,
        ),
        Column("journey_ahead_days", _INT, "days since a journey was booked that has not been made", "none is known"),
        Column(
            *("journey_party", _TEXT, "family: an allowance for a child comes in", "unknown how many travel", "quasi"),
            words=("family",),
        ),
        Column("redeems_as_stated", _FLAG, "redeems for what he has stated", "stated no reward, or redeemed nothing"),
    )
    return Contract("leanings", "one row a customer", ("customer_no",), columns)


def patterns() -> Contract:
    """Which kind of buyer the customer is: made by ``segments``."""
    columns = (
        _KEY,
        Column("pattern", _TEXT, "spending pattern, such as p3; its name is in its model's card", "cannot tell"),
        Column("pattern_p", _REAL, "its probability, 0..1; 6 digits", "cannot tell"),
        Column("pattern_before", _TEXT, "the pattern of the night before", "could not tell, or not seen"),
    )
    return Contract("patterns", "one row a customer", ("customer_no",), columns)


def forecasts(groups: Sequence[str]) -> Contract:
    """What the customer will probably do next: made by ``scores``. ``groups`` are groups of spending categories."""
    window = (
        ("from_days", _INT, "first day of the window of the next purchase, from the run's day on"),
        ("until_days", _INT, "first day after that window"),
        ("p", _REAL, "probability that the window holds; without one, to buy in 90 days; 6 digits"),
    )
    columns = (
        _KEY,
        Column(
            "buys_30d", _REAL, "probability to buy anything but bills in 30 days; 6 digits", "never bought, or no model"
        ),
        Column(
            "is_at_risk", _FLAG, "stands below half of his own probability of 90 days ago", "never bought; no model"
        ),
        Column("spend_next_365d_minor", _INT, "spending expected in 365 days, without bills", "never bought; no model"),
        *(
            Column(f"next_{as_name(group)}_{part}", dtype, about, "no likely window, or no model")
            for group in groups
            for part, dtype, about in window
        ),
    )
    return Contract("forecasts", "one row a customer", ("customer_no",), columns)


def triggers(kept: Mapping[str, Sequence[Column]]) -> Contract:
    """What has happened and may still be answered: made by ``offers``. ``kept`` are columns of the rows, by trigger."""
    columns = [_KEY]
    for word, of_row in kept.items():
        columns += [
            Column(f"on_{word}", _FLAG, "whether it has happened and may still be answered", ""),
            Column(f"on_{word}_days", _INT, "days since then; 1 is the day before as_of", "it has not"),
            *(Column(f"on_{word}_{one.name}", one.dtype, one.about, "it has not, or not known") for one in of_row),
        ]
    return Contract("triggers", "one row a customer", ("customer_no",), tuple(columns))


OCCURRENCES = Contract(
    "occurrences",
    "one row a customer and trigger: the newest time",
    ("customer_no", "trigger"),
    (
        _KEY,
        Column("trigger", _TEXT, "name in rules/triggers", ""),
        Column("occasion", _TEXT, "the trigger and the hash of what tells this time from others", ""),
        Column("happened_on", _DAY, "day of the row; of a state the day before the night that saw it first", ""),
        Column("expires_on", _DAY, "first day on which it is answered no more", ""),
        Column("is_live", _FLAG, "may still be answered: a state is kept in mind while it holds", ""),
    ),
)


def profile(*parts: Contract) -> Contract:
    """The parts side by side: what conditions of segments, offers and rules may read."""
    columns = {column.name: column for part in parts for column in part.columns}
    return Contract("profile", "one row a customer", ("customer_no",), tuple(columns.values()))
