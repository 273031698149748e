"""In which time zones a customer may be."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from zoneinfo import available_timezones

__all__ = ["of_country", "zones_of"]


def zones_of(zone: str | None, country: str | None, *, home: str) -> tuple[str, ...]:
    """The customer's zone; where it is not known all those of his country; else the workspace's, ``home``.

    >>> zones_of("Europe/Berlin", None, home="Europe/Prague"), zones_of(None, "PT", home="Europe/Prague")
    (('Europe/Berlin',), ('Atlantic/Azores', 'Atlantic/Madeira', 'Europe/Lisbon'))
    """
    if zone is not None and zone in _known():
        return (zone,)
    return of_country().get(country or "", (home,))


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def of_country() -> Mapping[str, tuple[str, ...]]:
    """The zones of each country by its ISO 3166 code, sorted.

    Source: ``zone.tab`` of the IANA time zone database, as the package tzdata carries it.
    """
    table = (files("tzdata.zoneinfo") / "zone.tab").read_text(encoding="utf-8")
    pairs = [line.split("\t")[:3] for line in table.splitlines() if not line.startswith("#")]
    countries = sorted({country for country, _, _ in pairs})
    return {name: tuple(sorted(zone for country, _, zone in pairs if country == name)) for name in countries}
