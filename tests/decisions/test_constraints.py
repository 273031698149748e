"""Constraints over the book: an oracle counts each plan anew, and solves the whole integer program by itself."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy.optimize import Bounds, LinearConstraint, milp

from persona.errors import PolicyError, PolicyErrors
from persona.tables.decisions import CONSTRAINTS, PLANS

OFFERS = [
    {
        "offer": "gold",
        "worth": "3000",
        "expected_loss": "income_minor / 100",
        "treatments": [
            {"id": "mail", "channel": "email", "cost_minor": 1},
            {"id": "text", "channel": "sms", "cost_minor": 9},
        ],
    },
    {"offer": "silver", "worth": "2000", "cap": 6, "treatments": [{"id": "push", "channel": "push"}]},
]

KINDS = {
    "texts": ({"sum": 1, "where": "channel = 'sms'"}, lambda x: float(x["channel"] == "sms")),
    "cost": ({"sum": "cost_minor"}, lambda x: float(x["cost_minor"])),
    "accepted": ({"sum": "p", "where": "offer_id = 'gold'"}, lambda x: x["p"] * (x["offer_id"] == "gold")),
    "loss": ({"sum": "expected_loss_minor"}, lambda x: x["p"] * x["income"] / 100 * (x["offer_id"] == "gold")),
    "young": (
        {"sum": 1, "where": "age_years < 30 AND channel <> 'push'"},
        lambda x: float(x["age"] < 30 and x["channel"] != "push"),
    ),
    "keen": ({"sum": "cost_minor", "where": "p > 0.25"}, lambda x: x["cost_minor"] * float(x["p"] > 0.25)),
    "calls": (
        {"sum": "CASE WHEN channel = 'email' THEN 3 * p ELSE 0.5 END"},
        lambda x: 3 * x["p"] if x["channel"] == "email" else 0.5,
    ),
}
"""Sums, and the same by plain Python."""
RATIOS = {
    "mean_age": (
        {"average": "age_years", "where": "offer_id = 'gold'"},
        lambda x: (x["age"], x["offer_id"] == "gold"),
    ),
    "mean_cost": ({"average": "cost_minor"}, lambda x: (x["cost_minor"], True)),
    "mean_p": (
        {"average": "p", "where": "p > 0.1 AND age_years < 60"},
        lambda x: (x["p"], x["p"] > 0.1 and x["age"] < 60),
    ),
    "share_young": ({"share": "age_years < 30"}, lambda x: (float(x["age"] < 30), True)),
    "share_keen": (
        {"share": "p > 0.2", "where": "channel <> 'push'"},
        lambda x: (x["p"] > 0.2, x["channel"] != "push"),
    ),
    "share_texts": (
        {"share": "channel = 'sms'", "where": "offer_id = 'gold'"},
        lambda x: (float(x["channel"] == "sms"), x["offer_id"] == "gold"),
    ),
}


def _customers(seed, count):
    random = np.random.default_rng(seed)
    return [
        {
            "id": f"K{n}",
            "age": int(random.choice([20, 45, 70])),
            "income": int(random.choice([1_000, 90_000, 300_000])),
            "p": {name: round(float(random.uniform(0, 0.5)), 3) for name in ("gold", "silver")},
            "consents": [["email", "push", "sms"], ["email"], ["push"]][int(random.integers(3))],
        }
        for n in range(count)
    ]  # fmt: skip


def _rules(seed):
    """Some constraints and for each what a pair adds, by plain Python, and the ceiling of the sum."""
    random = np.random.default_rng([seed, 1])
    said, rows = [], []
    for name in random.permutation(list(KINDS))[: random.integers(1, 4)].tolist():
        text, adds = KINDS[name]
        # The last digits keep sums from fitting to the last bit, which single precision could not tell.
        most = round(float(random.uniform(0, 9) * (100 if name == "loss" else 1)), 2) + 0.0017
        said.append({"id": name, **text, "max": most})
        rows.append((adds, most))
    for name in random.permutation(list(RATIOS))[: random.integers(0, 3)].tolist():
        text, told = RATIOS[name]
        bound = round(float(random.uniform(0.2, 0.6)) * {"mean_age": 100, "mean_cost": 9}.get(name, 1), 2) + 0.0017
        said.append({"id": name, **text, "max": bound})
        rows.append((lambda x, told=told, b=bound: (told(x)[0] - b) * told(x)[1], 0.0))
    if seed % 3 == 0:
        least = int(random.integers(1, 3))
        said.append({"id": "least", "sum": 1, "where": "offer_id = 'silver'", "min": least})
        rows.append((lambda x: -float(x["offer_id"] == "silver"), -float(least)))
    return said, rows


def _night(night, seed, count, constraints):
    people = _customers(seed, count)
    given_ = [
        {"id": c["id"], "p": c["p"], "consents": c["consents"],
         "profile": {"age_years": c["age"], "income_minor": c["income"]}}
        for c in people
    ]  # fmt: skip
    return people, night({"offers": OFFERS, "customers": given_, "constraints": constraints})


def _best(people, pairs, rows, k):
    """The worth of the best plan and of its bound, or None where no plan keeps the rows."""
    use = [[adds({**people[row["customer_no"] - 1], **row}) for row in pairs] for adds, _ in rows]
    most = [ceiling + 1e-6 for _, ceiling in rows]
    use += [[float(row["offer_id"] == "silver") for row in pairs]]
    most += [6.0]
    for no in {row["customer_no"] for row in pairs}:
        use += [[float(row["customer_no"] == no) for row in pairs]]
        use += [[float((row["customer_no"], row["offer_id"]) == (no, o)) for row in pairs] for o in ("gold", "silver")]
        most += [float(k), 1.0, 1.0]
    worth = np.array([row["value_milli"] for row in pairs], dtype=float)
    limits = LinearConstraint(np.array(use), -np.inf, most)
    found = milp(
        -worth, constraints=limits, integrality=np.ones(len(pairs)), bounds=Bounds(0, 1), options={"mip_rel_gap": 0}
    )
    return None if found.x is None else float(worth @ np.rint(found.x))


def _faults(night, seed, count):
    """What of a night's plan does not agree with the whole integer program: passed rows, a wrong value, a low bound."""
    constraints, rows = _rules(seed)
    k = 1 + seed % 2
    people, book = _night(night, seed, count, {"per_customer": k, "one_of_each": "offer", "constraints": constraints})
    free = _night(night, seed, count, [])[1].plan().candidates.to_dicts()
    best = _best(people, free, rows, k) if free else 0.0
    try:
        plan = book.plan()
    except PolicyErrors:
        return [] if best is None else ["refused though a plan exists"]
    if best is None:
        return ["a plan though none exists"]
    sent = plan.decisions.filter(pl.col("reason") == "O").to_dicts()
    value, bound = plan.plans.select("value_milli", "bound_milli").row(0)
    used = [sum(adds({**people[row["customer_no"] - 1], **row}) for row in sent) for adds, _ in rows]
    kept = {
        "every row": all(use <= ceiling + 1e-5 for use, (_, ceiling) in zip(used, rows, strict=True)),
        "k a customer": max(Counter(row["customer_no"] for row in sent).values(), default=0) <= k,
        "the stated value": value == sum(row["value_milli"] for row in sent),
        "the best value": value == pytest.approx(best, abs=max(1, 1e-5 * best)),
        "the bound": bound >= best - 1e-5 * best - 1,
    }
    return [law for law, holds in kept.items() if not holds]


@settings(deadline=None, max_examples=6)
@given(st.integers(0, 100_000), st.integers(1, 9))
def test_no_constraint_is_passed_and_no_plan_is_worth_more(night, seed, count):
    assert _faults(night, seed, count) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(300))
def test_hundreds_of_small_nights_against_the_whole_integer_program(night, seed):
    assert _faults(night, seed, 3 + seed % 25) == []


@settings(deadline=None, max_examples=2)
@given(st.integers(0, 100_000))
def test_order_and_batches_mean_nothing_under_constraints(night, seed):
    constraints = [{"id": name, **text, "max": 4} for name, (text, _) in KINDS.items()]
    constraints += [
        {"id": name, **text, "max": 40 if name == "mean_age" else 0.5} for name, (text, _) in RATIOS.items()
    ]
    book = _night(night, seed, 8, {"constraints": constraints, "waves": 2})[1]
    usual, (first, second) = book.plan(), (book.customers[:3], book.customers[3:])
    pieces = book.plan_in_batches(second, first)
    book.customers.reverse()
    for other in (book.plan(), pieces):
        for name in ("decisions", "contacts", "constraints", "plans"):
            assert_frame_equal(getattr(usual, name), getattr(other, name))


def test_each_line_tells_its_use_what_is_left_and_its_price(night):
    rules = [
        {"id": "texts", **KINDS["texts"][0], "max": 1, "unit": "texts"},
        {"id": "told", "sum": 1, "max": 9, "mode": "report"},
    ]
    offers = [{"offer": "gold", "treatments": [{"id": "text", "channel": "sms", "cost_minor": 0}]}]
    customers = [{"id": "a", "p": {"gold": 0.5}}, {"id": "b", "p": {"gold": 0.4}}, {"id": "c", "p": {"gold": 0.1}}]
    plan = night({"offers": offers, "customers": customers, "constraints": rules}).plan()
    assert plan.constraints.rows() == [
        ("marketing", "texts", "max", "sum", "enforce", "texts", 1.0, 0.0, 1.0, 0.0, 400.0),
        ("marketing", "told", "max", "sum", "report", "", 9.0, 0.0, 1.0, 8.0, None),
    ]
    assert plan.plans.select("value_milli", "bound_milli", "gap", "by_value_milli").rows() == [
        (500_000, 500_000, 0.0, 500_000)
    ]
    CONSTRAINTS.checked(plan.constraints)
    PLANS.checked(plan.plans)


def test_a_decision_holds_what_scarcity_asks_for_it(night):
    offers = [{"offer": "gold", "cap": 1}]
    customers = [{"id": "a", "p": {"gold": 0.5}}, {"id": "b", "p": {"gold": 0.4}}]
    plan = night({"offers": offers, "customers": customers}).plan()
    rows = plan.candidates.select("value_milli", "charge_milli", "reason", "reason_id").rows()
    assert rows == [(500_000, 400_000, "O", None), (400_000, 400_000, "P", "gold")]


def test_what_nobody_competes_for_costs_nothing_and_goes_to_the_best(night):
    customers = [{"id": f"K{n}", "p": {"gold": 0.1 + n / 100}} for n in range(5)]
    plan = night({"offers": [{"offer": "gold", "cap": 5}], "customers": customers}).plan()
    assert plan.candidates["charge_milli"].to_list() == [0] * 5
    assert plan.plans.select("gap", "by_value_milli").rows() == [(0.0, None)]


def test_a_minimum_that_too_few_allow_stops_the_night_with_the_change_that_mends_it(night):
    rules = [{"id": "campaign", "sum": 1, "where": "offer_id = 'gold'", "min": 5}]
    customers = [{"id": "a"}, {"id": "b"}, {"id": "c", "consents": []}]
    with pytest.raises(PolicyErrors) as told:
        night({"offers": [{"offer": "gold"}], "customers": customers, "constraints": rules}).plan()
    assert str(told.value.errors[0]) == (
        "rows.yaml:1:84: no plan can keep min of campaign tonight\n"
        "  The smallest change that mends it: min of campaign 5 -> 2."
    )


def test_constraints_that_clash_are_told_together(night):
    rules = [
        {"id": "campaign", "sum": 1, "where": "offer_id = 'gold'", "min": 2},
        {"id": "budget", "sum": "cost_minor", "max": 10},
    ]
    offers = [{"offer": "gold", "treatments": [{"id": "text", "channel": "sms", "cost_minor": 10}]}]
    book = night({"offers": offers, "customers": [{"id": "a"}, {"id": "b"}], "constraints": rules})
    with pytest.raises(PolicyErrors) as told:
        book.plan()
    first, second = told.value.errors
    assert first.what == "no plan can keep min of campaign, max of budget tonight"
    assert "min of campaign 2 -> 1" in first.hint or "max of budget 10 -> 20" in first.hint
    assert second.what == "max of budget is one of them"


def test_what_is_only_reported_refuses_nobody(night):
    rules = [
        {"id": "none", "sum": 1, "max": 0, "mode": "report"},
        {"id": "age", "average": "age_years", "max": 1, "mode": "report"},
    ]
    customers = [{"id": "a"}, {"id": "b", "profile": {"age_years": None}}]
    plan = night({"offers": [{"offer": "gold"}], "customers": customers, "constraints": rules}).plan()
    assert plan.decisions["reason"].to_list() == ["O", "O"]
    assert plan.constraints["slack"].to_list() == [-2.0, -19.0]


def test_a_wave_is_a_part_of_the_households_that_a_constraint_can_bound(night):
    rules = {
        "waves": 2,
        "constraints": [{"id": f"wave_{n}", "sum": 1, "where": f"wave = {n}", "max": 3} for n in (1, 2)],
    }
    customers = [{"id": f"K{n}", "household": f"household:{n // 2}"} for n in range(40)]
    plan = night({"offers": [{"offer": "gold"}], "customers": customers, "constraints": rules}).plan()
    assert plan.constraints["use"].to_list() == [3.0, 3.0]
    waves = plan.decisions.group_by(pl.col("customer_no").add(1) // 2).agg(pl.col("wave").n_unique())
    assert waves["wave"].unique().to_list() == [1]


def test_several_offers_go_to_one_customer_as_far_as_his_limits_allow(night):
    given_ = {
        "catalog": {"groups": {"cards": {"issue": "grow"}, "travel": {"issue": "grow"}}},
        "contact": {"limits": [{"id": "one_email", "channels": ["email"], "max": 1, "days": 7}]},
        "offers": [
            {"offer": "gold", "treatments": [{"id": "mail", "channel": "email"}]},
            {"offer": "silver"},
            {"offer": "trip", "group": "travel",
             "treatments": [{"id": "mail", "channel": "email", "lift": 50}, {"id": "push", "channel": "push"}]},
        ],
        "constraints": {"per_customer": 2},
        "customers": [{"id": "a", "p": {"gold": 0.5, "silver": 0.4, "trip": 0.2}}, {"id": "b", "consents": ["email"]}],
    }  # fmt: skip
    plan = night(given_).plan()
    sent = plan.decisions.filter(pl.col("reason") == "O")
    assert sent.select("customer_no", "offer_id", "treatment_id").rows() == [
        (1, "gold", "mail"), (1, "trip", "push"), (2, "trip", "mail"),
    ]  # fmt: skip
    assert plan.plans["bound_milli"].item() >= plan.plans["value_milli"].item()


def test_a_sending_hour_can_be_bounded(night):
    rules = [{"id": "noon", "sum": 1, "where": "send_hour >= 12", "max": 1}]
    quiet = [{"channels": ["sms"], "send_from": "12:00", "send_until": "13:00", "source": "p"}]
    offers = [{"offer": "gold", "treatments": [{"id": "text", "channel": "sms"}]}]
    given_ = {"contact": {"quiet_hours": quiet}, "offers": offers, "constraints": rules}
    plan = night({**given_, "customers": [{"id": "a", "p": {"gold": 0.2}}, {"id": "b"}]}).plan()
    assert plan.decisions["reason_id"].to_list() == [None, "noon"]


def test_more_kinds_of_customers_than_can_be_told_apart_are_refused(night, monkeypatch):
    monkeypatch.setattr("persona.decisions.shared.MOST_CELLS", 1)
    rules = [{"id": "young", "sum": 1, "where": "age_years < 30", "max": 9}]
    customers = [{"id": "a"}, {"id": "b", "profile": {"age_years": 20}}]
    with pytest.raises(PolicyError, match="tell 2 kinds of customers apart, more than 1"):
        night({"offers": [{"offer": "gold"}], "customers": customers, "constraints": rules}).plan()
