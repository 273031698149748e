from datetime import date

import polars as pl
import pytest

from persona.scores.best_hour import measured_hour

AS_OF = date(2026, 7, 1)


def card_of(told, bought, *, usual=12):
    """The card of best hours by customer, and purchases as (customer, hour, times)."""
    hours = pl.DataFrame({"customer_no": list(told), "best_hour": list(told.values())}, schema_overrides=TYPES)
    rows = [(who, hour) for who, hour, times in bought for _ in range(times)]
    made = pl.DataFrame(rows, schema={"customer_no": pl.Int64, "hour": pl.Int8}, orient="row")
    return measured_hour(hours, made, usual=usual, as_of=AS_OF)


TYPES = {"customer_no": pl.Int64, "best_hour": pl.Int64}


def test_a_purchase_within_an_hour_is_a_hit_also_around_midnight():
    card = card_of({1: 0, 2: 18}, [(1, 23, 100), (1, 2, 50), (2, 19, 25), (2, 12, 75)])
    assert (card.measured.hits, card.measured.naive_hits, card.measured.came) == (0.5, 0.3, 250)
    assert card.measured.skill == pytest.approx(2 / 7, abs=1e-6)
    assert (card.customers, card.used, card.not_trusted_because) == (2, "each customer's own hour", ())
    assert card.numbers


def test_hours_that_hit_no_more_than_one_for_everybody_are_not_used():
    card = card_of({1: 8}, [(1, 8, 100), (1, 12, 100)])
    assert (card.used, card.numbers) == ("nothing", {})
    assert card.not_trusted_because == ("no better than the book's hour (0.500 of purchases against 0.500)",)


def test_who_has_no_hour_and_purchases_without_a_time_of_day_are_not_counted():
    card = card_of({1: 8, 2: None}, [(1, 8, 200), (1, None, 50), (2, 8, 50), (3, 8, 50)])
    assert (card.customers, card.measured.came, card.measured.hits) == (1, 200, 1.0)


@pytest.mark.parametrize(("bought", "usual"), [([(1, 12, 199)], 12), ([], None)])
def test_of_too_few_purchases_nobody_can_judge_and_the_hours_are_told(bought, usual):
    card = card_of({1: 8}, bought, usual=usual)
    assert card.used == "each customer's own hour"
    assert card.not_trusted_because == (f"{sum(one[2] for one in bought)} purchases have an hour, 200 are needed",)
