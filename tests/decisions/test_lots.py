"""Prices by lot: among what is open and no other, as often as their lots say, whatever else is decided."""

from collections import Counter
from math import log

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

POINTS = [{"id": "low", "price": 2}, {"id": "mid", "price": 3}, {"id": "high", "price": 4}]
LADDER = {"kind": "deposit_rate", "term": "rate", "base": "mid", "points": POINTS, "source": "rate table"}
# Of 1,000 a price of 2, 3 or 4 leaves 800, 700 or 600; the odds of a yes double with each step.
DEPOSIT = {"offer": "deposit", "worth": "1000 - 100 * price"}
CURVES = [("deposit", None, log(4.0), 0.0)]
HALF = {"p": {"deposit": 0.5}}


def bank(night, count, *, customers=None, offers=(), drawn="once", salt="s", more=None, **ladder):
    said = {**DEPOSIT, "price": {**LADDER, **ladder}}
    people = customers or [{"id": f"K{n}", **HALF} for n in range(count)]
    arms = [{"unit": one["id"], "experiment": "arm", "arm": "price"} for one in people]
    layers = [{"id": "arm", "salt": salt, "share": "0.2", "decides": "price", "drawn": drawn}]
    usual = {"offers": [said, *offers], "customers": people, "curves": CURVES, "layers": layers, "arms": arms}
    return night({**usual, **(more or {})})


def told(plan):
    rows = plan.decisions.filter(pl.col("reason") == "O")
    return dict(rows.select("customer_id", "price_point").iter_rows())


def test_each_price_falls_as_often_as_the_others_and_its_probability_is_logged(night):
    plan = bank(night, 300).plan()
    drawn = Counter(told(plan).values())
    assert all(70 <= drawn[name] <= 130 for name in ("low", "mid", "high"))
    rows = plan.decisions.select("price_lot", "p_logged", "layer").unique().rows()
    assert rows == [(0.333333, 0.333333, "arm")]


def test_a_price_with_more_lots_falls_more_often_and_one_with_none_never(night):
    points = [{**POINTS[0], "lots": 3}, POINTS[1], {**POINTS[2], "lots": 0}]
    plan = bank(night, 300, points=points).plan()
    drawn = Counter(told(plan).values())
    assert drawn["high"] == 0
    assert 190 <= drawn["low"] <= 260
    assert set(plan.decisions.select("price_point", "price_lot").iter_rows()) == {("low", 0.75), ("mid", 0.25)}


def test_the_factors_are_those_of_the_price_that_was_drawn_and_the_offer_competes_at_the_mean(night):
    # A half at the base is a third at the worst price and two thirds at the best: 267, 350 and 400 of each.
    plan = bank(night, 60).plan()
    rows = plan.decisions.select("price_point", "p", "worth_minor", "value_milli").unique().sort("worth_minor").rows()
    assert rows == [("high", 0.666667, 600, 400_000), ("mid", 0.5, 700, 350_000), ("low", 0.333333, 800, 266_666)]
    assert plan.plans["value_milli"].to_list() == [60 * 338_889]


@pytest.mark.parametrize(("worth", "wins"), [("3380", "deposit"), ("3400", "rival")])
def test_whether_the_offer_is_told_does_not_hang_on_the_lot(night, worth, wins):
    rival = {"offer": "rival", "worth": worth}
    plan = bank(night, 40, offers=[rival]).plan()
    assert plan.decisions["offer_id"].unique().to_list() == [wins]
    assert plan.candidates.filter(pl.col("rank") == 1)["offer_id"].unique().to_list() == [wins]


def test_who_is_told_under_a_cap_is_the_same_whatever_the_lots(night):
    people = [{"id": f"K{n}", "p": {"deposit": n / 61, "rival": (n * 7 % 60) / 60}} for n in range(1, 60)]
    rules = {"constraints": [{"id": "few", "sum": "1", "where": "offer_id = 'deposit'", "max": 15}]}
    rival = {"offer": "rival", "worth": "700"}
    one, other = (told(bank(night, 0, customers=people, offers=[rival], salt=salt, more=rules).plan()) for salt in "st")
    assert {name for name, point in one.items() if point} == {name for name, point in other.items() if point}
    assert one != other


def test_no_lot_falls_outside_of_band_parity_and_condition(night):
    people = [{"id": f"K{n}", **HALF, "profile": {"income_minor": 100_000 if n % 2 else 900_000}} for n in range(80)]
    bands = {"by": "income_minor", "table": [{"id": "s", "until": 200_000, "ceiling": 3}, {"id": "l", "from": 200_000}]}
    plan = bank(night, 0, customers=people, bands=bands, when="price <> 2 OR income_minor < 200000", parity=1).plan()
    of_band = {"s": set(), "l": set()}
    for name, point in told(plan).items():
        of_band["s" if int(name[1:]) % 2 else "l"].add(point)
    assert of_band == {"s": {"low", "mid"}, "l": {"mid", "high"}}
    assert plan.decisions["price_lot"].unique().to_list() == [0.5]


def test_a_price_that_is_worth_less_than_silence_is_in_no_lot(night):
    points = [*POINTS, {"id": "gift", "price": 11}]
    plan = bank(night, 40, points=points).plan()
    assert set(told(plan).values()) == {"low", "mid", "high"}


def test_a_customer_is_drawn_one_price_on_all_channels_and_it_stays_where_he_stays(night):
    mails = [{"id": name, "channel": name} for name in ("email", "push")]
    plans = [
        bank(night, 30, drawn=drawn, more={"as_of": day, "offers": [{**DEPOSIT, "price": LADDER, "treatments": mails}]})
        for drawn, day in (("once", "2026-07-01"), ("once", "2026-07-02"))
    ]
    one, other = (book.plan() for book in plans)
    assert one.candidates.group_by("customer_no").agg(pl.col("price_point").n_unique())["price_point"].max() == 1
    assert told(one) == told(other)


def test_prices_of_an_arm_that_is_drawn_nightly_change_with_the_night(night):
    people = [{"id": f"K{n}", **HALF} for n in range(2_000)]
    tonight, tomorrow = (
        bank(night, 0, customers=people, drawn="nightly", more={"as_of": day}).plan()
        for day in ("2026-07-01", "2026-07-02")
    )
    lots = tonight.decisions.drop_nulls("price_lot")["customer_id"]
    assert 300 < len(lots) < 500
    assert set(lots) != set(tomorrow.decisions.drop_nulls("price_lot")["customer_id"])
    assert set(tonight.decisions.filter(pl.col("price_lot").is_null())["price_point"]) == {"high"}


def test_prices_that_are_columns_of_their_own_are_drawn_in_the_same_way(night):
    rule = [{"id": "mean", "average": "price", "max": 3.9}]
    apart = bank(night, 60, more={"constraints": rule}).plan()
    assert told(apart) == told(bank(night, 60).plan())
    others = apart.candidates.filter(pl.col("reason") != "O")
    assert set(others["reason"]) == {"R"}


def test_a_budget_holds_for_what_was_drawn(night):
    rule = [{"id": "few", "sum": "1", "where": "price_point = 'high'", "max": 2}]
    plan = bank(night, 60, more={"constraints": rule}).plan()
    assert Counter(told(plan).values())["high"] == 2


@settings(max_examples=5)
@given(st.permutations(range(6)))
def test_order_and_batches_of_customers_are_nothing_to_a_price_by_lot(night, order):
    people = [{"id": f"K{n}", "no": n + 1, **HALF} for n in range(6)]
    plain = bank(night, 0, customers=people).plan()
    mixed = bank(night, 0, customers=[people[n] for n in order])
    assert plain.decisions.equals(mixed.plan().decisions.sort("customer_no"))
    parts = mixed.plan_in_batches(mixed.customers[:3], mixed.customers[3:])
    assert plain.candidates.equals(parts.candidates)
