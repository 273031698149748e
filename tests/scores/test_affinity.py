import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from persona.scores.affinity import COLD_START, Affinity, affinity, chances, fit_affinity
from persona.scores.affinity_features import BookNumbers
from persona.scores.affinity_fit import Fit
from persona.scores.affinity_state import day_number, folded
from persona.scores.backtest import backtest
from persona.scores.model_card import card, restored
from persona.scores.quality import log_loss
from persona.tables.profile import scores as contract_of

MONTH = timedelta(days=30)


def fitted(sample, bought, *, customers=None, as_of=None):
    everyone = sample.customers if customers is None else customers
    return fit_affinity(everyone, bought, as_of=as_of or sample.as_of, categories=sample.words)


def scored(sample, model, bought=None, customers=None):
    everyone = sample.customers if customers is None else customers
    state = folded(everyone, sample.bought if bought is None else bought, leaves=sample.leaves)
    return affinity(state, model, as_of=sample.as_of, categories=sample.words)


def test_the_fit_is_of_the_books_own_purchases_and_keeps_the_contract(sample):
    assert (sample.model.why_not_fitted, sample.model.leaves) == ("", sample.leaves)
    made = scored(sample, sample.model)
    assert_frame_equal(contract_of(sample.words).checked(made), made)


def test_the_order_of_rows_and_the_numbers_of_customers_mean_nothing(sample):
    shuffled = sample.bought.sample(fraction=1, shuffle=True, seed=1)
    assert fitted(sample, shuffled) == sample.model
    renumbered = sample.bought.with_columns(pl.col("customer_no") + 1_000)
    assert fitted(sample, renumbered, customers=sample.customers + 1_000) == sample.model


def test_a_batch_cut_in_parts_has_the_same_scores(sample):
    halves = [sample.customers[:211], sample.customers[211:]]
    rows = [sample.bought.filter(pl.col("customer_no").is_in(half)) for half in halves]
    parts = [scored(sample, sample.model, bought, half) for bought, half in zip(rows, halves, strict=True)]
    assert_frame_equal(pl.concat(parts), scored(sample, sample.model))


def test_shifting_all_days_changes_no_probability(sample):
    later = sample.as_of + timedelta(days=777)
    moved = sample.bought.with_columns(pl.col("booked_on") + pl.duration(days=777))
    state = folded(sample.customers, moved, leaves=sample.leaves)
    again = chances(state, fitted(sample, moved, as_of=later), as_of=later)
    assert np.abs(again - chances(sample.state, sample.model, as_of=sample.as_of)).max() <= 1e-6


def test_a_group_has_the_chance_that_one_of_its_leaves_is_bought(sample):
    made = scored(sample, sample.model)
    either = 1 - (1 - made["affinity_travel_air"]) * (1 - made["affinity_travel_hotel"])
    assert (made["affinity_travel"] - either).abs().max() <= 2e-6


def test_the_lists_are_the_likeliest_of_what_was_bought_before_and_of_what_never_was(sample):
    made = scored(sample, sample.model)
    bought = set(sample.bought.select("customer_no", "category").unique().rows())
    for row in made.head(50).iter_rows(named=True):
        ranked = sorted(sample.leaves, key=lambda word, row=row: (-row[f"affinity_{word.replace('.', '_')}"], word))
        again = [word for word in ranked if (row["customer_no"], word) in bought]
        new = [word for word in ranked if (row["customer_no"], word) not in bought]
        assert [row[f"again_{i}"] for i in (1, 2, 3)] == [*again, None, None, None][:3]
        assert [row[f"discover_{i}"] for i in (1, 2, 3)] == [*new, None, None, None][:3]


def test_probabilities_fit_what_happens_and_rank_no_worse_than_counting(sample):
    then = sample.as_of - MONTH
    past = fitted(sample, sample.bought.filter(pl.col("booked_on") < then), as_of=then)
    found = backtest(past, sample.customers, sample.bought, as_of=then)
    assert found["affinity"].predicted_over_true == pytest.approx(1, abs=0.15)
    assert found["affinity"].calibration_error < 0.03
    assert found["affinity"].recall >= found["decayed counting"].recall - 0.005


@pytest.mark.parametrize(
    ("kept", "why"),
    [
        (pl.col("booked_on") >= pl.date(2026, 5, 25), "37 days of history, 38 are needed"),
        (pl.lit(False), "0 days of history, 38 are needed"),
    ],
)
def test_where_there_is_too_little_to_learn_from_the_cold_start_speaks(sample, kept, why):
    bought = sample.bought.filter(kept)
    model = fitted(sample, bought)
    assert (model.why_not_fitted, model.fit.coefficients) == (why, COLD_START)
    contract_of(sample.words).checked(scored(sample, model, bought))


def test_a_half_empty_month_is_not_learnt_from(sample):
    age = (pl.lit(sample.as_of) - pl.col("booked_on")).dt.total_days()
    model = fitted(sample, sample.bought.filter(~age.is_between(36, 50)))
    assert model.why_not_fitted.startswith("a 30-day window has ")
    assert (model.fit, model.used) == (Fit(), "coefficients of a cold start")


def test_cold_start_by_hand(sample):
    # One leaf that nobody has bought: p = sigmoid(-2.08 + .35 ln pop + 1.15 ln a30 - .60 ln a180).
    numbers = BookNumbers((0.5, 0.25), (-1.0,), (0.0,), ((0.0,),))
    model = Affinity(("pets",), numbers, Fit(), ((0.0,) * 5, (0.0,) * 5), (("pets", 0.0),), 0, "new")
    odds = -2.08 - 0.35 + 1.15 * np.log(0.5) - 0.60 * np.log(0.25)
    state = folded([1], sample.bought.head(0), leaves=("pets",))
    of_31_days = 1 / (1 + np.exp(-odds))
    assert chances(state, model, as_of=sample.as_of).tolist() == [[round(1 - (1 - of_31_days) ** (30 / 31), 6)]]


def test_a_model_read_back_from_its_card_is_the_same(sample):
    saved = json.loads(json.dumps(card(sample.model, as_of=sample.as_of)))
    assert restored(saved) == sample.model
    with pytest.raises(ValueError, match="is not a card of format 3"):
        restored(saved | {"format": 2})


def test_the_card_tells_the_skill_of_a_month_foretold_from_before(sample):
    told = card(sample.model, as_of=sample.as_of)
    assert told["used"] == "the fitted model"
    assert 0 < told["skill"] < 1
    assert sum(one["customers"] for one in told["measured"]["calibration"]) > 5_000
    assert {name: one["is_alarm"] for name, one in told["drift"].items()} == dict.fromkeys(
        ("recent purchases", "active now", "active for long"), False
    )


def test_the_card_tells_the_days_that_the_model_has_learnt_from(sample):
    told = card(sample.model, as_of=date(2026, 7, 1))
    of_book = "purchases before 2026-07-01: the levels of the book"
    fitted_on = "purchases before 2026-04-30 and before 2026-05-31, and what was bought in 31 days from then"
    assert (told["as_of"], told["learnt_from"]) == ("2026-07-01", [f"{fitted_on}: the coefficients", of_book])
    young = card(replace(sample.model, evidence=None), as_of=date(2026, 7, 1))
    assert young["learnt_from"][0].startswith("purchases before 2026-05-31, and what was bought in 31 days from then")
    cold = card(replace(sample.model, used="coefficients of a cold start"), as_of=date(2026, 7, 1))
    assert cold["learnt_from"] == [of_book]


def test_the_card_says_whether_the_model_was_fitted(sample):
    assert card(sample.model, as_of=sample.as_of)["says"][1].startswith("Fitted on ")
    cold = replace(sample.model, why_not_fitted="new", used="coefficients of a cold start")
    assert card(cold, as_of=sample.as_of)["says"][1] == "Used: coefficients of a cold start, because: new."


def with_rents(bought):
    """The purchases, and a rent on the first of each of eight months of every second customer."""
    firsts = [date(2025 + month // 12, month % 12 + 1, 1) for month in range(10, 18)]
    who = range(2, 1_001, 2)
    rows = [(one, "rent", first) for one in who for first in firsts]
    rents = pl.DataFrame(rows, schema=["customer_no", "category", "booked_on"], orient="row")
    return pl.concat([bought, rents])


def test_what_is_due_each_month_is_as_likely_as_it_happens(sample):
    then, words = date(2026, 6, 1), (*sample.words, "rent")
    bought = with_rents(sample.bought)
    known = bought.filter(pl.col("booked_on") < then)
    model = fit_affinity(sample.customers, known, as_of=then, categories=words)
    state = folded(sample.customers, known, leaves=model.leaves)
    told, bare = (
        affinity(state, one, as_of=then, categories=words)["affinity_rent"].to_numpy()
        for one in (model, replace(model, fit=replace(model.fit, leaf_levels=((), ()))))
    )
    assert (model.why_not_fitted, len(model.fit.leaf_levels[0])) == ("", len(model.leaves))
    assert told[1::2].mean() == pytest.approx(1, abs=0.03)
    assert told[::2].max() < 0.2
    assert bare[1::2].mean() < 0.95


def test_a_category_has_no_level_of_its_own_where_that_foretold_no_better(sample):
    assert sample.model.fit.leaf_levels == ((), ())
    levelled = replace(sample.model, fit=replace(sample.model.fit, leaf_levels=((0.1, 0.2), ())))
    assert restored(json.loads(json.dumps(card(levelled, as_of=sample.as_of)))) == levelled


def seen_and_told(sample, bought, then):
    """Foretold over happened in the 30 days from a day, of what was bought before and of what never was."""
    known = bought.filter(pl.col("booked_on") < then)
    model = fit_affinity(sample.customers, known, as_of=then, categories=sample.words)
    state = folded(sample.customers, known, leaves=model.leaves)
    after = bought.filter(pl.col("booked_on").is_between(then, then + MONTH, closed="left"))
    happened, told = folded(sample.customers, after, leaves=model.leaves).seen, chances(state, model, as_of=then)
    return model, [told[state.seen == side].sum() / happened[state.seen == side].sum() for side in (True, False)]


def test_with_two_months_of_history_a_cold_start_is_levelled_on_one_window(sample):
    young = sample.bought.filter(pl.col("booked_on") >= date(2026, 4, 1))
    model, levels = seen_and_told(sample, young, date(2026, 6, 1))
    assert (model.why_not_fitted, model.used, model.evidence) == (
        "61 days of history, 92 are needed to learn and to test it",
        "a cold start at the levels of the closed month",
        None,
    )
    assert levels == pytest.approx([1, 1], abs=0.25)


def test_one_booking_with_a_wrong_clock_makes_no_history(sample):
    young = sample.bought.filter(pl.col("booked_on") >= date(2026, 5, 25))
    wrong = young.head(1).with_columns(booked_on=date(1999, 1, 1))
    model = fitted(sample, pl.concat([young, wrong]))
    assert model.why_not_fitted == fitted(sample, young).why_not_fitted == "37 days of history, 38 are needed"


def test_where_little_happened_a_cold_start_is_moved_to_its_level(sample):
    few = sample.bought.filter(pl.col("customer_no") <= 60)
    model, levels = seen_and_told(sample, few, date(2026, 6, 1))
    assert model.why_not_fitted.startswith("fewer than 200 purchases to learn from")
    assert levels[0] == pytest.approx(1, abs=0.5)
    assert levels[1] == pytest.approx(1, abs=0.7)


def test_where_nearly_all_buy_again_nobody_is_told_less(sample):
    months = pl.DataFrame({"booked_on": [date(2026, month, 15) for month in range(1, 7)]})
    every = pl.DataFrame({"customer_no": sample.customers}).join(months, how="cross")
    every = every.filter((pl.col("customer_no") * 7 + pl.col("booked_on").dt.month()) % 50 > 0)
    bought = every.select("customer_no", "booked_on", category=pl.lit("books")).select(sample.bought.columns)
    _, levels = seen_and_told(sample, pl.concat([sample.bought, bought]), date(2026, 6, 1))
    assert levels[0] == pytest.approx(1, abs=0.1)


def test_one_customer_who_books_for_all_moves_nobody_else(sample):
    days = [sample.as_of - timedelta(days=1 + at % 25) for at in range(50_000)]
    till = pl.DataFrame({"customer_no": 1, "category": "fuel", "booked_on": days}).select(sample.bought.columns)
    till = till.with_columns(pl.col("customer_no").cast(sample.bought.schema["customer_no"]))
    model = fitted(sample, pl.concat([sample.bought.filter(pl.col("customer_no") > 1), till]))
    told, usual = (chances(sample.state, one, as_of=sample.as_of)[1:] for one in (model, sample.model))
    assert np.abs(told - usual).max() < 0.03


def test_who_is_silent_for_long_is_told_what_the_silent_do(sample):
    gone = pl.col("customer_no") % 2 == 0
    bought = sample.bought.filter(~(gone & (pl.col("booked_on") >= date(2025, 11, 25))))
    model = fitted(sample, bought)
    state = folded(sample.customers, bought, leaves=sample.leaves)
    silent = (state.first < state.last.max()) & (day_number(sample.as_of) - state.last > 180)
    told = chances(state, model, as_of=sample.as_of)[silent]
    loud = chances(state, replace(model, fit=replace(model.fit, silence=(0.0, 0.0, 0.0))), as_of=sample.as_of)[silent]
    assert silent.sum() > 100
    assert told.sum() < 0.5 * loud.sum()


def test_a_fit_that_foretold_far_more_than_came_says_that_its_levels_cannot_be_trusted(sample):
    age = (pl.lit(sample.as_of) - pl.col("booked_on")).dt.total_days()
    quiet = sample.bought.filter(~age.is_between(1, 31) | (pl.col("customer_no") % 3 > 0))
    model = fitted(sample, quiet)
    level = model.evidence.measured.foretold_over_happened
    assert level > 1.25
    assert f"of the newest month it foretold {level:.2f} times what came" in model.why_not_fitted
    assert card(model, as_of=sample.as_of)["not_trusted_because"] == [model.why_not_fitted]


@pytest.mark.parametrize("days", [45, 65, 80])
def test_a_young_book_of_bills_is_foretold_no_worse_than_by_the_month_before(sample, days):
    then = date(2026, 6, 1)
    bought = with_rents(sample.bought).filter(pl.col("booked_on") >= then - timedelta(days=days))
    words = (*sample.words, "rent")
    known = bought.filter(pl.col("booked_on") < then)
    model = fit_affinity(sample.customers, known, as_of=then, categories=words)
    state = folded(sample.customers, known, leaves=model.leaves)
    told, active = chances(state, model, as_of=then), state.is_active(day_number(then))
    months = [
        bought.filter(pl.col("booked_on").is_between(one, one + MONTH, closed="left")) for one in (then - MONTH, then)
    ]
    before, after = (folded(sample.customers, rows, leaves=model.leaves).seen[active] for rows in months)
    had = folded(sample.customers, known.filter(pl.col("booked_on") < then - MONTH), leaves=model.leaves).seen[active]
    seen, rates = state.seen[active], np.zeros(before.shape)
    for side in (True, False):
        share = ((before & (had == side)).sum(axis=0) + 0.5) / ((had == side).sum(axis=0) + 1)
        rates = np.where(seen == side, share, rates)
    assert model.used == "a cold start at the levels of the closed month"
    assert log_loss(told[active], after) < log_loss(rates, after)
