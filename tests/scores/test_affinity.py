import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from persona.scores.affinity import COLD_START, Affinity, affinity, chances, fit_affinity
from persona.scores.affinity_features import BookNumbers
from persona.scores.affinity_state import folded
from persona.scores.backtest import backtest
from persona.scores.model_card import card, restored
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
        (pl.col("booked_on") >= pl.date(2026, 3, 23), "100 days of history, 120 are needed"),
        (pl.lit(False), "0 days of history, 120 are needed"),
        (
            (pl.col("category") == "pets") & (pl.col("customer_no") <= 300),
            "too few purchases to learn from (bought before, never bought)",
        ),
    ],
)
def test_where_there_is_too_little_to_learn_from_the_cold_start_speaks(sample, kept, why):
    bought = sample.bought.filter(kept)
    model = fitted(sample, bought)
    assert (model.why_not_fitted, (model.bought, model.never)) == (why, COLD_START)
    contract_of(sample.words).checked(scored(sample, model, bought))


def test_a_half_empty_month_is_not_learnt_from(sample):
    age = (pl.lit(sample.as_of) - pl.col("booked_on")).dt.total_days()
    model = fitted(sample, sample.bought.filter(~age.is_between(36, 50)))
    assert model.why_not_fitted.startswith("a 30-day window has ")
    assert model.bought == COLD_START[0]


def test_cold_start_by_hand(sample):
    # One leaf that nobody has bought: p = sigmoid(-2.08 + .35 ln pop + 1.15 ln a30 - .60 ln a180).
    numbers = BookNumbers((0.5, 0.25), (-1.0,), (0.0,), ((0.0,),))
    model = Affinity(("pets",), numbers, *COLD_START, ((0.0,) * 5, (0.0,) * 5), (("pets", 0.0),), 0, "new")
    odds = -2.08 - 0.35 + 1.15 * np.log(0.5) - 0.60 * np.log(0.25)
    state = folded([1], sample.bought.head(0), leaves=("pets",))
    assert chances(state, model, as_of=sample.as_of).tolist() == [[round(1 / (1 + np.exp(-odds)), 6)]]


def test_a_model_read_back_from_its_card_is_the_same(sample):
    saved = json.loads(json.dumps(card(sample.model)))
    assert restored(saved) == sample.model
    with pytest.raises(ValueError, match="is not a card of format 2"):
        restored(saved | {"format": 1})


def test_the_card_tells_the_skill_of_a_month_foretold_from_before(sample):
    told = card(sample.model)
    assert told["used"] == "the fitted model"
    assert 0 < told["skill"] < 1
    assert sum(one["customers"] for one in told["measured"]["calibration"]) > 5_000
    assert {name: one["is_alarm"] for name, one in told["drift"].items()} == dict.fromkeys(
        ("recent purchases", "active now", "active for long"), False
    )


def test_the_card_says_whether_the_model_was_fitted(sample):
    assert card(sample.model)["says"][1].startswith("Fitted on ")
    assert card(replace(sample.model, why_not_fitted="new"))["says"][1].startswith("Coefficients of a cold start: new.")


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
        for one in (model, replace(model, leaf_levels=()))
    )
    assert (model.why_not_fitted, len(model.leaf_levels)) == ("", len(model.leaves))
    assert told[1::2].mean() == pytest.approx(1, abs=0.03)
    assert told[::2].max() < 0.2
    assert bare[1::2].mean() < 0.95


def test_a_category_has_no_level_of_its_own_where_that_foretold_no_better(sample):
    assert sample.model.leaf_levels == ()
    assert restored(json.loads(json.dumps(card(replace(sample.model, leaf_levels=(0.1, 0.2)))))).leaf_levels == (
        0.1,
        0.2,
    )
