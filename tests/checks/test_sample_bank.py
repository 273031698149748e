"""Every message of the sample bank, for made-up customers: all pass, and none without its disclosure."""

from datetime import date
from itertools import product
from pathlib import Path

import polars as pl
import pytest

from persona.checks.checked import checked
from persona.checks.rules import PARTS
from persona.checks.texts import pieces, says_any
from persona.messages.compose import composed
from persona.messages.recipients import reads
from persona.messages.wording import wordings
from persona.policy.policy import Policy

DAY = date(2026, 7, 1)
VALUES = {pl.String: "word", pl.Boolean: True, pl.Date: date(2026, 8, 3), pl.Float64: 0.03, pl.Int64: 12_345}


@pytest.fixture(scope="module")
def policy():
    return Policy.load(Path(__file__).parents[2])


@pytest.fixture(scope="module")
def messages(policy):
    languages = policy.workspace.languages
    told = [
        (language, offer.offer, treatment.id, treatment.channel)
        for language in languages
        for offer in policy.offers
        for treatment in offer.treatments
    ]
    numbers = pl.Series("customer_no", range(len(told)), dtype=pl.Int64)
    ids = [f"K{number}" for number in numbers]
    schema = {
        name: policy.profile.schema[name]
        for name in sorted(reads(policy) & policy.profile.schema.keys() - {"customer_no"})
    }
    profile = pl.DataFrame({"customer_no": numbers}).with_columns(
        **{name: pl.lit(VALUES[dtype.base_type()], dtype) for name, dtype in schema.items()},
    )
    return composed(
        pl.DataFrame(
            {
                "customer_no": numbers,
                "customer_id": ids,
                "message_id": [f"{number:032x}" for number in numbers],
                "run_id": "2026-07-01-abc",
                "offer_id": [offer for _, offer, _, _ in told],
                "treatment_id": [treatment for _, _, treatment, _ in told],
                "channel": [channel for _, _, _, channel in told],
                "is_ghost": False,
            }
        ),
        profile=profile.with_columns(language=pl.Series([one[0] for one in told]), zone=pl.lit("Europe/Berlin")),
        people=pl.DataFrame(
            {
                "customer_id": ids,
                "first_name": "Jürgen",
                "last_name": "O'Neil",
                "email": "j@example.com",
                "phone": "+491713920042",
                "push_token": "token",
                "address": "Am Mühlbach 18",
                "postcode": "04999",
                "city": "Leipzig",
            }
        ),
        policy=policy,
        wordings=wordings(policy.templates.values(), policy.blocks, languages=languages),
        key=b"k" * 32,
        day=DAY,
    ).messages


def test_every_message_of_the_sample_bank_may_leave(policy, messages):
    withheld = checked(messages, policy=policy, day=DAY).filter(pl.col("failed").list.len() > 0)
    assert withheld.select("offer_id", "channel", "locale", "failed").rows() == []


def _without(messages, block, channel, locale, part):
    """The messages of a channel and language that say a block, without its longest words in one part."""
    texts = block.locales[locale]
    names = ("html",) if part == "html" else (part, "text", "body")
    words = max(pieces(next(said for name in names if (said := getattr(texts, name)))), key=len)
    here = (pl.col("channel") == channel) & (pl.col("locale") == locale)
    saying = messages.filter(here & pl.col(part).str.contains(words, literal=True))
    return saying.with_columns(pl.col(part).str.replace_all(words, "", literal=True))


def _cuts(policy, messages, rule):
    """The messages that a rule asks a block of, in each language and part, without the block's words there."""
    block = policy.blocks[rule.requires_block]
    groups = (*rule.groups, *policy.catalog.groups_of(rule.products))
    is_meant = pl.col("class").is_in(rule.classes) & (pl.col("group_id").is_in(groups) | (not groups))
    for channel in rule.channels or PARTS:
        for locale, part in product(block.locales, PARTS[channel]):
            yield _without(messages.filter(is_meant), block, channel, locale, part)


def test_a_message_without_its_disclosure_is_withheld_by_the_rule_that_asks_for_it(policy, messages):
    tried = 0
    for rule in policy.compliance:
        if rule.requires_block in policy.blocks and not rule.triggered_by and rule.holds_on(DAY):
            cut = pl.concat(_cuts(policy, messages, rule))
            failed = checked(cut, policy=policy, day=DAY)["failed"]
            assert failed.list.contains(rule.id).all()
            tried += cut.height
    assert tried > 100


def test_each_rule_judges_its_own_examples_of_words(policy):
    for rule in policy.compliance:
        for example, holds in [*((one, True) for one in rule.passes), *((one, False) for one in rule.fails)]:
            if rule.forbids and "text" in example.given:
                assert _is_fine(rule, example.given["text"]) == holds


def _is_fine(rule, text):
    said = pl.DataFrame({"heard": [text.lower()]})
    return not said.select(says_any(rule.forbids)).item()
