"""A rate or an amount that is typed equals a term of the offer, or stands in a legal block."""

from datetime import date

import pytest

from persona.checks.checked import checked
from persona.messages.compose import composed
from persona.messages.lint import lint
from persona.messages.wording import wordings
from persona.policy.policy import Policy

DAY = date(2026, 7, 1)
PUSH = "templates/push/stay.yaml"
LINE = 'en: {title: "{{ first_name }}, stay", body: "{% include \'guarantee\' %}", link: "{{ link }}"}'


@pytest.fixture
def said(bank, tmp_path):
    """The bank whose push in English says a text; other files with words replaced."""

    def made(text, **files):
        changes = {PUSH: (LINE, f"en:\n      title: stay\n      body: |\n        Dear\n        you, {text}\n")}
        changes |= {name.replace("__", "/") + ".yaml": change for name, change in files.items()}
        for path in bank.root.rglob("*.yaml"):
            name = path.relative_to(bank.root).as_posix()
            old, new = changes.get(name, ("", ""))
            content = path.read_text("utf-8")
            assert old in content
            copy = tmp_path / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(content.replace(old, new) if old else content, "utf-8")
        return Policy.load(tmp_path)

    return made


@pytest.mark.parametrize(
    "text",
    [
        "2.65 % a year",
        "2.65% and €150",
        "150.00 EUR in 10 minutes, 5 questions",
        "{{ rate | rate }} for 12 months",
        "{{ bonus_minor | money_short }}",
    ],
)
def test_terms_of_the_offer_and_plain_counts_may_be_typed(said, text):
    slots = "slots: {link: {type: url}, rate: {type: rate}, bonus_minor: {type: money}}"
    policy = said(text)
    path = policy.root / PUSH
    path.write_text(path.read_text("utf-8").replace("slots: {link: {type: url}}", slots), "utf-8")
    assert list(lint(Policy.load(policy.root))) == []


@pytest.mark.parametrize("text", ["15 %", "265 %", "2,65 %", "€15", "15,000 €", "1.5 percent", "2.65 to 3 %", "$150"])
def test_another_rate_or_amount_is_told_with_its_line_and_what_to_write(said, text):
    [error] = lint(said(f"get {text} now"))
    assert error.where == f"{PUSH}:10:18"
    assert error.what == f"{text!r} is typed, and no term of 'stay' says so"
    assert error.hint.startswith("Show a term, such as {{ ")


def test_a_disclosure_may_say_its_own_figures_and_another_block_may_not(said):
    figure = ("by law up to 100000.,", "by law up to €100 and 15 %.,")
    assert list(lint(said("stay", templates__blocks__guarantee=figure))) == []


def test_the_words_of_the_offer_itself_are_held_to_its_terms_too(said):
    reason = ("en: Your deposit ends soon.", "en: Take 15 % now.")
    [error] = lint(said("stay", rules__offers__stay=reason))
    assert error.where == "rules/offers/stay.yaml:11:19"


def test_a_price_that_differs_by_customer_is_never_typed(said):
    points = "[{id: low, price: 0.0265}, {id: high, price: 0.03}]"
    price = f"price: {{kind: deposit_rate, term: rate, base: low, source: table, points: {points}}}"
    ladder = ("terms: {rate: 0.0265, bonus", f"{price}\nterms: {{bonus")
    [error] = lint(said("2.65 % a year", rules__offers__stay=ladder))
    assert error.what.startswith("'2.65 %' is typed")


@pytest.mark.parametrize(("text", "failed"), [("get 15 % in 5 minutes", ["figures"]), ("get 2.65 % in 5 minutes", [])])
def test_a_message_with_a_typed_rate_that_traces_to_nothing_is_withheld(said, decided, text, failed):
    policy = said(text)
    worded = wordings(policy.templates.values(), policy.blocks, languages=policy.workspace.languages)
    made = composed(**decided(["Ann"], channel="push"), policy=policy, wordings=worded, key=b"k" * 32, day=DAY)
    told = checked(made.messages, policy=policy, day=DAY)["failed"].to_list()
    assert told == [failed]
