"""What a template leaves open is put in: blocks drawn by a hash, and blocks that rules require."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.errors import PolicyErrors
from persona.messages.compose import composed
from persona.messages.filters import formats
from persona.messages.jinja import row_by_row
from persona.messages.lint import lint
from persona.messages.recipe import drawn, recipes
from persona.messages.render import rendered, written
from persona.messages.wording import wordings
from persona.policy.policy import Policy

DAY = date(2026, 7, 1)
EMAIL = """
template: stay
channel: email
author: Ann
choices: {opening: {warm: 3, brief: 1}, picture: {roofs: 1, train: 1}}
slots: {rate: {type: rate}}
locales:
  en:
    subject: "{% include 'opening' %}"
    html: |-
      {% include 'picture' %}<p>{% include 'opening' %} {% include 'disclosures_beside' %}</p>
      {% include 'disclosures' %}
    text: |-
      {% include 'opening' %}
      {% include 'disclosures_beside' %}
      {% include 'disclosures' %}
      End.
"""
BLOCKS = {
    "warm": "kind: body\nlocales: {en: {text: 'Stay a while', html: 'Stay <b>a while</b>'}}",
    "brief": (
        "kind: body\nslots: {rate: {type: rate}}\n"
        "locales: {en: {text: 'Stay for {{ rate }}', html: 'Stay for {{ rate }}'}}"
    ),
    "roofs": 'kind: imagery\nlocales: {en: {html: \'<img src="https://tiny.example/r.png" alt="Roofs">\'}}',
    "train": 'kind: imagery\nlocales: {en: {html: \'<img src="https://tiny.example/t.png" alt="A train">\'}}',
    "covered": "kind: disclosure\nlocales: {en: {text: Covered by law., html: <i>Covered by law.</i>}}",
    "yearly": "kind: disclosure\nlocales: {en: {text: Rates are yearly., html: <i>Rates are yearly.</i>}}",
}
RULE = """
  - id: {id}
    law: Law
    source: Section {id}
    jurisdiction: DE
    owner: Law
    effective_from: {since}
    requires_block: {block}
    {more}
"""


def rule(name, block, more="", since="2020-01-01"):
    return RULE.format(id=name, block=block, more=more, since=since)


@pytest.fixture
def made(bank, tmp_path):
    """The small bank with other blocks, rules and template, its texts in one language."""

    def policy(*rules, email=EMAIL, **blocks):
        for path in bank.root.rglob("*.yaml"):
            target = tmp_path / path.relative_to(bank.root)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(path.read_text().replace("languages: [en, de]", "languages: [en]"))
        (tmp_path / "templates/email/stay.yaml").write_text(email)
        for name, text in {**BLOCKS, **blocks}.items():
            (tmp_path / f"templates/blocks/{name}.yaml").write_text(f"block: {name}\nauthor: Ann\n{text}\n")
        if rules:
            (tmp_path / "rules/compliance").mkdir(exist_ok=True)
            (tmp_path / "rules/compliance/law.yaml").write_text("rules:" + "".join(rules))
        return Policy.load(tmp_path)

    return policy


def cooked(policy, day=DAY):
    texts = wordings(policy.templates.values(), policy.blocks, languages=policy.workspace.languages)
    return recipes(policy.offers[0], texts["email", "stay", "en"], policy, day=day)


def says(recipe, name):
    values = pl.DataFrame({"rate": [26_500]})
    return rendered(recipe.wording.texts[name], values, words=formats("en", "EUR"), is_html=name == "html").item()


def test_each_combination_of_blocks_is_a_variant_with_its_probability(made):
    found = {one.variant: (one.weight, one.of) for one in cooked(made())}
    assert found == {"brief+roofs": (1, 8), "brief+train": (1, 8), "warm+roofs": (3, 8), "warm+train": (3, 8)}


def test_a_variant_says_its_own_blocks_in_every_text_and_has_a_hash_of_its_own(made):
    told = {one.variant: one for one in cooked(made())}
    assert says(told["brief+train"], "subject") == "Stay for 2.65%"
    assert says(told["warm+train"], "html") == (
        '<img src="https://tiny.example/t.png" alt="A train"><p>Stay <b>a while</b> </p>\n'
    )
    assert says(told["warm+train"], "text") == "Stay a while\nEnd."
    assert len({one.wording.hash for one in told.values()}) == 4


def test_a_block_that_columns_do_not_write_is_put_in_as_it_is_and_the_whole_text_is_written_row_by_row(made):
    body = "{{ first_name | replace('n', 'nn') }} for {{ rate }}"
    block = f'kind: body\nslots: {{rate: {{type: rate}}}}\nlocales: {{en: {{text: "{body}", html: "{body}"}}}}'
    told = {one.variant: one.wording.texts for one in cooked(made(warm=block))}
    assert [name for name, text in told["warm+train"].items() if text.by_row] == ["subject", "html", "text"]
    assert not any(text.by_row for text in told["brief+train"].values())
    text, words = told["warm+train"]["text"], formats("en", "EUR")
    values = pl.DataFrame({"rate": [26_500, 30_000], "first_name": ["Ann", "A<b>"]})
    written_by_row = row_by_row(text, written(values, [text], words), words, is_html=False)
    assert written_by_row.to_list() == ["Annnn for 2.65%\nEnd.", "A<b> for 3%\nEnd."]


@given(st.lists(st.text("0123456789abcdef", min_size=32, max_size=32), min_size=1, max_size=40, unique=True))
def test_the_draw_is_of_the_message_alone_and_gives_each_row_one_variant(ids):
    class Made:
        def __init__(self, weight):
            self.weight, self.of = weight, 4

    options = [Made(3), Made(1)]
    rows = pl.DataFrame({"message_id": ids})
    whole = {name: made.weight for made, own in drawn(rows, options, salt="s") for name in own["message_id"]}
    assert set(whole) == set(ids)
    for name in ids:
        ((made, _),) = drawn(pl.DataFrame({"message_id": [name]}), options, salt="s")
        assert made.weight == whole[name]


def test_over_many_messages_the_shares_are_those_that_are_logged():
    class Made:
        def __init__(self, weight):
            self.weight, self.of = weight, 4

    rows = pl.DataFrame({"message_id": [f"{number:032x}" for number in range(20_000)]})
    counts = {made.weight: own.height for made, own in drawn(rows, [Made(3), Made(1)], salt="variant|stay|email")}
    assert counts[1] + counts[3] == 20_000
    assert abs(counts[1] - 5_000) < 200


def test_a_composed_message_says_its_variant_and_how_likely_it_was(made, decided):
    policy = made()
    texts = wordings(policy.templates.values(), policy.blocks, languages=policy.workspace.languages)
    given = decided([f"N{number}" for number in range(40)])
    rows = composed(**given, policy=policy, wordings=texts, key=b"k" * 32, day=DAY).messages
    assert set(rows["variant"]) == {"brief+roofs", "brief+train", "warm+roofs", "warm+train"}
    assert set(rows.filter(pl.col("variant").str.starts_with("warm"))["p_variant"]) == {0.375}
    assert (rows["subject"].str.starts_with("Stay a while") == rows["variant"].str.starts_with("warm")).all()
    assert rows["failed"].list.len().sum() == 0


def test_a_rule_puts_in_its_block_where_the_offer_has_the_term_it_speaks_of(made):
    policy = made(rule("a", "covered", "triggered_by: [rate]"), rule("b", "yearly", "triggered_by: [apr]"))
    told = cooked(policy)[0]
    assert told.placed == ("anywhere:covered",)
    assert says(told, "html").endswith("</p>\n<i>Covered by law.</i>")
    assert says(told, "text").endswith("\nCovered by law.\nEnd.")
    assert "covered" in told.wording.blocks


def test_words_that_only_one_variant_says_bring_their_disclosure_to_that_one_only(made):
    policy = made(rule("a", "covered", "triggered_by: [a while]"))
    assert {one.variant: one.placed for one in cooked(policy) if one.variant.endswith("train")} == {
        "brief+train": (),
        "warm+train": ("anywhere:covered",),
    }


def test_a_block_stands_where_the_rule_wants_it(made):
    policy = made(rule("a", "covered", "placement: beside"), rule("b", "yearly"))
    told = next(one for one in cooked(policy) if one.variant == "warm+train")
    assert says(told, "html").endswith("<p>Stay <b>a while</b> <i>Covered by law.</i></p>\n<i>Rates are yearly.</i>")
    assert told.placed == ("anywhere:yearly", "beside:covered")


@pytest.mark.parametrize(
    ("more", "since"),
    [
        ("unless: [rate]", "2020-01-01"),
        ("channels: [sms]", "2020-01-01"),
        ("groups: [credit]", "2020-01-01"),
        ("classes: [service]", "2020-01-01"),
        ("", "2026-07-02"),
    ],
)
def test_a_rule_that_does_not_speak_of_the_message_puts_nothing_in(made, more, since):
    assert cooked(made(rule("a", "covered", more, since)))[0].placed == ()


def test_a_block_that_one_rule_wants_beside_a_claim_and_another_anywhere_stands_once(made):
    policy = made(rule("a", "covered"), rule("b", "covered", "placement: beside\n    channels: [email]"))
    assert {one.placed for one in cooked(policy)} == {("beside:covered",)}


def test_two_rules_of_one_block_put_it_in_once(made):
    assert cooked(made(rule("a", "covered"), rule("b", "covered")))[0].placed == ("anywhere:covered",)


def test_a_template_without_the_place_that_a_rule_wants_is_told_before_any_message(made):
    policy = made(rule("a", "covered", "placement: top\n    channels: [email]"))
    (told,) = (str(error) for error in lint(policy))
    assert "a rule wants block 'covered' top where 'stay' is told, and there is no place" in told
    assert "Write {% include 'disclosures_top' %} where it is to stand." in told


def test_a_disclosure_without_a_translation_stops_the_policy_before_any_message(made):
    policy = made(rule("a", "covered"), covered="kind: disclosure\nlocales: {de: {text: Gedeckt., html: Gedeckt.}}")
    told = [str(error) for error in lint(policy)]
    assert any("block 'covered' has no text in 'en'" in text and "never said in another" in text for text in told)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("brief: 1", "brif: 1", "unknown block 'brif'"),
        ("choices: {opening", "choices: {spare: {warm: 1}, opening", "choice 'spare' is in no text in 'en'"),
        ("choices: {opening", "choices: {warm: {brief: 1}, opening", "'warm' has another meaning already"),
        (
            "choices: {opening",
            "choices: {disclosures: {brief: 1}, opening",
            "'disclosures' has another meaning already",
        ),
        ("picture: {roofs: 1, train: 1}", "picture: {}", "choice 'picture' has no block"),
    ],
)
def test_a_choice_that_cannot_be_meant_is_told(made, old, new, told):
    policy = made(email=EMAIL.replace(old, new))
    with pytest.raises(PolicyErrors) as found:
        cooked(policy)
    assert told in str(found.value)


def test_a_figure_that_touches_another_only_in_one_variant_is_found(made):
    policy = made(
        email=EMAIL.replace("{% include 'opening' %}\n", "3{% include 'opening' %}\n"),
        brief=("kind: body\nlocales: {en: {text: '{{ rate }} more', html: '{{ rate }}'}}\nslots: {rate: {type: rate}}"),
    )
    told = [str(error) for error in lint(policy)]
    assert any("slot 'rate' touches a figure" in text for text in told)


def test_a_slot_of_a_drawn_block_that_the_offer_does_not_give_is_told(made):
    slots = "slots: {nights: {type: integer}}"
    policy = made(brief=f"kind: body\n{slots}\nlocales: {{en: {{text: 'For {{{{ nights }}}}', html: All}}}}")
    assert any("gives slot 'nights' no value" in str(error) for error in lint(policy))
