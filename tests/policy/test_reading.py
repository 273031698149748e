import pytest

from persona.errors import PolicyErrors
from persona.policy.catalog import Offer
from persona.policy.policy import Policy
from persona.policy.reading import model_of
from persona.policy.rules import Segment
from persona.policy.source import Source
from persona.policy.text import parse

SEGMENT = """\
segment: families
name: {en: Families}
when: age_years >= 18
owner: ann
review_on: 2027-01-31
"""
WORKSPACE = """\
persona: 1
name: Test bank
currency: EUR
country: DE
zone: Europe/Berlin
languages: [en]
sender:
  name: Test bank
  from_email: hello@bank.example.com
  reply_to: hello@bank.example.com
  postal_address: Street 1
  privacy_url: https://bank.example.com/privacy
  unsubscribe_url: https://bank.example.com/stop
"""


def faults(text, model):
    with pytest.raises(PolicyErrors) as caught:
        model_of(parse(text, file="x.yaml"), model)
    return [str(error) for error in caught.value.errors]


def test_a_model_knows_where_each_of_its_values_stands():
    segment = model_of(parse(SEGMENT, file="rules/segments/families.yaml"), Segment)
    assert (segment.segment, str(segment.place_of("when"))) == ("families", "rules/segments/families.yaml:3:7")


def test_an_unknown_key_is_told_with_the_nearest_known_one_at_the_place_of_the_key():
    missing, unknown = faults(SEGMENT.replace("owner", "ownr"), Segment)
    assert missing == "x.yaml:1:1: key 'owner' of the file is missing"
    assert unknown.splitlines() == [
        "x.yaml:4:1: unknown key 'ownr'",
        "  Did you mean 'owner'? Keys: name, owner, priority, review_on, segment, when.",
    ]


def test_an_unknown_word_of_a_closed_set_is_told_with_the_nearest_known_one():
    text = "source: cards\nfiles: x\ninto: events\nformat:\n  type: cvs\ncolumns: {at: {from: t}}\n"
    assert faults(text, Source) == [
        "x.yaml:5:9: unknown type 'cvs'\n  Did you mean 'csv'? Known: csv, fixed, jsonl, parquet."
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("families", "Families", "segment does not look as it must, not 'Families'"),
        ("{en: Families}", "Families", "name must be keys and values, not 'Families'"),
        ("age_years >= 18", "[a]", "when must be text, not a list"),
        ("2027-01-31", "soon", "review_on must be a date such as 2026-01-31, not 'soon'"),
        ("ann", "7", "owner must be text, not 7"),
    ],
)
def test_a_wrong_type_is_told_in_plain_words(old, new, told):
    assert [line.split(": ", 1)[1].split("\n")[0] for line in faults(SEGMENT.replace(old, new), Segment)] == [told]


def test_of_several_kinds_the_nearest_one_is_told():
    text = "offer: x\nterms:\n  link: {en: [1]}\n"
    assert "x.yaml:3:10: terms.link.en must be text, not a list" in faults(text, Offer)


def test_a_validator_speaks_for_itself():
    text = "source: cards\nfiles: x\ninto: events\ncolumns:\n  at: {from: t, const: 1}\n"
    assert faults(text, Source) == ["x.yaml:5:3: columns.at needs exactly one of from, expr, const"]


def test_five_faults_in_two_files_are_five_errors_with_their_lines(tmp_path):
    (tmp_path / "persona.yaml").write_text(WORKSPACE)
    folder = tmp_path / "rules" / "segments"
    folder.mkdir(parents=True)
    (folder / "a.yaml").write_text(SEGMENT.replace("families", "NO") + "owner: bob\n")
    (folder / "b.yaml").write_text(SEGMENT.replace("owner: ann", "ownr: 7").replace("2027-01-31", "soon"))
    with pytest.raises(PolicyErrors) as caught:
        Policy.load(tmp_path)
    assert [error.where for error in caught.value.errors] == [
        "rules/segments/a.yaml:1:10",
        "rules/segments/a.yaml:6:1",
        "rules/segments/b.yaml:1:1",
        "rules/segments/b.yaml:4:1",
        "rules/segments/b.yaml:5:12",
    ]
    assert str(caught.value).endswith("5 errors in the policy; nothing was run.")
