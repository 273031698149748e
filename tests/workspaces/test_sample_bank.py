"""The sample bank's own rules, offers and texts: what a bank would hold its policy to."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from persona.messages.approvals import contents
from persona.messages.missing import missing
from persona.messages.recipe import recipes
from persona.messages.slots import faults
from persona.messages.wording import wordings
from persona.policy.content import Template
from persona.policy.policy import Policy

ROOT = Path(__file__).parents[2]
AS_OF = date(2026, 7, 1)


@cache
def bank():
    return Policy.load(ROOT)


@cache
def open_texts():
    return wordings(bank().of(Template), bank().blocks, languages=bank().workspace.languages)


@cache
def told():
    """Every variant of every message, with what the rules of the day put in: by offer, treatment and language."""
    return {
        (offer.offer, treatment.id, language): [
            recipe.wording
            for recipe in recipes(
                offer.at(None), open_texts()[treatment.channel, treatment.template, language], bank(), day=AS_OF
            )
        ]
        for offer in bank().offers
        for treatment in offer.treatments
        for language in bank().workspace.languages
    }


def marketing(channel):
    """The wordings of marketing treatments on a channel, with their offers."""
    return [
        (offer, wording)
        for offer in bank().offers
        for treatment in offer.treatments
        for language in bank().workspace.languages
        for wording in told()[offer.offer, treatment.id, language]
        if offer.class_ == "marketing" and treatment.channel == channel
    ]


def test_nineteen_offers_in_six_groups_speak_on_eight_channels_in_two_languages():
    offers = bank().offers
    assert len(offers) == 19
    assert {offer.group for offer in offers} == {"travel", "savings", "credit", "rewards", "service", "everyday"}
    channels = {treatment.channel for offer in offers for treatment in offer.treatments}
    assert channels == {"email", "sms", "push", "inapp", "letter", "atm", "call", "advisor"}
    assert {locale for _, _, locale in told()} == {"en", "de"}


def test_one_offer_is_the_fallback_and_service_notices_sell_nothing():
    assert [offer.offer for offer in bank().offers if offer.is_fallback] == ["financial_checkup"]
    assert {offer.group for offer in bank().offers if offer.class_ == "service"} == {"service"}


def test_each_slot_of_each_text_has_a_value_of_its_type():
    found = [
        error
        for one in bank().offers
        for offer in one.told
        for treatment in offer.treatments
        for language in bank().workspace.languages
        for wording in told()[offer.offer, treatment.id, language]
        for error in faults(
            offer,
            wording,
            sender=bank().workspace.sender,
            facts={name: bank().checked(offer, "facts", name) for name in offer.facts},
        )
    ]
    assert found == []


def test_each_template_and_block_is_used():
    used = {(treatment.channel, treatment.template) for offer in bank().offers for treatment in offer.treatments}
    assert used == set(bank().templates)
    assert {block for each in told().values() for wording in each for block in wording.blocks} == set(bank().blocks)


def test_everything_is_approved_by_somebody_else_on_the_day_and_nothing_else_is():
    needed = contents(bank())
    assert missing(needed, bank().approvals.approvals, bank().approvers, day=AS_OF) == ()
    assert {(one.kind, one.id) for one in bank().approvals.approvals} == {(one.kind, one.id) for one in needed}


def test_medium_risk_is_approved_by_legal_too():
    by_legal = {one.id for one in bank().approvals.approvals if one.kind == "offer" and one.role == "legal"}
    assert by_legal == {offer.offer for offer in bank().offers if offer.risk_class != "low"}


@pytest.mark.parametrize(
    ("channel", "needed"),
    [
        ("email", {"data_use", "opt_out", "imprint"}),
        ("sms", {"sms_note"}),
        ("push", {"app_note"}),
        ("inapp", {"app_note"}),
    ],
)
def test_marketing_says_why_and_how_to_stop_it(channel, needed):
    lacking = [wording.template for _, wording in marketing(channel) if not needed <= set(wording.blocks)]
    assert lacking == []


def test_credit_is_never_shown_without_its_warning_nor_a_rate_without_its_example():
    credit = [pair for channel in ("email", "inapp") for pair in marketing(channel) if pair[0].group == "credit"]
    assert len(credit) == 14
    assert [w.template for _, w in credit if "credit_warning" not in w.blocks] == []
    priced = [wording for offer, wording in credit if "representative_apr" in offer.terms]
    assert {wording.template for wording in priced} == {"lease_end_loan", "credit_line"}
    assert [wording.template for wording in priced if "representative_example" not in wording.blocks] == []


@pytest.mark.parametrize("offer_id", ["lease_end_loan", "credit_line", "welcome_line"])
def test_the_representative_example_adds_up(offer_id):
    terms = next(offer for offer in bank().offers if offer.offer == offer_id).terms
    months, monthly = terms["example_months"], (1 + float(terms["representative_apr"])) ** (1 / 12) - 1
    instalment = terms["example_loan_minor"] * monthly / (1 - (1 + monthly) ** -months)
    assert terms["example_instalment_minor"] == round(instalment)
    assert terms["example_total_minor"] == months * terms["example_instalment_minor"]
    assert float(terms["borrowing_rate"]) == round(12 * monthly, 4)


def test_main_segments_have_an_order_of_their_own():
    priorities = [segment.priority for segment in bank().segments]
    assert len(set(priorities)) == len(priorities) == 11
    assert min(bank().segments, key=lambda segment: segment.priority).segment == "financial_difficulty"


def _verdicts():
    for level in (*bank().catalog.issues.values(), *bank().catalog.groups.values(), *bank().offers):
        yield level
        yield from getattr(level, "treatments", ())


def test_a_condition_of_one_name_is_one_condition_and_says_in_each_language_what_it_asks():
    conditions = [one for v in _verdicts() for one in (*v.eligibility, *v.applicability, *v.suitability)]
    texts_of = {one.id: {other.when for other in conditions if other.id == one.id} for one in conditions}
    assert {name: said for name, said in texts_of.items() if len(said) > 1} == {}
    assert {one.id for one in conditions if set(one.says) != {"en", "de"}} == set()
