import json
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from persona.messages.columns import MESSAGES
from persona.messages.compose import composed
from persona.messages.unsubscribe import token
from persona.messages.wording import wordings

KEY = b"k" * 32


def _composed(bank, worded, given):
    return composed(
        given["decisions"],
        profile=given["profile"],
        people=given["people"],
        policy=bank,
        wordings=worded,
        key=KEY,
        day=date(2026, 7, 1),
    ).messages


def test_an_email_says_the_customers_own_values_in_html_and_in_text(bank, worded, decided):
    message = _composed(bank, worded, decided(["Zoë <i>"])).row(0, named=True)
    way_out = f"https://tiny.example/u?t={token('1'.zfill(32), key=KEY)}"
    assert message["subject"] == "Zoë <i>, 2.65% a year"
    assert message["text"] == (
        "Dear Zoë <i> Moe,\n"
        "€1,234.50 end soon: stay until September 30, 2026 for €150.\n"
        "Your deposit ends soon. Tiny Bank, Tiny Bank AG, Platz 1, 10115 Berlin\n"
        "Deposits are covered by law up to 100000.\n"
        f"Unsubscribe: {way_out}"
    )
    assert message["html"] == (
        "<p>Dear Zoë &lt;i&gt; Moe,</p>\n"
        "<p>€1,234.50 end soon:\nstay until September 30, 2026 for €150.</p>\n"
        "<p>Your deposit ends soon. Tiny Bank, Tiny Bank AG, Platz 1, 10115 Berlin</p>\n"
        "<p>Deposits are covered by law up to 100000.</p>\n"
        f'<a href="{way_out}">Unsubscribe</a>'
    )
    assert message["failed"] == []


def test_a_customer_is_spoken_to_in_his_language_or_in_the_first_of_the_workspace(bank, worded, decided):
    given = decided(["A", "B", "C"], languages=["de", "fr", None])
    messages = _composed(bank, worded, given)
    assert messages["locale"].to_list() == ["de", "en", "en"]
    assert messages["subject"][0] == "A, 2,65\u00a0% im Jahr"


def test_a_language_that_a_template_does_not_speak_falls_back_to_the_first_but_legal_text_does_not(
    bank, worded, decided
):
    """The push has a disclosure, in English alone: who speaks the workspace's German, though not fr, lacks his own."""
    given = decided(["A", "B", "C"], channel="push", languages=["de", "fr", "en"])
    messages = _composed(bank, worded, given)
    assert messages.select("locale", "title").rows() == [("en", "A, stay"), ("en", "B, stay"), ("en", "C, stay")]
    assert messages["failed"].to_list() == [["legal_language"], [], []]
    body = bank.blocks["guarantee"].model_copy(update={"kind": "body"})
    plain = _composed(replace(bank, models={**bank.models, "block": (body,)}), worded, given)
    assert plain["failed"].to_list() == [[], [], []]


def test_an_sms_keeps_to_its_alphabet(bank, worded, decided):
    message = _composed(bank, worded, decided(["A"], channel="sms", languages=["de"])).row(0, named=True)
    assert message["body"] == ("Tiny Bank: A, 1.234,50 € enden bald. STOP beendet.\nEinlagen sind gesetzlich gedeckt.")


def test_a_missing_value_withholds_the_row_and_is_never_a_blank(bank, worded, decided):
    messages = _composed(bank, worded, decided([None, "  ", "C"], balances=[100, 100, None]))
    assert messages["failed"].to_list() == [["slot.first_name"], ["slot.first_name"], ["slot.balance_minor"]]
    assert messages.select("subject", "text").rows() == [(None, None), (None, None), ("C, 2.65% a year", None)]


def test_control_and_invisible_characters_in_a_name_withhold_the_row(bank, worded, decided):
    messages = _composed(bank, worded, decided(["A\r\nBcc: x", "A\u202eB", "A" * 201, "A" * 200]))
    assert messages["failed"].to_list() == [["slot.first_name"]] * 3 + [[]]


def test_ghosts_and_silence_have_no_message(bank, worded, decided):
    given = decided(["A", "B", "C"])
    ghost, silent = pl.col("customer_no") == 1, pl.col("customer_no") == 2
    given["decisions"] = given["decisions"].with_columns(
        is_ghost=ghost, channel=pl.when(silent).then(None).otherwise("channel")
    )
    assert _composed(bank, worded, given)["customer_no"].to_list() == [3]


def test_the_values_shown_are_kept_without_the_person(bank, worded, decided):
    message = _composed(bank, worded, decided(["Zoë"])).row(0, named=True)
    assert json.loads(message["slots"]) == {
        "balance_minor": 123450,
        "bonus_minor": 15000,
        "rate": 26500,
        "reason": "Your deposit ends soon.",
        "sender_name": "Tiny Bank",
        "sender_postal_address": "Tiny Bank AG, Platz 1, 10115 Berlin",
        "valid_until": "2026-09-30",
    }
    assert "Zoë" not in message["slots"]
    assert message["customer_token"] != "K1"


def test_the_order_of_rows_means_nothing(bank, worded, decided):
    given = decided(["A", "B", "C"], languages=["de", "en", "de"])
    turned = {name: frame.reverse() for name, frame in given.items()}
    assert_frame_equal(_composed(bank, worded, turned), _composed(bank, worded, given))


def test_no_decisions_make_an_empty_table_of_messages(bank, worded, decided):
    given = decided(["A"])
    given["decisions"] = given["decisions"].clear()
    assert_frame_equal(_composed(bank, worded, given), pl.DataFrame(schema=MESSAGES.schema))


def test_a_message_whose_values_are_all_the_banks_own_fails_nothing(bank, worded, decided):
    given = decided(["A", "B"], channel="push")
    messages = _composed(bank, worded, given)
    assert messages.select("title", "body", "link").rows() == [
        ("A, stay", "Deposits are covered by law up to 100000.", "https://tiny.example/stay"),
        ("B, stay", "Deposits are covered by law up to 100000.", "https://tiny.example/stay"),
    ]
    assert messages["failed"].to_list() == [[], []]


def test_any_batch_of_customers_gets_the_same_messages(bank, worded, decided):
    given = decided(["A", None, "C", "D"], languages=["de", "en", "de", "en"])
    whole = _composed(bank, worded, given)
    halves = [
        _composed(bank, worded, {**given, "decisions": given["decisions"].filter(pl.col("customer_no").is_in(some))})
        for some in ([1, 4], [2, 3])
    ]
    assert_frame_equal(pl.concat(halves).sort("customer_no"), whole)


@pytest.mark.parametrize("name", ["محمد عبد الله", "יוסף", "Nguyễn Thị", "李小龍", "O'Neill-Łuczak"])
def test_a_name_of_any_writing_stands_as_it_is(bank, worded, decided, name):
    message = _composed(bank, worded, decided([name])).row(0, named=True)
    assert (message["failed"], message["subject"]) == ([], f"{name}, 2.65% a year")
    assert f"<p>Dear {name.replace(chr(39), '&#39;')} Moe,</p>" in message["html"]


def test_a_name_of_four_hundred_characters_withholds_its_own_message_only(bank, worded, decided):
    messages = _composed(bank, worded, decided(["A" * 400, "B"]))
    assert messages["failed"].to_list() == [["slot.first_name"], []]


@pytest.mark.parametrize("language", ["xx", "", "tlh-Latn", "de_AT", "🙂"])
def test_a_language_that_nobody_knows_is_answered_in_the_first_of_the_workspace(bank, worded, decided, language):
    assert _composed(bank, worded, decided(["A"], languages=[language]))["locale"].to_list() == ["en"]


@pytest.fixture
def by_row(bank):
    """The bank with an SMS that says its first name through a filter that columns do not write."""
    (own,) = (one for name, one in bank.templates.items() if name == ("sms", "stay"))
    said = {
        spoken: texts.model_copy(
            update={"body": texts.body.replace("{{ first_name }}", "{{ first_name | replace('e', 'e') }}")}
        )
        for spoken, texts in own.locales.items()
    }
    templates = {**bank.templates, ("sms", "stay"): own.model_copy(update={"locales": said})}
    return wordings(templates.values(), bank.blocks, languages=bank.workspace.languages)


def test_what_columns_do_not_write_is_written_row_by_row_to_the_same_byte_and_counted(bank, worded, by_row, decided):
    given = decided(["Eve", None, "<{{ b }}>", "5 Evas"], channel="sms", languages=["en", "en", "de", "en"])
    common = {"policy": bank, "key": KEY, "day": date(2026, 7, 1), "heeded": ("gratis",), **given}
    columns, rows = composed(wordings=worded, **common), composed(wordings=by_row, **common)
    assert_frame_equal(rows.messages.drop("template_hash"), columns.messages.drop("template_hash"))
    assert (columns.by_row, rows.by_row) == (0, 4)
    assert rows.kin.null_count() == 4
    assert rows.messages["figures"].to_list() == columns.messages["figures"].to_list()
