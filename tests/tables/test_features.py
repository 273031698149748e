import pytest

from persona.tables import profile
from persona.tables.features import FEATURES, feature

PARTS = (
    profile.attributes(),
    profile.holdings(["loan"]),
    profile.signals(["travel", "travel.air"], ["mortgage"], ["reward"]),
    profile.segments(["savers"]),
    profile.scores(["travel", "travel.air"]),
    profile.circumstances(),
    profile.leanings(),
    profile.patterns(),
    profile.forecasts(["travel"]),
    profile.triggers({"looks": ()}),
)


def test_every_column_of_the_profile_is_in_the_register_and_nothing_in_it_is_of_no_column():
    columns = [column.name for part in PARTS for column in part.columns]
    assert [name for name in columns if feature(name) not in FEATURES] == []
    assert [one.name for one in FEATURES if one not in [feature(name) for name in columns]] == []


@pytest.mark.parametrize(
    ("name", "decides"),
    [
        ("income_monthly_minor", True),
        ("spend_90d_minor", True),
        ("spend_90d_travel_air_minor", False),
        ("affinity_travel", False),
        ("region", False),
        ("shortfall_60d_p", True),
        ("points_balance", True),
    ],
)
def test_money_decides_on_credit_and_taste_does_not_and_the_bank_answers_for_its_own_columns(name, decides):
    assert (feature(name).not_for_credit == "") is decides
