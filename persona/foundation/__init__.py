"""The foundation: from canonical rows to customers, households, holdings, bookings, consents and suppressions."""

from __future__ import annotations

from persona.foundation.attributes import attributes, spoken
from persona.foundation.bookings import booked, bookings, foreign_rows, purchase_rows
from persona.foundation.consent import consent_contract, consent_now
from persona.foundation.holdings import holding_facts
from persona.foundation.households import households
from persona.foundation.people import people
from persona.foundation.profiling import objectors
from persona.foundation.snapshots import newest_known, of_newest_deliveries
from persona.foundation.suppressions import suppressed

__all__ = [
    "attributes",
    "booked",
    "bookings",
    "consent_contract",
    "consent_now",
    "foreign_rows",
    "holding_facts",
    "households",
    "newest_known",
    "objectors",
    "of_newest_deliveries",
    "people",
    "purchase_rows",
    "spoken",
    "suppressed",
]
