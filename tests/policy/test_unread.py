import json

import pytest
from fakes.smallest import BLOCK, CATALOG, FILES, OFFER, RULE, WORKSPACE, written

from persona.errors import PolicyError, PolicyErrors
from persona.messages.lint import lint as texts
from persona.policy.lint import LINTS
from persona.policy.policy import Policy

SEGMENT = "segment: young\nname: {en: Young}\nowner: ann\npriority: 1\nreview_on: 2027-01-01\nwhen: age_years < 30\n"
CATEGORIES = "categories: {travel: {name: {en: Travel}, codes: [T], is_spend: true}}\n"
SOURCE = "source: people\nfiles: p_{date:%Y-%m-%d}.csv\ninto: customers\ncolumns: {customer_id: {from: id}}\n"


def told(root, **changes):
    """What is told of the small bank with some of its files changed; nothing is nothing."""
    try:
        Policy.load(written(root, **changes), lints=(*LINTS, texts))
    except PolicyErrors as errors:
        return [error.what.partition(" of profile")[0] for error in errors.errors]
    return []


def test_three_broken_files_and_an_unknown_column_in_a_fourth_are_told_at_once(tmp_path):
    broken = {
        "rules/segments/young.yaml": SEGMENT.replace("priority", "prioriti"),
        "rules/offers/catalog.yaml": CATALOG.replace("grow}}", "grow, colour: red}}"),
        "templates/blocks/imprint.yaml": BLOCK.replace("footer", "feet"),
        "rules/compliance/law.yaml": RULE.replace("when: age_years", "when: age_yeras"),
    }
    assert told(tmp_path, **broken) == [
        "unknown column 'age_yeras'",
        "unknown key 'colour'",
        "unknown key 'prioriti'",
        "unknown kind 'feet'",
    ]


@pytest.mark.parametrize(
    ("file", "text", "column"),
    [
        ("persona.yaml", WORKSPACE + "prodcts: [card]\n", "holds_card"),
        ("persona.yaml", WORKSPACE + "topcs: [news]\n", "prefers_news = 'yes'"),
        ("rules/categories.yaml", CATEGORIES.replace("codes", "code"), "affinity_travel > 0"),
        ("rules/segments/young.yaml", SEGMENT.replace("priority", "prioriti"), "in_young"),
        ("rules/segments/young.yaml", "segment: [", "segment = 'young'"),
        ("rules/sources/people.yaml", SOURCE.replace("id}}", "id}, is_member: {from: m}}") + "fils: x\n", "is_member"),
        ("rules/sources/people.yaml", SOURCE.replace("columns", "colums"), "is_member"),
    ],
)
def test_a_name_that_a_broken_file_may_have_given_is_no_second_mistake(tmp_path, file, text, column):
    offer = OFFER.replace("when: age_years >= 18", f"when: {column}")
    found = told(tmp_path, **{"rules/offers/cashback.yaml": offer, file: text})
    assert found
    assert not [what for what in found if what.startswith(("unknown column", "unknown segment"))]


@pytest.mark.parametrize(
    ("file", "text", "column"),
    [
        ("persona.yaml", WORKSPACE + "prodcts: [card]\n", "in_young"),
        ("rules/categories.yaml", CATEGORIES.replace("codes", "code"), "holds_card"),
        ("rules/segments/young.yaml", SEGMENT.replace("priority", "prioriti"), "in_old"),
        ("rules/sources/people.yaml", SOURCE + "fils: x\n", "is_member"),
        (
            "rules/sources/people.yaml",
            SOURCE.replace("customers", "accounts").replace("id}}", "id}, is_member: {from: m}}") + "fils: x\n",
            "is_member",
        ),
    ],
)
def test_a_name_that_no_broken_file_can_have_given_is_told_beside_it(tmp_path, file, text, column):
    offer = OFFER.replace("when: age_years >= 18", f"when: {column}")
    found = told(tmp_path, **{"rules/offers/cashback.yaml": offer, file: text})
    assert f"unknown column '{column}'" in found
    assert len(found) == 2


def test_a_missing_persona_yaml_is_one_mistake(tmp_path):
    written(tmp_path)
    (tmp_path / "persona.yaml").unlink()
    with pytest.raises(PolicyErrors) as caught:
        Policy.load(tmp_path, lints=(*LINTS, texts))
    assert [error.what for error in caught.value.errors] == ["persona.yaml is not there"]


def test_a_rule_with_an_unknown_column_and_examples_is_told_once(tmp_path):
    found = told(tmp_path, **{"rules/compliance/law.yaml": RULE.replace("when: age_years", "when: age_yeras")})
    assert found == ["unknown column 'age_yeras'"]


def test_a_fact_with_an_unknown_column_is_not_told_again_for_the_slot_that_it_fills(tmp_path):
    offer = OFFER + "facts: {points: poits}\n"
    template = FILES["templates/email/cashback.yaml"].replace('text: "', 'text: "{{ points }} ')
    slots = "slots: {points: {type: integer}}\n"
    changes = {"rules/offers/cashback.yaml": offer, "templates/email/cashback.yaml": template + slots}
    assert told(tmp_path, **changes) == ["unknown column 'poits'"]


def test_the_same_mistake_in_many_places_is_told_once_with_the_first_of_them():
    many = [
        PolicyError(f"role must be text, not {n}", where=f"approvals.yaml:{n}:1", hint="Quote it.") for n in range(9)
    ]
    errors = PolicyErrors([*many, PolicyError("unknown key 'x'", where="a.yaml:1:1")])
    assert str(errors).splitlines() == [
        "approvals.yaml:0:1: role must be text, not 0",
        "  Quote it.",
        "  The same in 8 more places: approvals.yaml:1:1, approvals.yaml:2:1, approvals.yaml:3:1, ...",
        "a.yaml:1:1: unknown key 'x'",
        "10 errors in the policy; nothing was run.",
    ]
    assert len(errors.errors) == 10


def test_a_mistake_in_three_places_is_told_in_full():
    errors = [PolicyError("unknown key 'x'", where=f"a.yaml:{n}:1") for n in (1, 2, 3)]
    assert str(PolicyErrors(errors)).splitlines()[:3] == [f"a.yaml:{n}:1: unknown key 'x'" for n in (1, 2, 3)]


def test_validate_as_json_has_every_place_of_a_mistake(tmp_path, capsys):
    from persona.cli.validate import validate  # noqa: PLC0415 - the door is opened where it is tested

    approvals = "approvals:\n" + "".join(f"  - {{kind: offer, id: o{n}, rol: x}}\n" for n in range(5))
    written(tmp_path, **{"approvals.yaml": approvals})
    with pytest.raises(PolicyErrors):
        validate(workspace=tmp_path, as_json=True)
    errors = json.loads(capsys.readouterr().out)["errors"]
    wheres = [error["where"] for error in errors if error["what"] == "unknown key 'rol'"]
    assert wheres == [f"approvals.yaml:{line}:27" for line in range(2, 7)]


def test_a_slip_of_the_text_hides_no_other_slip_of_its_file(tmp_path):
    offer = OFFER.replace("owner: ann", "owner: NO\ncolour: red")
    assert told(tmp_path, **{"rules/offers/cashback.yaml": offer}) == [
        "NO without quotes can be read as true or false",
        "unknown key 'colour'",
    ]
