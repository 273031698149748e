from dataclasses import replace

import pytest

from persona.messages.lint import lint
from persona.policy.policy import Policy


@pytest.fixture
def edited(bank, tmp_path):
    """The bank with words of its files replaced; facts of the whole bank are compiled anew."""

    def made(file, *changes):
        for path in bank.root.rglob("*.yaml"):
            copy = tmp_path / path.relative_to(bank.root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text("utf-8")
            for old, new in changes if copy == tmp_path / file else ():
                assert old in text
                text = text.replace(old, new)
            copy.write_text(text, "utf-8")
        return [f"{error.where}: {error.what}" for error in lint(Policy.load(tmp_path))]

    return made


def test_a_bank_in_order_has_no_faults(bank):
    assert list(lint(bank)) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("persona.yaml", "https://tiny.example/u", "http://tiny.example/u", "unsubscribe_url is no https address"),
        ("rules/offers/stay.yaml", "rate: 0.0265, ", "", "offer 'stay' gives slot 'rate' no value in 'en'"),
        ("rules/offers/stay.yaml", "bonus_minor: 15000", "bonus_minor: 150.00", "'bonus_minor' is no money"),
        ("rules/offers/stay.yaml", "rate: 0.0265", "rate: 0.02650001", "'rate' is no rate"),
        (
            "rules/offers/stay.yaml",
            "terms: {",
            "terms: {balance_minor: 1, ",
            "'balance_minor' has another meaning already",
        ),
        ("rules/offers/stay.yaml", "terms: {", "terms: {first_name: x, ", "'first_name' has another meaning already"),
        (
            "rules/offers/stay.yaml",
            ", de: Ihr Festgeld endet bald.",
            "",
            "offer 'stay' gives slot 'reason' no value in 'de'",
        ),
        (
            "rules/offers/stay.yaml",
            "balance_deposit_minor",
            "matures_on_deposit",
            "fact 'balance_minor' is Date, and the",
        ),
        ("templates/sms/stay.yaml", "'guarantee'", "'guarante'", "unknown block 'guarante'"),
        ("templates/sms/stay.yaml", "body: |-", "subject: |-", "a message by sms needs a body"),
        ("templates/sms/stay.yaml", "body: |-", "subject: |-", "a message by sms has no subject"),
        ("templates/sms/stay.yaml", "  en:", "  fr:", "the template has no text in 'en'"),
        ("templates/sms/stay.yaml", "  de:", "  xx:", "'xx' is not a language such as en or de-AT"),
        ("templates/blocks/guarantee.yaml", "  de:", "  fr:", "block 'guarantee' has no text in 'de'"),
        ("templates/email/stay.yaml", "rate: {type: rate}", "rate: {type: money}", "'rate' is no money"),
        ("templates/email/stay.yaml", '"{{ unsubscribe_url }}"', '"{{ sender_name }}"', "'href' of <a> is one slot of"),
        (
            "templates/email/stay.yaml",
            '"{{ unsubscribe_url }}"',
            "{{ unsubscribe_url }}",
            "stands in <a> outside of quotes",
        ),
    ],
)
def test_every_fault_is_found_before_any_customer_is_looked_at(edited, file, old, new, fault):
    assert any(fault in told for told in edited(file, (old, new)))


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("xx", "Write it as en or de-AT."),
        ("German", "Did you mean 'de'?"),
        ("DE", "Did you mean 'de'?"),
        ("de_AT", "Did you mean 'de-AT'?"),
        ("dee", "Did you mean 'de'?"),
    ],
)
def test_a_language_of_the_workspace_in_which_nothing_can_be_written_is_told_at_its_place(bank, word, hint):
    workspace = bank.workspace.model_copy(update={"languages": ("en", word)})
    workspace._document = bank.workspace.document
    (told,) = lint(replace(bank, models={**bank.models, "workspace": (workspace,)}))
    assert (told.where, told.what, told.hint) == (
        "persona.yaml:6:17",
        f"{word!r} is no language that can be written",
        hint,
    )
