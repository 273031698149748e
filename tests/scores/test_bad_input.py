"""Books that no model was thought of for: the fallback speaks, and every probability is one."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from persona.scores.affinity import affinity, fit_affinity
from persona.scores.affinity_state import folded
from persona.scores.attrition import attrition, fit_attrition
from persona.scores.gates import few_positives
from persona.scores.habits import habits_of
from persona.scores.occasions import occasions
from persona.tables.words import leaves

AS_OF = date(2026, 7, 1)
CUSTOMERS = list(range(1, 301))
WORDS = ("dining", "fuel")


def every_day(days, *, words=WORDS, customers=CUSTOMERS):
    """Everybody buys everything on each of these days before."""
    rows = pl.DataFrame({"customer_no": customers}).join(pl.DataFrame({"age": list(days)}), how="cross")
    bought = rows.join(pl.DataFrame({"category": list(words)}), how="cross")
    day = pl.lit(AS_OF) - pl.duration(days=pl.col("age"))
    return bought.select("customer_no", "category", booked_on=day, spent_minor=pl.lit(1_000))


def scored(bought, words=WORDS):
    model = fit_affinity(CUSTOMERS, bought, as_of=AS_OF, categories=words)
    state = folded(CUSTOMERS, bought, leaves=leaves(words))
    return model, affinity(state, model, as_of=AS_OF, categories=words)


@pytest.mark.parametrize("days", [range(1, 200, 3), range(70, 300, 3)])
def test_where_everybody_bought_everything_or_nobody_anything_the_closed_months_speak(days):
    model, made = scored(every_day(days))
    assert model.why_not_fitted
    chances = made.select("affinity_dining", "affinity_fuel").to_numpy()
    assert np.isfinite(chances).all()
    assert ((chances >= 0) & (chances <= 1)).all()


def test_in_a_book_of_one_category_nothing_is_left_to_discover():
    _, made = scored(every_day(range(1, 200, 3), words=("dining",)), words=("dining",))
    assert made["again_1"].unique().to_list() == ["dining"]
    assert made["discover_1"].null_count() == made.height


def test_of_a_category_that_is_new_in_the_rules_everybody_is_told_alike():
    _, made = scored(every_day(range(1, 200, 3)), words=(*WORDS, "pets"))
    assert made["affinity_pets"].n_unique() == 1
    assert made["discover_1"].unique().to_list() == ["pets"]


def test_purchases_of_a_category_that_is_in_the_rules_no_more_break_nothing():
    bought = every_day(range(1, 200, 3), words=(*WORDS, "unheard.of"))
    assert scored(bought)[1].columns == scored(every_day(range(1, 200, 3)))[1].columns


def test_labels_that_are_all_alike_are_not_learnt_from():
    assert few_positives(np.ones(500)) == "what is foreseen did not happen 0 times, 200 are needed"
    seen = occasions(CUSTOMERS, every_day(range(1, 200, 3)), as_of=AS_OF)
    model, card = fit_attrition(seen, as_of=AS_OF)
    assert card.not_trusted_because != ()
    told = attrition(habits_of(seen), habits_of(seen.earlier(90)), model)
    assert told["buys_30d"].drop_nulls().is_between(0, 1).all()


def test_nobody_at_all_is_scored_without_a_fault():
    none = every_day([1]).clear()
    model = fit_affinity([], none, as_of=AS_OF, categories=WORDS)
    state = folded([], none, leaves=WORDS)
    assert affinity(state, model, as_of=AS_OF, categories=WORDS).height == 0
    assert fit_attrition(occasions([], none, as_of=AS_OF), as_of=AS_OF)[0] is None


def test_a_day_of_the_future_is_known_to_nobody():
    ahead = every_day([-5])
    seen = occasions(CUSTOMERS, ahead, as_of=AS_OF)
    assert seen.who.tolist() == []
    assert len(occasions(CUSTOMERS, ahead, as_of=AS_OF + timedelta(days=6)).who) == len(CUSTOMERS)
