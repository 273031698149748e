"""The register of features: when each column is known, where it comes from, whether it may decide on credit.

A column that may not decide on credit may still say whom an offer interests: it may stand in applicability and worth.
Source: Directive (EU) 2023/2225, article 18(3): the assessment rests on income, expenses and other financial and
economic circumstances, never on special categories of data (GDPR, article 9); EBA/GL/2020/06, section 5.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

__all__ = ["FEATURES", "Feature", "feature"]

_DELIVERED = "on the day of the delivery"
_BOOKED = "the day after it is booked"
_TONIGHT = "in the night, from what was booked before it"
_LEARNT = "in the night, from answers and months closed before it"

_CUSTOMERS, _HOLDINGS, _BOOKINGS = "customers", "holdings", "transactions"
_TASTE = "says what somebody likes, not what he can afford"
_HABIT = "says how somebody uses his bank, not what he can afford"
_HEALTH = "may tell of health or belief (GDPR, article 9)"
_GUESS = "is a guess at his life, not a circumstance that he has stated or that is booked"
_PLACE = "says where somebody lives, which stands in for origin"
_MIXED = "is made of columns that may not"


@dataclass(frozen=True, slots=True)
class Feature:
    """A column of the profile, or a family of them: * stands for a word of the workspace."""

    name: str
    known: str
    """When: nothing that is later than the run may be read."""
    origin: str
    """The canonical tables, or the models, that it follows from."""
    not_for_credit: str = ""
    """Why it may not decide on credit; empty where it may."""


FEATURES: tuple[Feature, ...] = (
    Feature("customer_no", _DELIVERED, _CUSTOMERS, "is a number of ours"),
    Feature("age_years", _DELIVERED, _CUSTOMERS),
    Feature("tenure_days", _DELIVERED, _CUSTOMERS),
    Feature("region", _DELIVERED, _CUSTOMERS, _PLACE),
    Feature("country", _DELIVERED, _CUSTOMERS),
    Feature("zone", _DELIVERED, _CUSTOMERS, _PLACE),
    Feature("language", _DELIVERED, _CUSTOMERS, "stands in for origin"),
    Feature("risk_grade", _DELIVERED, _CUSTOMERS),
    Feature("income_band", _DELIVERED, _CUSTOMERS),
    Feature("is_vulnerable", _DELIVERED, _CUSTOMERS),
    Feature("is_staff", _DELIVERED, _CUSTOMERS),
    Feature("has_email", _DELIVERED, _CUSTOMERS, _HABIT),
    Feature("has_phone", _DELIVERED, _CUSTOMERS, _HABIT),
    Feature("has_push", _DELIVERED, _CUSTOMERS, _HABIT),
    Feature("has_address", _DELIVERED, _CUSTOMERS, _HABIT),
    Feature(
        "allows_profiling", _DELIVERED, "consents", "is an objection, which may cost nobody anything (GDPR, article 21)"
    ),
    Feature("holds_*", _DELIVERED, _HOLDINGS),
    Feature("external_*", _DELIVERED, _HOLDINGS),
    Feature("balance_*_minor", _DELIVERED, _HOLDINGS),
    Feature("limit_*_minor", _DELIVERED, _HOLDINGS),
    Feature("rate_*", _DELIVERED, _HOLDINGS),
    Feature("matures_in_days_*", _DELIVERED, _HOLDINGS),
    Feature("matures_on_*", _DELIVERED, _HOLDINGS),
    Feature("has_salary", _BOOKED, _BOOKINGS),
    Feature("income_monthly_minor", _BOOKED, _BOOKINGS),
    Feature("income_rise_minor", _BOOKED, _BOOKINGS),
    Feature("recurring_count", _BOOKED, _BOOKINGS),
    Feature("recurring_monthly_minor", _BOOKED, _BOOKINGS),
    Feature("price_rise_*", _BOOKED, _BOOKINGS, _TASTE),
    Feature("spend_decayed_minor", _BOOKED, _BOOKINGS),
    Feature("spend_trend", _BOOKED, _BOOKINGS),
    Feature("spend_next_365d_minor", _LEARNT, "the model of value", _GUESS),
    *(Feature(f"spend_{days}d_minor", _BOOKED, _BOOKINGS) for days in (30, 90, 365)),
    *(Feature(f"purchases_{days}d", _BOOKED, _BOOKINGS, _HABIT) for days in (30, 90, 365)),
    Feature("spend_*d_*_minor", _BOOKED, _BOOKINGS, _HEALTH),
    Feature("purchases_365d_*", _BOOKED, _BOOKINGS, _HEALTH),
    *(
        Feature(name, _BOOKED, _BOOKINGS, _HABIT)
        for name in ("recency_days", "first_purchase_days", "cadence_days", "overdue", "silence_days")
    ),
    Feature("best_channel*", _DELIVERED, "outcomes", _HABIT),
    Feature("best_*", _BOOKED, "transactions, events", _HABIT),
    Feature("journey*", _BOOKED, _BOOKINGS, _TASTE),
    Feature("redeems_as_stated", _DELIVERED, "redemptions, preferences", _TASTE),
    Feature("logins_30d", _DELIVERED, "events", _HABIT),
    Feature("last_event_days", _DELIVERED, "events", _HABIT),
    Feature("events_*d_*", _DELIVERED, "events", _TASTE),
    Feature("points_redeemed_365d", _DELIVERED, "redemptions", _TASTE),
    Feature("redeems_for", _DELIVERED, "redemptions", _TASTE),
    Feature("destination_kind", _BOOKED, "transactions, redemptions", _TASTE),
    Feature("prefers_*", _DELIVERED, "preferences", _TASTE),
    Feature("shortfall_60d_*", _TONIGHT, "transactions, holdings"),
    *(
        Feature(name, _TONIGHT, _BOOKINGS, _GUESS)
        for name in ("moved_days", "child_days", "pay_rise_days", "retired_days", "income_stopped_days")
    ),
    Feature("pattern*", _TONIGHT, "the model of spending patterns", _HEALTH),
    Feature("lifecycle*", _TONIGHT, _BOOKINGS, _HABIT),
    Feature("segment", _TONIGHT, "segments", _MIXED),
    Feature("segment_before", _TONIGHT, "segments of the night before", _MIXED),
    Feature("in_*", _TONIGHT, "the segment's condition", _MIXED),
    Feature("on_*", _TONIGHT, "the trigger's rows and condition", "says what happened, not what he can afford"),
    Feature("affinity_*", _LEARNT, "the model of affinity", _TASTE),
    Feature("again_*", _LEARNT, "the model of affinity", _TASTE),
    Feature("discover_*", _LEARNT, "the model of affinity", _TASTE),
    Feature("buys_30d", _LEARNT, "the model of attrition", _GUESS),
    Feature("is_at_risk", _LEARNT, "the model of attrition", _GUESS),
    Feature("next_*", _LEARNT, "the models of the next purchase", _GUESS),
)
"""The first that a name matches counts. Of a segment, its condition is looked into: it may decide on credit where all
that it reads may."""

_OWN = Feature("*", _DELIVERED, "a column of the bank's own")


def feature(name: str) -> Feature:
    """What the register says of a column of the profile; of the bank's own columns that they may decide on credit.

    >>> feature("affinity_travel_air").not_for_credit
    'says what somebody likes, not what he can afford'
    """
    return next((one for one in FEATURES if fnmatchcase(name, one.name)), _OWN)
