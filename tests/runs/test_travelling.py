"""How a person travels and what he does with his points, in words."""

import pytest

from persona.runs.travelling import travel


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({}, []),
        ({"journeys_365d": 0, "points_redeemed_365d": 0, "journey_party": "family"}, []),
        ({"journeys_365d": 3, "journey_gap_days": 121.4}, [("travels", "3 journeys in 365 days, one every 121 days")]),
        ({"journeys_365d": 1}, [("travels", "1 journey in 365 days")]),
        ({"journey_season": "summer"}, [("mostly in", "summer")]),
        ({"journey_lead_days": 0, "journey_ahead_days": 12},
         [("books", "0 days ahead"), ("before him", "a journey that he booked 12 days ago")]),
        ({"journeys_365d": 1, "journey_party": "family"},
         [("travels", "1 journey in 365 days"),
          ("travels", "as a family: an allowance for a child comes into the household")]),
        ({"destination_kind": "coast", "prefers_destination": "city"}, [("goes to", "coast; has stated city")]),
        ({"redeems_for": "charity", "prefers_reward": "charity"},
         [("redeems points for", "charity, as he has stated")]),
        ({"redeems_for": "charity"}, [("redeems points for", "charity")]),
        ({"prefers_reward": "travel"}, [("would like points for", "travel")]),
        ({"points_redeemed_365d": 4_500, "points_balance": 705},
         [("redeemed", "4,500 points in 365 days"), ("has", "705 points")]),
    ],
)  # fmt: skip
def test_what_is_known_is_told_and_of_the_rest_nothing(facts, says):
    assert [(one.what, one.says) for one in travel(facts)] == says
