from datetime import date

import numpy as np
import polars as pl
import pytest

from persona.scores.occasions import occasions, occasions_by

AS_OF = date(2026, 7, 1)
BOUGHT = pl.DataFrame(
    {
        "customer_no": [2, 1, 1, 1, 1, 9],
        "booked_on": [
            date(2026, 6, 30),
            date(2026, 6, 21),
            date(2026, 6, 1),
            date(2026, 6, 21),
            AS_OF,
            date(2026, 6, 1),
        ],
        "spent_minor": [500, 100, 300, 50, 999, 999],
    }
)


@pytest.fixture
def seen():
    return occasions([1, 2, 3], BOUGHT, as_of=AS_OF)


def test_purchases_of_one_day_are_one_occasion_and_the_day_of_the_run_and_strangers_are_left_out(seen):
    rows = (seen.who.tolist(), seen.age_days.tolist(), seen.spent_minor.tolist())
    assert rows == ([0, 0, 1], [30, 10, 1], [300, 150, 500])


def test_kinds_of_purchases_are_told_apart_and_each_is_as_if_it_were_alone():
    words = ["travel.air", None, "dining", "travel.air", "dining", "dining"]
    told = BOUGHT.with_columns(category=pl.Series(words))
    kinds = {
        "travel": pl.col("category").is_in(["travel.air"]),
        "chosen": pl.col("category").is_null() | pl.col("category").is_in(["dining"]),
        "none": pl.col("category").is_in(["unheard.of"]),
    }
    made = occasions_by([1, 2, 3], told, kinds, as_of=AS_OF)
    for name, kind in kinds.items():
        alone = occasions([1, 2, 3], told.filter(kind), as_of=AS_OF)
        assert made[name].who.tolist() == alone.who.tolist()
        assert made[name].age_days.tolist() == alone.age_days.tolist()
        assert made[name].spent_minor.tolist() == alone.spent_minor.tolist()
    assert made["travel"].spent_minor.tolist() == [50, 500]


def test_amounts_that_are_too_large_to_be_sorted_with_their_day_are_sorted_beside_it(seen):
    dear = occasions([1, 2, 3], BOUGHT.with_columns(pl.col("spent_minor") * 2**50), as_of=AS_OF)
    assert dear.spent_minor.tolist() == [one * 2**50 for one in seen.spent_minor.tolist()]
    assert dear.age_days.tolist() == seen.age_days.tolist()


def test_what_was_known_ten_days_earlier_is_as_of_that_day(seen):
    earlier = seen.earlier(10)
    assert (earlier.who.tolist(), earlier.age_days.tolist(), seen.day - earlier.day) == ([0], [20], 10)


def test_order_of_rows_means_nothing(seen):
    turned = occasions([3, 2, 1], BOUGHT.reverse(), as_of=AS_OF)
    assert all(
        np.array_equal(getattr(turned, name), getattr(seen, name)) for name in ("who", "age_days", "spent_minor")
    )
