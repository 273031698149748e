import pytest

from persona.offers.zones import of_country, zones_of


@pytest.mark.parametrize(
    ("zone", "country", "zones"),
    [
        ("Europe/Vienna", "DE", ("Europe/Vienna",)),
        (None, "AT", ("Europe/Vienna",)),
        ("Middle/Earth", "AT", ("Europe/Vienna",)),
        (None, None, ("Europe/Berlin",)),
        (None, "XX", ("Europe/Berlin",)),
    ],
)
def test_a_zone_is_the_customers_else_the_countrys_else_the_workspaces(zone, country, zones):
    assert zones_of(zone, country, home="Europe/Berlin") == zones


def test_a_country_over_many_zones_has_all_of_them():
    assert {"America/New_York", "Pacific/Honolulu"} <= set(of_country()["US"])
