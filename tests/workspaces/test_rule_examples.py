"""Each compliance rule of each workspace says of its own examples what they say of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from persona.checks.given import Given
from persona.checks.rules import checks_of
from persona.checks.texts import said
from persona.policy.policy import Policy
from persona.policy.rules import Compliance

HERE = Path(__file__).parent
WORKSPACES = {"sample_bank": HERE.parents[1], "berka": HERE / "berka", "birmingham": HERE / "birmingham"}
DAY = date(2026, 12, 1)
"""A day on which all of the rules are in force."""

BANKS = {name: Policy.load(root) for name, root in WORKSPACES.items()}
RULES = [
    pytest.param(name, file, number, id=f"{name}-{rule.id}")
    for name, bank in BANKS.items()
    for file in bank.of(Compliance)
    for number, rule in enumerate(file.rules)
]
EXAMPLES = [
    pytest.param(*of_rule.values, example.given, passes, id=f"{of_rule.id}-{'passes' if passes else 'fails'}-{at}")
    for of_rule in RULES
    for passes in (True, False)
    for at, example in enumerate(getattr(of_rule.values[1].rules[of_rule.values[2]], "passes" if passes else "fails"))
]


def of_customer(bank, file, number, given):
    """Whether the rule's condition holds for a customer of whom nothing else is known."""
    schema = bank.profile.schema
    row = pl.DataFrame({name: [given.get(name)] for name in schema}, schema=schema)
    return row.select(bank.checked(file, "rules", number, "when").expr).item() is True


def of_message(bank, rule, given):
    """Whether the rule lets a message pass, whose parts say the text and the named blocks."""
    blocks = [bank.blocks[name].locales["en"] for name in str(given["blocks"]).split()]
    terms = set(given) & set(rule.triggered_by)
    groups = rule.groups or [offer.group for offer in bank.offers]
    told = [offer.offer for offer in bank.offers if offer.group in groups and _is_like(offer, rule, terms)]
    row = {
        "channel": (rule.channels or bank.workspace.channels)[0],
        "class": rule.classes[0],
        "locale": "en",
        "group_id": groups[0],
        "offer_id": told[0] if told else "no_offer_of_ours",
        "html": " ".join([str(given["text"]), *(block.html or "" for block in blocks)]),
        "text": " ".join([str(given["text"]), *(block.text or block.body or "" for block in blocks)]),
        "body": " ".join([str(given["text"]), *(block.body or block.text or "" for block in blocks)]),
    }
    messages = pl.DataFrame([row]).with_columns(subject=pl.lit(""), preheader=pl.lit(""), title=pl.lit(""))
    looked_at = Given.of(bank, day=DAY)
    (check,) = checks_of((rule,), looked_at)
    read = messages.with_columns(said=said()).with_columns(heard=pl.col("said").str.to_lowercase())
    return not read.select(check.refuses(looked_at)).item()


def _is_like(offer, rule, terms):
    """Whether an offer has the terms that an example has, or none that make the rule speak where it has none."""
    has = set(rule.triggered_by) & {*offer.terms, *offer.facts}
    return terms <= has if terms else not has


@pytest.mark.parametrize(("name", "file", "number", "given", "passes"), EXAMPLES)
def test_a_rule_judges_its_examples_as_they_say(name, file, number, given, passes):
    bank, rule = BANKS[name], file.rules[number]
    judged = of_customer(bank, file, number, given) if rule.when else of_message(bank, rule, given)
    assert judged == passes


@pytest.mark.parametrize(("name", "file", "number"), RULES)
def test_a_rule_has_a_source_and_two_examples_each_way(name, file, number):
    rule = file.rules[number]
    assert rule.source
    assert len(rule.passes) >= 2
    assert len(rule.fails) >= 2
