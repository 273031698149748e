from datetime import date

import pytest
from fakes.smallest import CATALOG, FILES, OFFER, TEMPLATE, written

from persona.errors import PolicyErrors
from persona.policy.lint import LINTS, warned
from persona.policy.policy import Policy


def faults(root, changes):
    with pytest.raises(PolicyErrors) as caught:
        Policy.load(written(root, **changes), lints=LINTS)
    return [(error.where, error.what) for error in caught.value.errors]


def test_a_sound_policy_has_nothing_to_tell(tmp_path):
    policy = Policy.load(written(tmp_path), lints=LINTS)
    assert (len(policy.compiled), warned(policy, date(2026, 6, 1))) == (3, [])


@pytest.mark.parametrize(
    ("file", "old", "new", "where", "what"),
    [
        ("rules/offers/cashback.yaml", "group: cards", "group: card", ":2:8", "unknown group 'card'"),
        (
            "rules/offers/cashback.yaml",
            "template: cash",
            "template: kash",
            ":12:42",
            "unknown email template 'kashback'",
        ),
        ("rules/offers/catalog.yaml", "issue: grow", "issue: gros", ":2:25", "unknown issue 'gros'"),
        (
            "rules/offers/cashback.yaml",
            "age_years >= 18",
            "age_years > 65 AND age_years < 18",
            ":10:23",
            "no customer can meet the condition",
        ),
        (
            "rules/offers/cashback.yaml",
            "age_years >= 18",
            "segment = 'families'",
            ":10:23",
            "unknown segment 'families'",
        ),
        (
            "rules/offers/cashback.yaml",
            "age_years >= 18",
            "age_years BETWEEN 70 AND 20",
            ":10:23",
            "no customer can meet the condition",
        ),
        (
            "rules/offers/cashback.yaml",
            "age_years >= 18",
            "language = 'xx'",
            ":10:23",
            "unknown language 'xx'",
        ),
        ("rules/offers/cashback.yaml", "until: 2027", "until: 2025", ":6:34", "ends before it begins"),
        (
            "rules/offers/cashback.yaml",
            "owner: ann",
            "owner: ann\ninherit: false",
            ":5:10",
            "inherited conditions are set aside without a reason",
        ),
        (
            "rules/compliance/law.yaml",
            "given: {age_years: 17}",
            "given: {age_years: 18}",
            ":10:13",
            "the example meets rule 'adults'",
        ),
        (
            "rules/compliance/law.yaml",
            "source: Section 1",
            "source: Section 1\n    requires_block: imprnt",
            ":5:21",
            "unknown block 'imprnt'",
        ),
    ],
)
def test_what_no_single_file_can_know_is_told_at_its_place(tmp_path, file, old, new, where, what):
    assert faults(tmp_path, {file: FILES[file].replace(old, new)}) == [(file + where, what)]


def test_two_offers_of_one_name_are_told_with_both_places(tmp_path):
    assert faults(tmp_path, {"rules/offers/other.yaml": OFFER}) == [
        ("rules/offers/other.yaml:1:8", "offer 'cashback' stands twice"),
    ]


def test_an_id_that_says_two_things_of_one_offer_is_told(tmp_path):
    twice = CATALOG.replace(
        "{issue: grow}", "{issue: grow, eligibility: [{id: adult, when: age_years >= 21, source: policy}]}"
    )
    assert faults(tmp_path, {"rules/offers/catalog.yaml": twice}) == [
        ("rules/offers/cashback.yaml:10:10", "condition 'adult' stands twice"),
    ]


def test_what_ended_and_what_is_not_used_is_a_warning(tmp_path):
    changes = {"templates/email/cashback.yaml": TEMPLATE.replace("{% include 'imprint' %}", "Hello")}
    policy = Policy.load(written(tmp_path, **changes), lints=LINTS)
    assert [(warning.where, warning.what) for warning in warned(policy, date(2027, 1, 1))] == [
        ("rules/offers/cashback.yaml:6:34", "offer 'cashback' ended on 2027-01-01"),
        ("templates/blocks/imprint.yaml:1:8", "block 'imprint' is in no template"),
    ]


def test_conditions_that_stand_apart_and_exclude_each_other_are_told_with_both_places(tmp_path):
    own = OFFER.replace(
        "treatments:",
        "suitability:\n  - {id: old, when: age_years < 18, source: Policy}\ntreatments:",
    )
    assert faults(tmp_path, {"rules/offers/cashback.yaml": own}) == [
        ("rules/offers/cashback.yaml:12:21", "no customer can meet this and 'adult': nobody gets offer 'cashback'"),
    ]


def test_conditions_of_the_group_and_of_a_treatment_hold_together(tmp_path):
    said = "eligibility: [{{id: {}, when: {}, source: Policy{}}}]"
    group = CATALOG.replace("cards: {", "cards: {" + said.format("young", "age_years < 30", "") + ", ", 1)
    old = OFFER.replace("cost_minor: 1}", "cost_minor: 1, " + said.format("old", "age_years > 60", "") + "}")
    both = {"rules/offers/catalog.yaml": group, "rules/offers/cashback.yaml": old}
    assert [what for _, what in faults(tmp_path, both)] == [
        "no customer can meet this and 'young': nobody gets offer 'cashback'"
    ]
