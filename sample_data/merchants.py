"""Every merchant of the card system by position, and where those of a category, a place or a carrier start."""

from __future__ import annotations

from typing import NamedTuple

from vocabulary import CARRIERS, DESTINATIONS, SPENDINGS, SUBSCRIPTIONS


class Merchant(NamedTuple):
    """A merchant as the card system writes it."""

    name: str
    mcc: str
    country: str
    is_online: bool


def _everyday() -> list[Merchant]:
    return [
        Merchant(name, kind.mccs[index % len(kind.mccs)], "DE", "ONLINE" in name or "APP" in name)
        for kind in SPENDINGS
        for index, name in enumerate(kind.merchants)
    ]


def _of_travel() -> list[Merchant]:
    places = [
        Merchant(name, mcc, place.country, mcc == "7011")
        for place in DESTINATIONS
        for name, mcc in (
            (place.hotel, "7011"),
            (place.table, "5812"),
            (f"GELDAUTOMAT {place.town}", "6011"),
            (f"MIETWAGEN SONNENRAD {place.town}", "7512"),
        )
    ]
    carriers = [Merchant(*carrier, True) for pair in CARRIERS.values() for carrier in pair]
    return [
        *places,
        *carriers,
        Merchant("REISEBUERO FERNBLICK", "4722", "DE", False),
        Merchant("SEEWEGE KREUZFAHRTEN", "4411", "DE", True),
    ]


_EVERYDAY = _everyday()
_SUBSCRIBED = [Merchant(kind.merchant, kind.mcc, "DE", True) for kind in SUBSCRIPTIONS]
MERCHANTS = (*_EVERYDAY, *_SUBSCRIBED, *_of_travel())

FIRST_SUBSCRIPTION = len(_EVERYDAY)
FIRST_PLACE = FIRST_SUBSCRIPTION + len(_SUBSCRIBED)
PER_PLACE = 4
"""Hotel, restaurant, cash machine, hired car: in this order for each destination."""
FIRST_CARRIER = FIRST_PLACE + PER_PLACE * len(DESTINATIONS)
"""Two for each way of travelling, in the order of CARRIERS; the travel agency and the cruise line follow."""
AGENCY = FIRST_CARRIER + 2 * len(CARRIERS)
CRUISES = AGENCY + 1
