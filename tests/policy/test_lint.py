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
            "age_years >= 18 OR segment = 'families'",
            ":10:23",
            "unknown segment 'families'",
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


TREE = "rules/categories.yaml"


def of_tree(root, *leaves):
    return faults(root, {TREE: "categories:\n" + "".join(f"  {leaf}\n" for leaf in leaves)})


def test_categories_that_would_be_one_column_are_told_with_both_places(tmp_path):
    assert of_tree(tmp_path, "a.b: {}", "a_b: {}", "c.d: {is_spend: false}", "c_d: {}") == [
        (f"{TREE}:3:3", "categories 'a.b' and 'a_b' have one column, such as affinity_a_b"),
    ]


def test_a_group_that_would_be_one_column_with_a_leaf_is_told_at_its_first_leaf(tmp_path):
    assert of_tree(tmp_path, "a_b.c: {}", "a_b.d: {}", "a.b: {}") == [
        (f"{TREE}:2:3", "categories 'a.b' and 'a_b' have one column, such as affinity_a_b"),
    ]


def test_a_code_of_two_categories_is_told_where_it_stands_again(tmp_path):
    assert of_tree(
        tmp_path,
        'a: {mcc: ["5400-5499"], codes: [X]}',
        'b: {mcc: ["5600", "5411-5420"], codes: [Z]}',
        "c: {codes: [Z, X, '5411']}",
    ) == [
        (f"{TREE}:3:21", "'5411' stands in two categories, a and b"),
        (f"{TREE}:4:15", "'Z' stands in two categories, b and c"),
        (f"{TREE}:4:18", "'X' stands in two categories, a and c"),
    ]


@pytest.mark.parametrize("span", ["54x1", "5420-5411", "54112"])
def test_what_is_no_span_of_codes_is_told_when_the_file_is_read(tmp_path, span):
    assert of_tree(tmp_path, f'a: {{mcc: ["{span}"]}}') == [
        (f"{TREE}:2:7", f'categories.a.mcc {span!r} is neither a code nor a range, such as "5411" or "3000-3299"'),
    ]


def test_codes_of_a_category_with_others_below_it_need_a_leaf_of_their_own(tmp_path):
    assert of_tree(tmp_path, "food: {codes: [A]}", "food.in: {codes: [B]}", "food.out: {codes: [C]}") == [
        (f"{TREE}:2:10", "category 'food' has codes of its own and categories below it: no affinity would count them"),
    ]
    sound = "categories:\n  food: {name: {en: Food}}\n  food.in: {codes: [B]}\n  pay: {codes: [P], is_spend: false}\n"
    (tmp_path / TREE).write_text(sound + "  pay.in: {codes: [Q], is_spend: false}\n")
    assert Policy.load(tmp_path, lints=LINTS).vocabulary.categories == ("food", "food.in")


@pytest.mark.parametrize(
    ("when", "what"),
    [
        ("lifecycle = 'steadyy' AND pattern = 'p66'", "'steadyy' is no value of lifecycle"),
        ("is_staff OR lifecycle_before IN ('new', 'at risk')", "'at risk' is no value of lifecycle_before"),
        ("coalesce(journey_season, 'none') = 'sumer'", "'sumer' is no value of journey_season"),
        ("CASE best_channel WHEN 'mail' THEN true ELSE false END", "'mail' is no value of best_channel"),
        ("'couple' = journey_party", "'couple' is no value of journey_party"),
        ("again_1 <> 'travel'", "'travel' is no value of again_1"),
    ],
)
def test_a_word_that_a_column_never_has_is_told_wherever_it_is_compared_with(tmp_path, when, what):
    changes = {
        "rules/offers/cashback.yaml": OFFER.replace("when: age_years >= 18", f'when: "{when}"'),
        "rules/categories.yaml": "categories: {travel.air: {}, dining: {}}\n",
    }
    assert faults(tmp_path, changes) == [("rules/offers/cashback.yaml:10:23", what)]


def test_words_that_columns_have_or_that_stand_for_unknown_are_no_slip(tmp_path):
    when = (
        "lifecycle IN ('new', 'at_risk') AND coalesce(journey_party, '') = '' AND again_1 = 'dining' AND pattern = 'p6'"
    )
    changes = {
        "rules/offers/cashback.yaml": OFFER.replace("when: age_years >= 18", f'when: "{when}"'),
        "rules/categories.yaml": "categories: {travel.air: {}, dining: {}}\n",
    }
    policy = Policy.load(written(tmp_path, **changes), lints=LINTS)
    assert (len(policy.compiled), warned(policy, date(2026, 6, 1))) == (3, [])


def test_the_nearest_word_of_the_column_is_told(tmp_path):
    wrong = {"rules/offers/cashback.yaml": OFFER.replace("age_years >= 18", "lifecycle = 'steadyy'")}
    with pytest.raises(PolicyErrors) as caught:
        Policy.load(written(tmp_path, **wrong), lints=LINTS)
    assert caught.value.errors[0].hint.startswith("Did you mean 'steady'? Values of lifecycle: at_risk, declining,")
