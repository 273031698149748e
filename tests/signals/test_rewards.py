import polars as pl

from persona.signals.rewards import rewards


def test_points_are_used_as_stated_or_not_and_unknown_where_either_is():
    known = pl.DataFrame(
        {
            "customer_no": [2, 1, 3, 4],
            "redeems_for": ["travel", "cashback", None, "cashback"],
            "prefers_reward": ["cashback", "cashback", "travel", None],
        }
    )
    assert rewards(known).rows() == [(1, True), (2, False), (3, None), (4, None)]
    assert rewards(known.drop("prefers_reward"))["redeems_as_stated"].to_list() == [None] * 4
