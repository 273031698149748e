"""How prices are answered: learnt where answers say it, declared where they do not, never falling."""

from datetime import date, datetime, timedelta
from math import exp, log

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.scores.price_curves import PriceLadder, curves_of, fit_price_curve, told_prices

AS_OF = date(2026, 7, 1)
POINTS = {"low": -0.5, "mid": 0.0, "high": 0.5}
LADDER = PriceLadder("deposit", POINTS, log(3.0), "lifecycle")


def answers(slope, *, customers=600, seed=5):
    """Closed contacts at prices drawn by lot, of whom a fifth say yes at the middle one; in two segments."""
    rng = np.random.default_rng(seed)
    names = list(POINTS)
    point = rng.integers(0, 3, customers)
    odds = log(0.25) + slope * np.array([POINTS[name] for name in names])[point]
    taken = rng.random(customers) < 1 / (1 + np.exp(-odds))
    return pl.DataFrame(
        {
            "customer_no": np.arange(customers),
            "offer_id": "deposit",
            "channel": "email",
            "on": [date(2026, 3, 1) + timedelta(days=int(day)) for day in rng.integers(0, 90, customers)],
            "price_point": [names[at] for at in point],
            "is_taken": taken,
            "is_by_lot": False,
            "segment": [["new", "steady", None][n % 3] for n in range(customers)],
        }
    )


def slopes(card):
    return {one["segment"]: one["slope"] for one in card.numbers["curves"]}


def test_a_planted_slope_is_found_in_each_segment_and_said_to_be_used():
    card = fit_price_curve(answers(3.0), LADDER, as_of=AS_OF)
    assert card.used == "the model"
    assert card.not_trusted_because == ()
    assert set(slopes(card)) == {"new", "steady", None}
    assert all(one == pytest.approx(3.0, abs=0.8) for one in slopes(card).values())
    assert card.measured.skill > 0


def test_without_an_effect_the_declared_one_is_used():
    card = fit_price_curve(answers(0.0), LADDER, as_of=AS_OF)
    assert "a better price is not clearly answered better" in card.not_trusted_because[0]
    assert slopes(card) == {None: pytest.approx(log(3.0), abs=1e-6)}
    assert card.used == "the odds ratio that the offer declares"


def test_few_answers_or_one_price_teach_nothing_and_without_a_declared_one_the_base_price_stays():
    ladder = PriceLadder("deposit", POINTS, None, "")
    few = fit_price_curve(answers(3.0, customers=40), ladder, as_of=AS_OF)
    one = fit_price_curve(answers(3.0).filter(pl.col("price_point") == "mid"), ladder, as_of=AS_OF)
    nothing = fit_price_curve(answers(3.0).clear(), ladder, as_of=AS_OF)
    assert few.not_trusted_because[-1].startswith("accepted ")
    assert one.not_trusted_because == ("1 of its prices was told 30 times or more, two are needed",)
    assert nothing.learnt_from == ("no contact at a price that is known",)
    assert [card.numbers["curves"] for card in (few, one, nothing)] == [[], [], []]
    assert {card.used for card in (few, one, nothing)} == {"the base price for everybody"}


def test_a_price_that_was_never_told_is_named():
    card = fit_price_curve(answers(3.0).filter(pl.col("price_point") != "high"), LADDER, as_of=AS_OF)
    assert "Never told so far, so that its answer is a guess: high." in card.says


def test_a_segment_with_few_answers_has_nearly_the_slope_of_the_others():
    told = answers(3.0).with_columns(
        segment=pl.when(pl.col("customer_no") < 6).then(pl.lit("rare")).otherwise(pl.lit("many"))
    )
    found = slopes(fit_price_curve(told, LADDER, as_of=AS_OF))
    assert abs(found["rare"] - found["many"]) < 0.6


@settings(max_examples=8)
@given(st.floats(-4, 4), st.integers(0, 50), st.randoms(use_true_random=False))
def test_no_slope_falls_and_the_order_of_answers_means_nothing(slope, seed, random):
    told = answers(slope, customers=200, seed=seed)
    card = fit_price_curve(told, LADDER, as_of=AS_OF)
    assert all(one >= 0 for one in slopes(card).values())
    order = list(range(told.height))
    random.shuffle(order)
    assert fit_price_curve(told[order], LADDER, as_of=AS_OF) == card


def test_the_price_of_a_contact_is_the_one_that_was_sent_and_answers_must_have_had_their_time():
    def row(no, outcome, day, price, arm="treated", lot=None):
        return (no, "deposit", "email", outcome, datetime.fromisoformat(f"2026-{day}T09:00:00"), arm, price, lot)

    rows = [
        row(1, "sent", "05-01", "low"),
        row(1, "accepted", "05-03", None),
        row(2, "sent", "05-01", None),
        row(3, "sent", "06-28", "low"),
        row(4, "sent", "05-01", "high", "holdout"),
        row(5, "sent", "05-01", "high", lot=0.5),
        row(6, "sent", "05-01", "high", lot=1.0),
    ]
    names = ["customer_no", "offer_id", "channel", "outcome", "at", "arm", "price_point", "price_lot"]
    told = told_prices(pl.DataFrame(rows, names, orient="row"), as_of=AS_OF)
    rows = told.select("customer_no", "price_point", "is_taken", "is_by_lot").rows()
    # Where one price alone was open nothing was left to chance.
    assert rows == [(1, "low", True, False), (5, "high", False, True), (6, "high", False, False)]


def test_curves_come_back_from_cards_sorted_with_everybody_else_last():
    cards = [fit_price_curve(answers(3.0), LADDER, as_of=AS_OF).as_json()]
    frame = curves_of(cards)
    assert frame["segment"].to_list() == ["new", "steady", None]
    assert frame["usual"].to_list() == [frame["usual"][0]] * 3
    assert exp(frame["slope"][0]) > 5


def test_prices_by_lot_are_believed_before_those_that_were_chosen():
    # Whoever was chosen for a better price says yes whatever it is; what was drawn says how prices are answered.
    chosen = answers(9.0, seed=6).with_columns(pl.col("customer_no") + 10_000)
    lots = answers(2.0).with_columns(is_by_lot=pl.lit(value=True))
    card = fit_price_curve(pl.concat([chosen, lots]), LADDER, as_of=AS_OF)
    assert slopes(card) == slopes(fit_price_curve(lots, LADDER, as_of=AS_OF))
    assert card.says[-1].startswith("600 of 1,200 prices were drawn by lot, and these alone were read")
    usual = chosen["price_point"].extend(lots["price_point"]).replace_strict(POINTS, return_dtype=pl.Float64).mean()
    assert card.numbers["curves"][0]["usual"] == pytest.approx(usual, abs=1e-9)


def test_too_few_lots_are_read_with_the_others_and_the_card_says_so():
    lots = answers(2.0, customers=40, seed=6).with_columns(pl.col("customer_no") + 10_000, is_by_lot=pl.lit(value=True))
    card = fit_price_curve(pl.concat([answers(2.0), lots]), LADDER, as_of=AS_OF)
    assert card.learnt_from[0].startswith("640 closed contacts")
    assert "40 of 640 prices were drawn by lot, too few to be read alone" in card.says[-1]


def test_where_lots_say_that_prices_are_not_answered_what_was_chosen_does_not_overrule_them():
    chosen = answers(9.0, seed=6).with_columns(pl.col("customer_no") + 10_000)
    lots = answers(0.0).with_columns(is_by_lot=pl.lit(value=True))
    card = fit_price_curve(pl.concat([chosen, lots]), LADDER, as_of=AS_OF)
    assert card.used == "the odds ratio that the offer declares"
