"""Price ladders that cannot be meant: found when the policy is loaded, at their line."""

import pytest
from fakes.smallest import OFFER, written

from persona.errors import PolicyErrors
from persona.policy.lints.compliance import prohibited
from persona.policy.lints.prices import mispriced, undrawn, unparted
from persona.policy.policy import Policy

LADDER = """\
price:
  kind: {kind}
  term: rate
  base: {base}
  source: Rate table
  floor: {floor}
  points:
    - {{id: low, price: {low}}}
    - {{id: high, price: {high}}}
{more}"""
USUAL = {"kind": "deposit_rate", "base": "low", "floor": 0.01, "low": 0.02, "high": 0.03, "more": ""}
BANDS = """\
  bands:
    by: {by}
    table:
      - {one}
      - {other}
"""


def told(root, worth="round(1000 * (0.05 - price))", terms="", **said):
    head = OFFER[: OFFER.index("worth:")] + f"worth: {worth}\n"
    rest = OFFER[OFFER.index("worth:") :]
    offer = head + rest[rest.index("\n") + 1 :] + LADDER.format(**{**USUAL, **said}) + terms
    try:
        Policy.load(written(root, **{"rules/offers/cashback.yaml": offer}), lints=[mispriced, undrawn, unparted])
    except PolicyErrors as errors:
        return [error.what for error in errors.errors]
    return []


def bands(root, one, other, by="income_monthly_minor", **said):
    return told(root, more=BANDS.format(by=by, one=one, other=other), **said)


def test_a_ladder_within_its_bounds_is_told_nothing_of(tmp_path):
    assert bands(tmp_path, "{id: a, until: 100, ceiling: 0.02}", "{id: b, from: 100}") == []


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"floor": 0.025}, "price 0.02 of 'low' is outside of floor and ceiling, 0.025 to any"),
        ({"high": 0.02}, "price point 'high' has the price of 'low'"),
        ({"high": 3}, "the deposit_rate 3 is no part of 1"),
        ({"kind": "fee"}, "the fee 0.02 is no amount"),
        ({"base": "lo"}, "unknown price point 'lo'"),
        ({"worth": "1000 + 1"}, "the worth of offer 'cashback' does not read the price of its ladder"),
        ({"terms": "terms: {rate: 0.02}\n"}, "term 'rate' of offer 'cashback' stands twice"),
    ],
)
def test_points_that_nobody_could_be_told_are_found(tmp_path, said, what):
    assert what in told(tmp_path, **said)


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        ("{id: a, until: 100}", "{id: b, from: 101}", "no band holds 100 to 101"),
        ("{id: a, until: 100}", "{id: b, from: 99}", "bands 'a' and 'b' overlap"),
        ("{id: a, from: 0, until: 100}", "{id: b, from: 100}", "no band holds what lies below 0"),
        ("{id: a, until: 100}", "{id: b, from: 100, until: 900}", "no band holds 900 and more"),
        ("{id: a, until: 100}", "{id: a, from: 100}", "band 'a' of offer 'cashback' stands twice"),
        (
            "{id: a, until: 9, ceiling: 0.01}",
            "{id: b, from: 9}",
            "no price of the ladder lies in band 'a', any to 0.01",
        ),
        (
            "{id: a, until: 9, ceiling: 0.02}",
            "{id: b, from: 9, ceiling: 0.02}",
            "price 0.03 of 'high' is outside of the rate table",
        ),
    ],
)
def test_gaps_overlaps_and_rates_outside_of_the_table_are_found(tmp_path, one, other, what):
    assert what in bands(tmp_path, one, other)


def test_bands_of_a_text_name_each_value_once_and_all_that_may_come(tmp_path):
    twice = bands(tmp_path, "{id: a, values: [A, B]}", "{id: b, values: [B]}", by="risk_grade")
    assert "bands 'a' and 'b' overlap: both hold 'B'" in twice
    assert bands(tmp_path / "x", "{id: a, values: [A]}", "{id: b, values: [B]}", by="risk_grade") == []


def test_an_unknown_column_of_the_bands_is_told_with_its_line(tmp_path):
    said = bands(tmp_path, "{id: a, until: 100}", "{id: b, from: 100}", by="incme_monthly_minor")
    assert any("incme_monthly_minor" in what for what in said)


ARM = "layers: [{id: arm, salt: s, share: 0.1, decides: price}]\n"


def test_an_arm_that_draws_prices_needs_prices_to_draw(tmp_path):
    with pytest.raises(PolicyErrors) as found:
        Policy.load(written(tmp_path, **{"rules/experiments.yaml": ARM}), lints=[undrawn])
    assert str(found.value.errors[0].where).endswith("rules/experiments.yaml:1:50")
    assert found.value.errors[0].what == "no marketing offer has prices to draw from"


def test_one_price_alone_with_lots_is_found(tmp_path):
    written(tmp_path, **{"rules/experiments.yaml": ARM})
    assert told(tmp_path) == []
    assert told(tmp_path, high="0.03, lots: 0") == ["one price alone of offer 'cashback' has lots"]
    assert told(tmp_path, low="0.02, lots: 0", high="0.03, lots: 0") == []


RULE = """\
rules:
  - id: no_age
    law: Law
    source: Section 2
    jurisdiction: DE
    owner: ann
    effective_from: 2026-01-01
    prohibits: [age_years]
"""


@pytest.mark.parametrize(
    "more", ["  when: age_years * 0.001 >= price\n", "  response: {by: 'cast(age_years AS varchar)'}\n"]
)
def test_what_law_prohibits_may_not_enter_a_price(tmp_path, more):
    offer = OFFER.replace('worth: "2500"', "worth: 1000 - price * 100").replace("age_years >= 18", "is_staff")
    files = {
        "rules/offers/cashback.yaml": offer + LADDER.format(**{**USUAL, "more": more}),
        "rules/compliance/more.yaml": RULE,
    }
    with pytest.raises(PolicyErrors) as told:
        Policy.load(written(tmp_path, **files), lints=[prohibited])
    assert [error.what for error in told.value.errors] == ["'age_years' may not decide on offer 'cashback'"]
