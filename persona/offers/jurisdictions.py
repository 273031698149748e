"""Where a rule reaches: whether a customer may be where its jurisdiction is."""

from __future__ import annotations

__all__ = ["EU", "reaches"]

EU = frozenset(
    ("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK").split()  # noqa: SIM905 - a list to be read
)
"""The member states of the European Union by ISO 3166."""


def reaches(jurisdiction: str | None, country: str | None, region: str | None) -> bool:
    """Whether a customer may be in a jurisdiction: EU, a country (DE), or a state of one (US-FL); none is everywhere.

    Who may be there is protected: an unknown country or region is inside. A region may be written with its country.

    >>> [reaches("US-FL", "US", state) for state in ("FL", None, "TX")], reaches("EU", "AT", None)
    ([True, True, False], True)
    """
    if jurisdiction is None or country is None:
        return True
    land, _, state = jurisdiction.partition("-")
    if country not in (EU if land == "EU" else {land}):
        return False
    return not state or region is None or region.removeprefix(f"{land}-").upper() == state
