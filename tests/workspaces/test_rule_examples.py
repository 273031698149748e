"""Each compliance rule of each workspace, and of each pack, says of its own examples what they say of it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from persona.offers.windows import may_be_sent
from persona.policy.packs import PACKAGE, known
from persona.policy.reading import model_of
from persona.policy.rules import Compliance
from persona.policy.text import read
from persona.runs.ruling import ruled

HERE = Path(__file__).parent
WORKSPACES = {"sample_bank": HERE.parents[1], "berka": HERE / "berka", "birmingham": HERE / "birmingham"}
BANK = """\
persona: 1
name: Test bank
currency: EUR
country: DE
zone: Europe/Berlin
languages: [en]
sender:
  name: Test bank
  from_email: a@bank.example.com
  reply_to: a@bank.example.com
  postal_address: 1 Bank Street
  privacy_url: https://bank.example.com/p
  unsubscribe_url: https://bank.example.com/u
"""


def told(root):
    """What is wrong with the rules of a workspace."""
    return [(fault.where, fault.what) for one in ruled(root)[1] for fault in one.faults]


@pytest.mark.parametrize("name", WORKSPACES)
def test_every_rule_of_a_workspace_judges_two_examples_each_way_as_they_say(name):
    assert told(WORKSPACES[name]) == []


@pytest.fixture
def bank(tmp_path):
    def written(packs, rules="", **files):
        (tmp_path / "persona.yaml").write_text(f"{BANK}packs: {packs}\n", encoding="utf-8")
        for name, text in {"rules/compliance/own.yaml": rules, **files}.items():
            if text:
                (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return written


@pytest.mark.parametrize("pack", known())
def test_every_rule_of_a_pack_has_its_source_and_judges_two_examples_each_way_as_they_say(pack, bank):
    _, found = ruled(bank(f"[{pack}]"))
    assert [fault for one in found for fault in one.faults] == []
    assert [one.rule for one in found if not one.rule.startswith(f"{pack}_") or not one.source] == []


def test_all_packs_can_be_chosen_together(bank):
    _, found = ruled(bank("[us, eu, uk, ca]"))
    assert {one.file for one in found} == {"packs/us.yaml", "packs/eu.yaml", "packs/uk.yaml", "packs/ca.yaml"}


RULE = """\
rules:
  - id: no_hurry
    law: Law
    source: Section 1
    jurisdiction: DE
    owner: ann
    effective_from: {day}
    forbids: [hurry]
    passes: [{{given: {{text: Take your time}}}}, {{given: {{text: {good}}}}}]
    fails: [{{given: {{text: Hurry}}}}{more}]
"""


def test_a_rule_that_stops_what_it_should_not_is_told_with_its_line(bank):
    rules = RULE.format(day="2026-01-01", good="No hurry", more=", {given: {text: hurry up}}")
    assert told(bank("[]", rules)) == [
        ("rules/compliance/own.yaml:9:47", "rule 'no_hurry' stops what it should not"),
    ]


def test_a_rule_that_lets_pass_what_it_should_not_is_told_with_its_line(bank):
    rules = RULE.format(day="2026-01-01", good="Wait", more=", {given: {text: harry up}}")
    assert told(bank("[]", rules)) == [
        ("rules/compliance/own.yaml:10:37", "rule 'no_hurry' lets pass what it should not"),
    ]


def test_a_rule_needs_two_examples_each_way(bank):
    rules = RULE.format(day="2026-01-01", good="Wait", more="")
    assert told(bank("[]", rules)) == [
        ("rules/compliance/own.yaml:2:5", "rule 'no_hurry' has 1 of at least 2 examples that fail"),
    ]


def test_a_rule_is_tested_before_it_is_in_force(bank):
    rules = RULE.format(day="2999-01-01", good="Wait", more=", {given: {text: hurry up}}")
    _, (one,) = ruled(bank("[]", rules))
    assert (one.in_force, one.examples, one.faults) == (False, 4, ())


def _rules(pack):
    return model_of(read(PACKAGE / "packs" / f"{pack}.yaml", root=PACKAGE), Compliance).rules


HOURS = [rule for pack in known() for rule in _rules(pack) if rule.send_hours]


@pytest.mark.parametrize("rule", HOURS, ids=lambda rule: rule.id)
def test_a_minute_beyond_each_edge_of_lawful_hours_is_beyond_them(rule):
    country, _, region = rule.jurisdiction.partition("-")
    for hours in rule.send_hours:
        for weekday in hours.weekdays:
            day = date(2026, 7, 5) + timedelta(days=weekday % 7)
            for text, offsets in ((hours.send_from, {-1: False, 0: True}), (hours.send_until, {-1: True, 0: False})):
                edge = datetime.combine(day, time.fromisoformat(text))
                for minutes, lawful in offsets.items():
                    at = (edge + timedelta(minutes=minutes)).isoformat()
                    given = {"country": country, "region": region or "CA", "at": at}
                    assert may_be_sent(rule, given) is lawful


CHANGES = [
    ("us", "2026-07-21", {"us_ecoa_discouraging_words"}, {"us_ecoa_discouraging_statements"}),
    ("us", "2027-01-31", set(), {"us_tcpa_revoke_all"}),
    ("eu", "2026-11-20", set(), {"eu_ccd2_credit_warning"}),
]


@pytest.mark.parametrize(("pack", "day", "ends", "begins"), CHANGES)
def test_the_law_of_a_day_is_that_of_the_day(pack, day, ends, begins):
    day = date.fromisoformat(day)

    def in_force(on):
        rules = _rules(pack)
        return {
            one.id
            for one in rules
            if one.effective_from <= on and (one.effective_until is None or on < one.effective_until)
        }

    assert in_force(day - timedelta(days=1)) - in_force(day) == ends
    assert in_force(day) - in_force(day - timedelta(days=1)) == begins


def test_hours_of_calls_are_those_of_texts_in_every_state():
    asked = {rule.id: set(rule.channels) for rule in _rules("us") if rule.send_hours}
    assert set(map(frozenset, asked.values())) == {frozenset({"sms", "call"})}
