"""Each compliance rule of the sample bank says of its own examples what they say of it."""

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

ROOT = Path(__file__).parents[2]
DAY = date(2026, 12, 1)
"""A day on which all of the rules are in force."""

BANK = Policy.load(ROOT)
RULES = [(file, number, rule) for file in BANK.of(Compliance) for number, rule in enumerate(file.rules)]
EXAMPLES = [
    pytest.param(file, number, example.given, passes, id=f"{rule.id}-{'passes' if passes else 'fails'}-{at}")
    for file, number, rule in RULES
    for passes, examples in ((True, rule.passes), (False, rule.fails))
    for at, example in enumerate(examples)
]


def of_customer(file, number, given):
    """Whether the rule's condition holds for a customer of whom nothing else is known."""
    schema = BANK.profile.schema
    row = pl.DataFrame({name: [given.get(name)] for name in schema}, schema=schema)
    return row.select(BANK.checked(file, "rules", number, "when").expr).item() is True


def of_message(rule, given):
    """Whether the rule lets a message pass, whose parts say the text and the named blocks."""
    blocks = [BANK.blocks[name].locales["en"] for name in str(given["blocks"]).split()]
    terms = set(given) & set(rule.triggered_by)
    groups = rule.groups or [offer.group for offer in BANK.offers]
    told = [offer.offer for offer in BANK.offers if offer.group in groups and _is_like(offer, rule, terms)]
    row = {
        "channel": rule.channels[0] if rule.channels else "email",
        "class": rule.classes[0],
        "locale": "en",
        "group_id": groups[0],
        "offer_id": told[0] if told else "no_offer_of_ours",
        "html": " ".join([str(given["text"]), *(block.html or "" for block in blocks)]),
        "text": " ".join([str(given["text"]), *(block.text or block.body or "" for block in blocks)]),
        "body": " ".join([str(given["text"]), *(block.body or block.text or "" for block in blocks)]),
    }
    messages = pl.DataFrame([row]).with_columns(subject=pl.lit(""), preheader=pl.lit(""), title=pl.lit(""))
    looked_at = Given.of(BANK, day=DAY)
    (check,) = checks_of((rule,), looked_at)
    return not messages.with_columns(said=said()).select(check.refuses(looked_at)).item()


def _is_like(offer, rule, terms):
    """Whether an offer has the terms that an example has, or none that make the rule speak where it has none."""
    has = set(rule.triggered_by) & {*offer.terms, *offer.facts}
    return terms <= has if terms else not has


@pytest.mark.parametrize(("file", "number", "given", "passes"), EXAMPLES)
def test_a_rule_judges_its_examples_as_they_say(file, number, given, passes):
    rule = file.rules[number]
    judged = of_customer(file, number, given) if rule.when else of_message(rule, given)
    assert judged == passes


@pytest.mark.parametrize("rule", [rule for _, _, rule in RULES], ids=lambda rule: rule.id)
def test_a_rule_has_a_source_and_two_examples_each_way(rule):
    assert rule.source
    assert rule.jurisdiction in {"EU", "DE"}
    assert len(rule.passes) >= 2
    assert len(rule.fails) >= 2
