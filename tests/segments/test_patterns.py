import json
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from persona.segments.patterns import fit_patterns, patterns, patterns_card, restored_patterns

WORDS = ("children", "dining", "fuel", "groceries", "rent", "travel.air")
PROFILES = ((9, 1, 1, 6, 0, 0.3), (1, 9, 1, 2, 0, 4), (1, 1, 9, 3, 0, 0.3))


def book(each=120, *, seed=2):
    """Customers of three kinds, half of whom pay a rent every month."""
    rng = np.random.default_rng(seed)
    counts = np.vstack([rng.poisson(profile, (each, len(WORDS))) for profile in PROFILES])
    counts[:, WORDS.index("rent")] = np.where(np.arange(len(counts)) % 2 == 0, 12, 0)
    columns = {f"purchases_365d_{word.replace('.', '_')}": counts[:, at] for at, word in enumerate(WORDS)}
    return pl.DataFrame({"customer_no": np.arange(1, len(counts) + 1)} | columns)


@pytest.fixture(scope="module")
def known():
    return book()


@pytest.fixture(scope="module")
def model(known):
    return fit_patterns(known, categories=WORDS, before=None)


def test_kinds_of_buyers_are_told_apart_and_named_for_what_they_buy(known, model):
    labels = patterns(known, model, before=None)["pattern"].to_list()
    kinds = [max(set(part), key=part.count) for part in (labels[:120], labels[120:240], labels[240:])]
    assert len(set(kinds)) == 3
    told = dict(zip(model.ids, model.names, strict=True))
    first_words = [told[kind].split(" x")[0] for kind in kinds]
    assert first_words == ["children", "travel.air", "fuel"]


def test_bills_make_no_pattern(model):
    assert "rent" not in model.categories


def test_a_night_later_the_same_book_keeps_every_id_and_label(known, model):
    again = fit_patterns(known, categories=WORDS, before=model)
    before = patterns(known, model, before=None)
    now = patterns(known, again, before=before)
    assert (again.ids, again.given, again.is_warm) == (model.ids, model.given, True)
    assert now["pattern"].to_list() == now["pattern_before"].to_list()


def test_ids_follow_their_profiles_through_a_refit_from_nothing(known, model):
    swapped = replace(model, ids=tuple(reversed(model.ids)), profiles=tuple(reversed(model.profiles)))
    forgotten = replace(swapped, weights=(0.0, *model.weights[1:]))
    again = fit_patterns(known, categories=WORDS, before=forgotten)
    assert again.is_warm is False
    place = {word: at for at, word in enumerate(model.ids)}
    for word, profile in zip(again.ids, again.profiles, strict=True):
        assert profile == pytest.approx(model.profiles[place[word]], abs=0.05)


def test_a_kind_that_was_never_there_gets_an_id_that_was_never_given(known, model):
    alone = replace(model, ids=("p7",), names=("x",), weights=(0.001,), profiles=(model.profiles[0],), given=9)
    again = fit_patterns(known, categories=WORDS, before=alone)
    assert again.ids.count("p7") == 1
    assert all(word == "p7" or int(word[1:]) > 9 for word in again.ids)
    assert again.given == 9 + len(again.ids) - 1


def test_a_label_changes_only_at_odds_above_ten(model):
    simple = replace(
        model, categories=("dining", "fuel"), ids=("p1", "p2"), weights=(0.5, 0.5), profiles=((0.6, 0.4), (0.4, 0.6))
    )
    # Odds for the second kind are 1.5 for each purchase of fuel more: 7.6 at five more, 11.4 at six.
    counts = {"purchases_365d_dining": [5, 5, 5, 4], "purchases_365d_fuel": [10, 11, 11, 0]}
    known = pl.DataFrame({"customer_no": [1, 2, 3, 4]} | counts)
    before = pl.DataFrame({"customer_no": [1, 2, 4], "pattern": ["p1", "p1", "p1"]})
    expected = pl.DataFrame(
        {
            "customer_no": [1, 2, 3, 4],
            "pattern": ["p1", "p2", "p2", None],
            "pattern_p": [round(1 / (1 + 1.5**5), 6), round(1 / (1 + 1.5**-6), 6), round(1 / (1 + 1.5**-6), 6), None],
            "pattern_before": ["p1", "p1", None, "p1"],
        }
    )
    assert_frame_equal(patterns(known, simple, before=before), expected, abs_tol=2e-6)


def test_any_batch_and_order_of_customers_has_the_same_labels(known, model):
    whole = patterns(known, model, before=None)
    part = patterns(known.slice(100, 30).reverse(), model, before=None)
    assert_frame_equal(part, whole.slice(100, 30))


def test_the_order_of_customers_changes_no_digit_of_the_model(known, model):
    assert fit_patterns(known.reverse(), categories=WORDS, before=None) == model


def test_a_model_comes_back_from_its_card(model):
    assert restored_patterns(json.loads(json.dumps(patterns_card(model, as_of=date(2026, 7, 1))))) == model


def test_the_card_tells_the_year_learnt_from_and_how_much_comes_out_the_same_again(known, model):
    card = patterns_card(model, as_of=date(2026, 7, 1))
    year = "purchases from 2025-07-01 until 2026-07-01, beginning with"
    assert (card["as_of"], card["learnt_from"]) == ("2026-07-01", [f"{year} nothing before it"])
    assert card["measured"] == {"agreement": model.agreement, "stability": None}
    again = patterns_card(fit_patterns(known, categories=WORDS, before=model), as_of=date(2026, 7, 1))
    assert again["learnt_from"] == [f"{year} the kinds of the night before, whose number stays"]
    assert 0.95 < again["measured"]["stability"] <= 1


def test_stability_is_the_share_that_the_model_of_the_night_before_takes_for_the_same_kinds(known, model):
    mixed = tuple((one + other) / 2 for one, other in zip(*model.profiles[:2], strict=True))
    blurred = replace(model, profiles=(mixed, *model.profiles[1:]))
    again = fit_patterns(known, categories=WORDS, before=blurred)
    was, now = (patterns(known, one, before=None)["pattern"] for one in (blurred, again))
    assert again.stability == pytest.approx((was == now).mean(), abs=1e-6)
    assert again.stability < 0.99


def test_a_card_of_another_model_is_refused():
    with pytest.raises(ValueError, match="format 1 of patterns"):
        restored_patterns({"format": 1, "model": "affinity"})


def test_a_small_book_has_no_patterns_and_its_card_says_why(known):
    few = known.head(150)
    model = fit_patterns(few, categories=WORDS, before=None)
    assert model is None
    card = patterns_card(model, as_of=date(2026, 7, 1))
    assert card["not_trusted_because"] == ["fewer than 200 customers buy enough to tell"]
    assert restored_patterns(card) is None
    assert patterns(few, model, before=None)["pattern"].null_count() == 150
