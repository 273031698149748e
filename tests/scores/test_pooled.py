import json
from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl
import pytest

from persona.scores.affinity_state import folded
from persona.scores.answers import contacts
from persona.scores.pairs import TERMS
from persona.scores.pooled import Pooled, fit_pooled, pooled
from persona.scores.propensity import Prior
from persona.scores.propensity_reasons import propensity_drivers
from persona.scores.told import told_of
from persona.tables import CANONICAL

AS_OF = date(2026, 7, 1)
LEAVES = ("books", "dining", "fuel", "groceries")
PRIORS = (
    Prior("fuel_card", "rewards", 0.08, 100, "fuel"),
    Prior("never_told", "rewards", 0.2, 100, None),
    Prior("savings", "savings", 0.08, 100, None),
)
OUTCOMES = {"customer_no": pl.Int64} | {c.name: c.dtype for c in CANONICAL["outcomes"].columns}
NOBODY = pl.Series([], dtype=pl.Int64)


def bank(customers=2_500, *, seed=3, shuffled=False, shift=0):
    """Drivers take the fuel card, diners take savings; each is told of one of them in each of four months."""
    rng = np.random.default_rng(seed)
    drives = rng.random(customers) < 0.5
    rates = np.where(drives[:, None], [0.3, 0.6, 4.0, 2.0], [0.6, 4.0, 0.3, 2.0])
    counts = rng.poisson(rates * 3)
    who, leaf = np.nonzero(counts)
    who, leaf = (np.repeat(one, counts[np.nonzero(counts)]) for one in (who, leaf))
    day = AS_OF + timedelta(days=shift)
    booked = [day - timedelta(days=int(age)) for age in rng.integers(1, 300, len(who))]
    bought = pl.DataFrame({"customer_no": who + 1, "category": [LEAVES[i] for i in leaf], "booked_on": booked})
    rows = []
    for month in range(4):
        savings = rng.random(customers) < 0.5
        chance = np.where(savings == drives, 0.02, 0.16)
        takes = rng.random(customers) < (rng.permutation(chance) if shuffled else chance)
        for one in range(customers):
            at = datetime.combine(day, time(9)) - timedelta(days=16 + 30 * month + one % 25)
            row = {"customer_no": one + 1, "offer_id": "savings" if savings[one] else "fuel_card", "channel": "email"}
            rows.append(row | {"outcome": "sent", "at": at})
            if takes[one]:
                rows.append(row | {"outcome": "accepted", "at": at + timedelta(days=2)})
    blank = dict.fromkeys(OUTCOMES)
    return pl.DataFrame([blank | row for row in rows], schema=OUTCOMES), bought, drives


def fitted(outcomes, bought, *, as_of=AS_OF):
    told = told_of(contacts(outcomes, as_of=as_of), bought, PRIORS, as_of=as_of, categories=LEAVES)
    return fit_pooled(told, as_of=as_of)


def night(model, outcomes, bought, *, unprofiled=NOBODY, as_of=AS_OF):
    state = folded(bought["customer_no"].unique().sort().to_numpy(), bought, leaves=LEAVES)
    usual = pl.DataFrame({"customer_no": state.customers}).with_columns(
        *(pl.lit(prior.rate).alias(f"p_{prior.offer_id}") for prior in PRIORS)
    )
    told = contacts(outcomes, as_of=as_of)
    return pooled(state, told, model, as_of=as_of, usual=usual, unprofiled=unprofiled)


@pytest.fixture(scope="module")
def planted():
    outcomes, bought, drives = bank()
    return outcomes, bought, drives, *fitted(outcomes, bought)


def test_planted_tastes_are_found_and_beat_the_shrunken_rates(planted):
    _, _, _, model, card = planted
    weights = dict(zip(TERMS, model.coefficients[1:], strict=True))
    assert weights["buys like those who took it"] > 0
    assert card.used == "the pooled model"
    assert card.measured.skill > 0.05
    assert card.measured.foretold_over_happened == pytest.approx(1, abs=0.15)


def test_chances_lie_near_the_planted_ones(planted):
    outcomes, bought, drives, model, _ = planted
    made = night(model, outcomes, bought)
    drives = drives[made["customer_no"].to_numpy() - 1]
    found = [
        made[f"p_{offer}"].to_numpy()[kind].mean() for offer in ("fuel_card", "savings") for kind in (drives, ~drives)
    ]
    assert found == pytest.approx([0.16, 0.02, 0.02, 0.16], abs=0.03)


def test_an_offer_that_nobody_was_told_of_and_who_objects_to_profiling_keep_what_is_usual(planted):
    outcomes, bought, _, model, _ = planted
    made = night(model, outcomes, bought, unprofiled=pl.Series([2]))
    assert set(made["p_never_told"]) == {0.2}
    assert made.row(1) == (2, 0.08, 0.2, 0.08)
    assert made.row(0) != (1, 0.08, 0.2, 0.08)


def test_the_model_is_what_its_card_says(planted):
    *_, model, card = planted
    assert Pooled.of(json.loads(json.dumps(card.as_json()))["numbers"]) == model
    assert Pooled.of({}) is None


def test_neither_the_order_of_rows_nor_what_comes_later_nor_the_date_means_anything(planted):
    outcomes, bought, _, model, card = planted
    later = outcomes.head(50).with_columns(at=pl.lit(datetime.combine(AS_OF, time(9))), outcome=pl.lit("accepted"))
    mixed = pl.concat([outcomes, later]).sample(fraction=1, shuffle=True, seed=1)
    assert fitted(mixed, bought.sample(fraction=1, shuffle=True, seed=2))[1] == card
    moved_outcomes, moved_bought, _ = bank(shift=200)
    moved, _ = fitted(moved_outcomes, moved_bought, as_of=AS_OF + timedelta(days=200))
    assert moved.coefficients == pytest.approx(model.coefficients, abs=1e-9)
    assert (moved.slope, moved.level) == pytest.approx((model.slope, model.level), abs=1e-9)


def test_another_numbering_of_the_customers_changes_no_chance(planted):
    outcomes, bought, _, model, _ = planted
    turned = pl.col("customer_no") * -1 + 5_000
    other, _ = fitted(outcomes.with_columns(turned), bought.with_columns(turned))
    assert other.coefficients == pytest.approx(model.coefficients, abs=1e-9)


def test_shuffled_answers_teach_nothing_and_the_rates_stay():
    outcomes, bought, _ = bank(shuffled=True)
    _, card = fitted(outcomes, bought)
    assert card.measured.ranks == pytest.approx(0.5, abs=0.05)


def test_few_acceptances_leave_the_shrunken_rates_in_use():
    outcomes, bought, _ = bank(400)
    model, card = fitted(outcomes, bought)
    assert model is None
    assert card.used == "shrunken rates moved by affinity"
    assert "200 are needed" in card.not_trusted_because[0]


def test_without_contacts_there_is_a_card_that_says_so():
    _, bought, _ = bank(400)
    model, card = fitted(pl.DataFrame(schema=OUTCOMES), bought)
    assert model is None
    assert (card.customers, card.positives) == (0, 0)


def test_a_term_that_knows_the_outcome_stops_the_model():
    outcomes, bought, _ = bank()
    takers = outcomes.filter(pl.col("outcome") == "accepted").select("customer_no", "at")
    # What follows an acceptance is booked before the contact, as a careless join would have it.
    leak = takers.select("customer_no", category=pl.lit("books"), booked_on=pl.col("at").dt.date() - timedelta(days=3))
    everywhere = pl.concat([bought, *[leak] * 30])
    model, card = fitted(outcomes, everywhere)
    assert model is None
    assert "seems to know the outcome" in " ".join(card.not_trusted_because)


@pytest.mark.parametrize(
    ("is_driver", "says"), [(True, "buys fuel as those who took it do"), (False, "buys unlike those who took it")]
)
def test_a_customer_is_told_in_words_what_speaks_for_an_offer_and_against_it(planted, is_driver, says):
    outcomes, bought, drives, model, _ = planted
    customer_no = int(np.flatnonzero(drives == is_driver)[5]) + 1
    state = folded(bought["customer_no"].unique().sort().to_numpy(), bought, leaves=LEAVES)
    found = propensity_drivers(
        state, contacts(outcomes, as_of=AS_OF), model, as_of=AS_OF, customer_no=customer_no, offer_id="fuel_card"
    )
    assert (found[0].says, found[0].log_odds > 0) == (says, is_driver)
    assert (
        propensity_drivers(
            state, contacts(outcomes, as_of=AS_OF), model, as_of=AS_OF, customer_no=customer_no, offer_id="never_told"
        )
        == ()
    )


def test_other_names_of_categories_change_no_propensity(planted):
    outcomes, bought, _, model, _ = planted
    called = dict(zip(LEAVES, ("zoo", "yarn", "fuel", "wine"), strict=True))
    renamed = bought.with_columns(pl.col("category").replace_strict(called))
    told = told_of(contacts(outcomes, as_of=AS_OF), renamed, PRIORS, as_of=AS_OF, categories=sorted(called.values()))
    other, _ = fit_pooled(told, as_of=AS_OF)
    assert other.coefficients == pytest.approx(model.coefficients, abs=1e-9)
    assert (other.slope, other.level) == pytest.approx((model.slope, model.level), abs=1e-9)


def test_one_customer_has_the_same_chances_to_the_byte_as_in_the_whole_book(planted):
    outcomes, bought, _, model, _ = planted
    whole = night(model, outcomes, bought)
    for customer_no in (1, 40, 77):
        alone = pl.col("customer_no") == customer_no
        assert night(model, outcomes.filter(alone), bought.filter(alone)).rows() == whole.filter(alone).rows()
