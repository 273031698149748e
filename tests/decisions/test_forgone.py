"""What a rule costs, against the plan that is made without it."""

import polars as pl
import pytest

from persona.decisions.decide import considered
from persona.decisions.forgone import forgone
from persona.decisions.terms import Terms

ADULT = {"id": "adult", "when": "age_years >= 18", "source": "Act 1"}
CUSTOMERS = [
    {"profile": {"age_years": 40}, "p": {"gold": 0.1, "silver": 0.2}},
    {"profile": {"age_years": 12}, "p": {"gold": 0.3, "silver": 0.2}},
    {"profile": {"age_years": 13}, "p": {"gold": 0.1, "silver": 0.9}},
    {"profile": {"age_years": 14}, "p": {"gold": 0.2}},
]


def given(*rules, **said):
    offers = [
        {"offer": "gold", "worth": "3000", "eligibility": rules},
        {"offer": "silver", "worth": "1000", "eligibility": [{**ADULT, "id": "known", "when": "age_years <> 14"}]},
    ]
    return {"offers": offers, "customers": CUSTOMERS, **said}


def gains(night, **said):
    """What each customer would gain without the rule, by the prices of the plan with it; what the plan does gain."""
    strict, free = night(given(ADULT, **said)), night(given(**said))
    kept, without = strict.plan(), free.plan()
    batch, profile, p = free.batch(free.customers)
    terms = Terms.of(free.constraints, free.actions, free.read)
    weighed = considered(batch, profile, p, free.actions, as_of=free.as_of, read=free.read, terms=terms)
    blocked = pl.DataFrame({"customer_no": [2, 3, 4], "action": [0, 0, 0], "rule": [7, 7, 7]})
    types = {"action": pl.Int16, "rule": pl.Int16}
    taken = kept.decisions.filter(pl.col("reason") == "O").select("customer_no", "action")
    found = forgone(
        weighed.proposals,
        free.actions,
        units=weighed.customers,
        terms=terms,
        blocked=blocked.cast(types),
        taken=taken,
        constraints=kept.constraints,
    )
    value = [plan.plans.filter(pl.col("slot") == "marketing")["value_milli"].item() for plan in (kept, without)]
    return found, value[1] - value[0]


def test_without_constraints_a_rule_costs_what_the_plan_would_gain_without_it(night):
    found, gained = gains(night)
    # 2: 900 instead of 200; 3 keeps silver for 900; 4: 600 instead of silence.
    assert found.rows() == [(2, 7, 700_000), (4, 7, 600_000)]
    assert found["gain_milli"].sum() == gained


@pytest.mark.parametrize(
    "row",
    [
        {"id": "two", "sum": 1, "max": 2},
        {"id": "one_gold", "sum": 1, "where": "offer_id = 'gold'", "max": 1},
        {"id": "safe", "average": "age_years", "min": 20},
    ],
)
def test_with_constraints_a_rule_costs_at_least_what_the_plan_would_gain_without_it(night, row):
    found, gained = gains(night, constraints=[row])
    assert 0 <= gained <= found["gain_milli"].sum()


def test_a_place_that_has_its_price_is_not_counted_twice(night):
    found, gained = gains(night, constraints=[{"id": "two", "sum": 1, "max": 2}])
    # Two of 900, 200 and 300 are taken, and one more place is worth 200 to 300: 900 and 600 come instead of it.
    assert gained == 600_000
    assert gained <= found["gain_milli"].sum() < 700_000 + 600_000
