"""What law keeps out of decisions, and what packs ask of a bank before they can speak of it."""

from datetime import date

import pytest
from fakes.smallest import WORKSPACE

from persona.errors import PolicyErrors
from persona.policy.lint import LINTS, warned
from persona.policy.lints.credit import not_for_credit
from persona.policy.policy import Policy

CATALOG = """\
issues: {grow: {}}
groups:
  credit: {issue: grow, regulated_as: [loan]}
"""
OFFER = """\
offer: car
group: credit
name: {en: A car}
owner: ann
author: bob
valid: {from: 2026-01-01, until: 2027-01-01}
propensity: {prior: 0.05}
worth: "2500"
treatments:
  - {id: mail, channel: email, template: car, cost_minor: 1}
"""
TEMPLATE = "template: car\nchannel: email\nauthor: bob\nlocales: {en: {subject: Hello, text: A car}}\n"
RULE = """\
rules:
  - id: bases
    law: Law
    source: Section 1
    jurisdiction: US
    owner: ann
    effective_from: 2026-01-01
    products: [loan]
    prohibits: [age_years, language]
    allows: [age_years >= 18]
"""
SEGMENT = """\
segment: young
name: {en: Young}
when: age_years < 30
owner: ann
review_on: 2027-01-01
"""
FILES = {
    "persona.yaml": WORKSPACE,
    "rules/offers/catalog.yaml": CATALOG,
    "rules/offers/car.yaml": OFFER,
    "rules/compliance/law.yaml": RULE,
    "rules/segments/young.yaml": SEGMENT,
    "templates/email/car.yaml": TEMPLATE,
}


OURS = [lint for lint in LINTS if lint is not not_for_credit]
"""What affordability may rest on has its own tests."""


@pytest.fixture
def told(tmp_path):
    def faults(**changes):
        for name, text in {**FILES, **changes}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        try:
            Policy.load(tmp_path, lints=OURS)
        except PolicyErrors as errors:
            return [(error.where, error.what) for error in errors.errors]
        return []

    return faults


def test_an_offer_that_reads_nothing_prohibited_is_fine(told):
    worth = OFFER + "eligibility:\n  - {id: adult, when: age_years >= 18 AND has_email, source: law}\n"
    assert told(**{"rules/offers/car.yaml": worth}) == []


@pytest.mark.parametrize(
    ("more", "line", "columns"),
    [
        ("eligibility:\n  - {id: old, when: age_years BETWEEN 18 AND 60, source: p}\n", "12:21", "'age_years'"),
        (
            "suitability:\n  - {id: en, when: language = 'en' AND age_years >= 21, source: p}\n",
            "12:20",
            "'age_years', 'language'",
        ),
        ("applicability:\n  - {id: yes_young, when: in_young, source: p}\n", "12:27", "'age_years'"),
        ("applicability:\n  - {id: yes_young, when: segment = 'young', source: p}\n", "12:27", "'age_years'"),
        (
            "levers:\n  - {weight: 5, owner: a, reason: b, until: 2026-12-01, when: age_years < 40}\n",
            "12:63",
            "'age_years'",
        ),
    ],
)
def test_a_prohibited_basis_is_found_wherever_it_decides_and_through_segments(told, more, line, columns):
    offer = OFFER + more
    assert told(**{"rules/offers/car.yaml": offer}) == [
        (f"rules/offers/car.yaml:{line}", f"{columns} may not decide on offer 'car'")
    ]


def test_a_prohibited_basis_may_not_enter_the_worth(told):
    offer = OFFER.replace('"2500"', "2500 - 10 * age_years")
    assert told(**{"rules/offers/car.yaml": offer}) == [
        ("rules/offers/car.yaml:8:8", "'age_years' may not decide on offer 'car'")
    ]


def test_what_a_text_shows_decides_nothing(told):
    assert told(**{"rules/offers/car.yaml": OFFER + "facts: {years: age_years}\n"}) == []


def test_a_basis_that_is_prohibited_for_loans_may_decide_on_savings(told):
    offer = OFFER.replace('"2500"', "2500 - 10 * age_years")
    catalog = CATALOG.replace("[loan]", "[deposit]")
    assert told(**{"rules/offers/car.yaml": offer, "rules/offers/catalog.yaml": catalog}) == []


def test_an_unknown_pack_is_told_with_the_nearest(told):
    assert told(**{"persona.yaml": WORKSPACE + "packs: [uss]\n"}) == [("persona.yaml:10:9", "unknown pack 'uss'")]


def test_a_rule_of_a_kind_of_product_asks_each_group_what_it_sells(told):
    catalog = CATALOG.replace(", regulated_as: [loan]", "")
    assert told(**{"rules/offers/catalog.yaml": catalog}) == [
        ("rules/offers/catalog.yaml:3:3", "group 'credit' does not say which law speaks of it")
    ]


def test_what_is_required_beside_a_trigger_needs_one(told):
    rule = RULE + "    requires: [[APR]]\n    requires_near: sentence\n"
    assert told(**{"rules/compliance/law.yaml": rule}) == [
        (
            "rules/compliance/law.yaml:2:5",
            "rules[0] requires_near: sentence needs triggered_by, beside which something is required",
        )
    ]


def test_a_pack_asks_each_group_what_it_sells(told):
    catalog = CATALOG.replace(", regulated_as: [loan]", "")
    assert told(**{"persona.yaml": WORKSPACE + "packs: [us]\n", "rules/offers/catalog.yaml": catalog}) == [
        ("rules/offers/catalog.yaml:3:3", "group 'credit' does not say which law speaks of it")
    ]


SOURCE = """\
source: people
files: "extracts/people_{date:%Y-%m-%d}.csv"
into: customers
delivery: snapshot
key: [id]
columns:
  customer_id: {from: id}
  is_covered_borrower: {from: mla}
"""


def test_a_column_that_a_pack_reads_must_have_its_type(told):
    changes = {"persona.yaml": WORKSPACE + "packs: [us]\n", "rules/sources/people.yaml": SOURCE}
    assert told(**changes)[-1] == (
        "rules/sources/people.yaml:8:3",
        "'is_covered_borrower' must be boolean for the rules of packs/us.yaml",
    )


FAIRNESS = """\
watched:
  - {id: age, by: "if(age_years >= 62, 'from 62', 'under 62')", source: law}
  - {id: sex, by: gender, source: law}
given: risk_grade
overrides:
  - {watched: age, offer: car, measures: [proxy], reason: r, who: ann, until: 2026-12-31}
"""


def test_fairness_may_be_measured_by_what_nothing_that_decides_may_read(told):
    assert told(**{"rules/fairness.yaml": FAIRNESS}) == []
    offer = OFFER + "eligibility:\n  - {id: f, when: gender = 'f', source: p}\n"
    assert told(**{"rules/offers/car.yaml": offer})[0][1] == "unknown column 'gender' of profile"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("given: risk_grade", "given: risc_grade", ("rules/fairness.yaml:4:8", "unknown column 'risc_grade'")),
        ("offer: car", "offer: cat", ("rules/fairness.yaml:6:27", "unknown offer 'cat'")),
        ("watched: age", "watched: ages", ("rules/fairness.yaml:6:15", "unknown watched 'ages'")),
        ("id: sex", "id: age", ("rules/fairness.yaml:3:10", "watched 'age' stands twice")),
        ("by: gender", "by: genter", ("rules/fairness.yaml:3:19", "unknown column 'genter' of attributes")),
    ],
)
def test_a_slip_in_the_fairness_rules_is_told_with_its_line(told, old, new, fault):
    assert told(**{"rules/fairness.yaml": FAIRNESS.replace(old, new)}) == [fault]


def test_an_override_that_has_ended_is_told(told, tmp_path):
    assert told(**{"rules/fairness.yaml": FAIRNESS}) == []
    policy = Policy.load(tmp_path)
    assert [one.what for one in warned(policy, date(2026, 12, 31)) if "override" in one.what] == [
        "an override of 'age' ended on 2026-12-31"
    ]
    assert [one.what for one in warned(policy, date(2026, 12, 30)) if "override" in one.what] == []
