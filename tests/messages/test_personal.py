"""How personal a treatment's messages are is counted without the names in them."""

from datetime import date

import polars as pl
import pytest

from persona.checks.checked import checked
from persona.messages.compose import composed
from persona.messages.personal import personal
from persona.messages.wording import wordings
from persona.policy.policy import Policy

DAY = date(2026, 7, 1)


@pytest.fixture
def told(bank, worded, decided):
    def made(names, channel="email", **more):
        given = decided(names, channel=channel, **more)
        messages = composed(**given, policy=bank, wordings=worded, key=b"k" * 32, day=DAY).messages
        found = personal(checked(messages, policy=bank, day=DAY), bank, worded, day=DAY)
        return found.drop("offer_id", "treatment_id", "channel").rows()

    return made


def test_other_names_make_no_other_texts(told):
    assert told(["Ann", "Bob", "Cid"], channel="push") == [(3, 1, 1, 0, 1, "name only")]


def test_values_of_the_customers_own_make_other_texts(told):
    assert told(["Ann", "Bob", "Cid"], balances=[100_000, 200_000, 100_000]) == [(3, 2, 2, 1, 6, "personal")]


def test_values_that_are_only_asked_about_count_by_the_branch_that_they_take(bank, tmp_path, decided):
    for path in bank.root.rglob("*.yaml"):
        copy = tmp_path / path.relative_to(bank.root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        asked = "{% if balance_minor > 150000 %}Much{% else %}Some{% endif %} of it ends"
        copy.write_text(path.read_text("utf-8").replace("{{ balance_minor }} end", asked), "utf-8")
    policy = Policy.load(tmp_path)
    worded = wordings(policy.templates.values(), policy.blocks, languages=policy.workspace.languages)

    def rows(balances):
        given = decided(["Ann"] * len(balances), channel="sms", balances=balances)
        messages = composed(**given, policy=policy, wordings=worded, key=b"k" * 32, day=DAY).messages
        found = personal(checked(messages, policy=policy, day=DAY), policy, worded, day=DAY)
        return found.drop("offer_id", "treatment_id", "channel").rows()

    assert rows([100_000, 110_000, 200_000]) == [(3, 2, 1, 1, 0, "personal")]
    assert rows([100_000, 110_000, 120_000]) == [(3, 1, 1, 1, 0, "name only")]


def test_texts_that_differ_by_price_alone_are_not_personal(bank, tmp_path, decided):
    points = "[{id: low, price: 0.0265}, {id: high, price: 0.03}]"
    price = f"price: {{kind: deposit_rate, term: rate, base: low, source: table, points: {points}}}"
    for path in bank.root.rglob("*.yaml"):
        copy = tmp_path / path.relative_to(bank.root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text("utf-8").replace("terms: {rate: 0.0265, bonus", f"{price}\nterms: {{bonus")
        text = text.replace("{{ balance_minor }} end", "{{ rate }} end")
        copy.write_text(text.replace("slots: {balance_minor: {type: money}}", "slots: {rate: {type: rate}}"), "utf-8")
    policy = Policy.load(tmp_path)
    worded = wordings(policy.templates.values(), policy.blocks, languages=policy.workspace.languages)
    given = decided(["Ann", "Bob"], channel="sms", balances=[1, 2])
    given["decisions"] = given["decisions"].with_columns(price_point=pl.Series(["low", "high"]))
    messages = composed(**given, policy=policy, wordings=worded, key=b"k" * 32, day=DAY).messages
    found = personal(checked(messages, policy=policy, day=DAY), policy, worded, day=DAY)
    assert found.drop("offer_id", "treatment_id", "channel").rows() == [(2, 2, 1, 0, 1, "name only")]


def test_another_language_is_another_text_and_no_more_personal(told):
    rows = told(["Ann", "Bob"], channel="sms", languages=["en", "de"])
    assert rows == [(2, 2, 1, 1, 0, "name only")]


def test_a_withheld_message_is_no_text_and_a_single_one_is_no_telling(told):
    assert told(["Ann", None], balances=[1, 2]) == [(1, 1, 2, 1, 6, None)]
    assert told([None]) == []


def test_no_messages_are_no_rows(told, bank, worded):
    names = ("offer_id", "treatment_id", "channel", "locale", "variant", "price_point", "slots", "check_id")
    schema = dict.fromkeys(names, pl.String)
    assert personal(pl.DataFrame(schema=schema), bank, worded, day=DAY).height == 0
