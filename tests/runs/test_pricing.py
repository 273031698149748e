"""At which prices messages left, as the nights that are kept say it."""

import polars as pl

from persona.runs.pricing import prices_told

ROWS = {"message_id": ["a", "b", None], "price_point": ["low", None, "high"], "price_lot": [0.5, None, 0.5]}


def test_of_each_message_with_a_price_it_is_known_how_likely_the_lot_was():
    assert prices_told(pl.LazyFrame(ROWS)).rows(named=True) == [{"message_id": "a", "price_lot": 0.5, "told": "low"}]


def test_nights_of_before_prices_were_drawn_say_nothing_of_lots():
    told = prices_told(pl.LazyFrame(ROWS).drop("price_lot"))
    assert told.rows(named=True) == [{"message_id": "a", "told": "low"}]
