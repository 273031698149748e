"""``rules/triggers``: what is read, what of it cannot be meant, and what of an offer comes to rest on it."""

from datetime import date

import pytest
from fakes.smallest import WORKSPACE, written

from persona.errors import PolicyErrors
from persona.policy.lint import LINTS, warned
from persona.policy.policy import Policy
from persona.policy.triggers import urgencies

FILE = "rules/triggers/looks.yaml"
USUAL = """\
trigger: looks
name: {en: Looks}
owner: ann
source: Playbook
review_on: 2027-01-01
offers: [cashback]
expires_days: 5
"""
EVENTS = "table: events\n"


def loaded(root, text, **more):
    return Policy.load(written(root, **{FILE: USUAL + text, **more}), lints=LINTS)


def told(root, text, **more):
    with pytest.raises(PolicyErrors) as caught:
        loaded(root, text, **more)
    return [(error.where.removeprefix(f"{FILE}:"), error.what) for error in caught.value.errors]


def test_rules_may_read_what_has_happened_and_what_its_row_says(tmp_path):
    text = "table: transactions\nwhere: amount_minor >= 500000\nkeeps: [amount_minor]\nurgency: 30\n"
    policy = loaded(tmp_path, text)
    columns = [name for name in policy.profile.schema if name.startswith("on_")]
    assert columns == ["on_looks", "on_looks_days", "on_looks_amount_minor"]
    assert urgencies(policy.triggers) == {"cashback": (("on_looks", 30),)}


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("table: events\nwhere: subjct = 'loan'\n", "9:8", "unknown column 'subjct' of events"),
        ("table: events\nkeeps: [subjct]\n", "9:9", "unknown column 'subjct' of events"),
        ("table: transactions\nwhere: counterparty = 'x'\n", "9:8", "unknown column 'counterparty' of transactions"),
        ("when: in_savers\n", "8:7", "unknown column 'in_savers' of profile"),
        ("when: on_looks\n", "8:7", "unknown column 'on_looks' of profile"),
        ("table: event\n", "8:8", "unknown table 'event'"),
    ],
)
def test_what_a_table_does_not_have_is_told_at_its_place(tmp_path, text, where, what):
    assert told(tmp_path, text)[0] == (where, what)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "needs a table whose rows set it off, a state (when), or both"),
        ("when: has_email\ncount: 3\n", "where, count, within_days and keeps speak of the rows of a table"),
        ("table: events\ncount: 3\n", "a count needs within_days"),
        ("table: events\neach: age_years\n", "each is for a state alone: rows of a table are told apart by their ids"),
    ],
)
def test_a_trigger_that_says_nothing_that_happens_is_refused(tmp_path, text, what):
    assert what in told(tmp_path, text)[0][1]


def test_words_that_no_row_has_and_offers_that_there_are_none_of_are_found(tmp_path):
    workspace = WORKSPACE + "subjects: [loan]\n"
    text = USUAL.replace("[cashback]", "[cashbak]") + "table: events\nwhere: subject = 'loans' AND duration_s > 5\n"
    found = told(tmp_path, "", **{"persona.yaml": workspace, FILE: text})
    assert found == [("6:10", "unknown offer 'cashbak'"), ("9:8", "unknown subject 'loans'")]


def test_two_triggers_cannot_make_one_column(tmp_path):
    other = (USUAL + "table: events\n").replace("looks", "looks_days")
    assert told(tmp_path, "table: events\n", **{"rules/triggers/b.yaml": other}) == [
        ("rules/triggers/b.yaml:1:10", "column 'on_looks_days' stands twice")
    ]


def test_a_trigger_that_was_due_for_review_is_told(tmp_path):
    policy = loaded(tmp_path, EVENTS)
    assert [one.what for one in warned(policy, date(2027, 1, 1)) if "trigger" in one.what] == [
        "trigger 'looks' was due for review on 2027-01-01"
    ]


def test_what_may_not_decide_on_credit_does_not_by_way_of_a_trigger(tmp_path):
    catalog = "issues: {grow: {}}\ngroups: {cards: {issue: grow, regulated_as: [loan]}}\n"
    rule = """\
rules:
  - {id: sex, law: L, source: S, jurisdiction: DE, owner: ann, effective_from: 2026-01-01, products: [loan],
     prohibits: [is_staff]}
"""
    files = {"rules/offers/catalog.yaml": catalog, "rules/compliance/law.yaml": rule}
    found = told(tmp_path, "when: is_staff\nurgency: 20\n", **files)
    assert found == [("8:7", "'is_staff' may not decide on offer 'cashback'")]
