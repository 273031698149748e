"""Arms that leave a layer of the decision out, and the lots that are drawn for them."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.buckets import hashed
from persona.decisions.layers import layered, new_layers
from persona.policy.rules import Layer

ARMS = {"unit": pl.String, "experiment": pl.String, "arm": pl.String}
NO_ARMS = pl.DataFrame(schema=ARMS)
DAY = date(2026, 7, 1)
OFFERS = [
    {"offer": "gold", "worth": "5000"},
    {"offer": "silver", "worth": "1000", "treatments": [{"id": m, "channel": m} for m in ("email", "push")]},
    {"offer": "tin", "worth": "2000", "levers": [{"weight": 300, "owner": "o", "reason": "r", "until": "2026-12-31"}]},
]  # fmt: skip
P = {"gold": 0.1, "silver": 0.3, "tin": 0.1}


def _told(night, count=1, *, said=None, **layer):
    given_ = {
        "offers": OFFERS,
        "customers": [{"id": f"K{n}", "p": P} for n in range(count)],
        "layers": [{"id": "arm", "salt": "s", "share": "0.2", **layer}],
        "arms": [{"unit": f"K{n}", "experiment": "arm", "arm": layer["decides"]} for n in range(count)],
        **(said or {}),
    }
    return night(given_).plan().decisions


@pytest.mark.parametrize(
    ("decides", "offer"), [("propensity", "silver"), ("no_levers", "gold"), ("eligibility", "tin")]
)
def test_each_arm_takes_what_the_rest_of_the_decision_would(night, decides, offer):
    told = _told(night, decides=decides)
    assert told.select("offer_id", "layer", "arm", "p_logged").rows() == [(offer, "arm", "treated", 1.0)]


def test_a_lot_is_drawn_among_offers_and_its_probability_is_logged(night):
    told = _told(night, 300, decides="random")
    assert told["p_logged"].unique().to_list() == [pytest.approx(1 / 3, abs=1e-6)]
    drawn = dict(told.group_by("offer_id").len().iter_rows())
    assert all(70 <= drawn[name] <= 130 for name in ("gold", "silver", "tin"))
    first = min(("gold", "silver", "tin"), key=lambda name: hashed("layer", f"s|{DAY}|K7|{name}"))
    assert told.filter(pl.col("customer_id") == "K7")["offer_id"].to_list() == [first]


def test_what_is_worth_less_than_silence_is_in_no_lot(night):
    said = {"offers": [*OFFERS, {"offer": "loss", "worth": "0 - 500"}]}
    assert "loss" not in _told(night, 60, said=said, decides="random")["offer_id"].to_list()


def test_an_arm_leaves_applicability_out_and_never_suitability(night):
    asked = [{"id": "no", "when": "age_years > 90", "source": "x"}]
    offers = [{"offer": "gold", "worth": "5000", "suitability": asked}, {**OFFERS[1], "applicability": asked}]
    told = _told(night, said={"offers": offers}, decides="eligibility")
    assert told["offer_id"].to_list() == ["silver"]


def test_limits_and_budgets_hold_for_arms_as_for_all(night):
    said = {"constraints": [{"id": "few", "sum": 1, "max": 2}]}
    assert _told(night, 9, said=said, decides="random")["message_id"].drop_nulls().len() == 2


def test_who_is_held_out_is_in_no_arm_and_the_ledger_wins():
    units = pl.DataFrame({"customer_no": [1, 2, 3], "customer_id": ["A", "B", "C"], "household_key": ["a", "b", "c"],
                          "is_ghost": [True, False, False]})  # fmt: skip
    rule = Layer(id="arm", salt="s", share="0.2", decides="random")
    arms = pl.DataFrame(
        [("A", "arm", "random"), ("B", "arm", "random"), ("C", "arm", "treated")], schema=ARMS, orient="row"
    )
    made = layered(units, [rule], arms, day=DAY)
    assert made.select("layer_id", "layer").rows() == [(None, None), ("arm", "random"), (None, None)]


def test_an_arm_that_is_drawn_nightly_changes_and_stands_in_no_ledger():
    names = [f"K{n}" for n in range(400)]
    units = pl.DataFrame(
        {"customer_no": range(400), "customer_id": names, "household_key": names, "is_ghost": [False] * 400}
    )
    rule = Layer(id="arm", salt="s", share="0.1", decides="random", drawn="nightly")
    tonight, tomorrow = (
        set(layered(units, [rule], NO_ARMS, day=day).filter(pl.col("layer").is_not_null())["customer_id"])
        for day in (DAY, date(2026, 7, 2))
    )
    assert tonight != tomorrow
    assert 15 < len(tonight) < 70
    assert new_layers(units, [rule], NO_ARMS, day=DAY).is_empty()
    kept = new_layers(units, [rule.model_copy(update={"drawn": "once"})], NO_ARMS, day=DAY)
    assert sorted(kept["arm"].unique()) == ["random", "treated"]


@settings(max_examples=5)
@given(st.permutations(range(6)))
def test_the_order_of_customers_is_nothing_to_a_lot(night, order):
    people = [{"id": f"K{n}", "no": n + 1, "p": P} for n in range(6)]
    arms = [{"unit": f"K{n}", "experiment": "arm", "arm": "random"} for n in range(6)]
    said = {"offers": OFFERS, "arms": arms, "layers": [{"id": "arm", "salt": "s", "share": "0.2", "decides": "random"}]}
    plain, mixed = (night({**said, "customers": some}).plan() for some in (people, [people[n] for n in order]))
    assert plain.decisions.equals(mixed.decisions.sort("customer_no", "slot", "rank"))
