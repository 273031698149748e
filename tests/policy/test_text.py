import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.errors import PolicyErrors
from persona.policy.places import Place
from persona.policy.text import parse, read


def faults(text):
    with pytest.raises(PolicyErrors) as caught:
        parse(text, file="x.yaml")
    return [(error.where, error.what) for error in caught.value.errors]


def test_values_are_what_they_look_like_and_nothing_else():
    text = "price: 5.10\ncount: -7\nday: 2026-03-31\nis_on: true\nnone: null\nempty:\nmcc: '0742'\n"
    assert parse(text, file="x.yaml").data == {
        "price": Decimal("5.10"),
        "count": -7,
        "day": "2026-03-31",
        "is_on": True,
        "none": None,
        "empty": None,
        "mcc": "0742",
    }
    assert str(parse("price: 5.10", file="x.yaml").data["price"]) == "5.10"


def test_every_value_and_key_has_its_place():
    document = parse("offer: travel\ntreatments:\n  - channel: email\n", file="rules/offers/travel.yaml")
    assert str(document.place_of("treatments", 0, "channel")) == "rules/offers/travel.yaml:3:14"
    assert document.key_place_of("treatments", 0, "channel") == Place("rules/offers/travel.yaml", 3, 5)
    assert document.place_of("treatments", 0, "absent") == Place("rules/offers/travel.yaml", 3, 5)


@pytest.mark.parametrize(
    ("word", "taken_for"),
    [
        ("NO", "true or false"), ("yes", "true or false"), ("on", "true or false"), ("Off", "true or false"),
        ("y", "true or false"), ("True", "true or false"), ("~", "nothing at all"), ("NULL", "nothing at all"),
        ("21:00", "a number in base 60"), ("0742", "an octal number"), ("0812", "an octal number"),
        ("1_000", "another number"), ("0x1F", "a hexadecimal number"), ("0b101", "a binary number"),
        ("1e3", "a number with an exponent"), (".5", "another number"), ("5.", "another number"),
        ("+5", "another number"), (".inf", "a number that is none"), (".NaN", "a number that is none"),
        ("=", "a value of YAML 1.1"),
    ],
)  # fmt: skip
def test_a_word_that_readers_of_yaml_take_for_different_things_is_refused_with_its_place(word, taken_for):
    assert faults(f"key: {word}") == [("x.yaml:1:6", f"{word} without quotes can be read as {taken_for}")]


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8))
def test_a_quoted_text_is_that_text(word):
    quoted = word.replace("'", "''")
    assert parse(f"'{quoted}': '{quoted}'", file="x.yaml").data == {word: word}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\nb: 2\na: 3", ("x.yaml:3:1", "key 'a' stands twice")),
        ("a: &x 1", ("x.yaml:1:4", "anchors, &, are not read")),
        ("a: *x", ("x.yaml:1:4", "an alias, *x, is not read")),
        ("a: !!str 1", ("x.yaml:1:4", "tags, !, are not read")),
        ("<<: {b: 1}", ("x.yaml:1:1", "merge keys, <<, are not read")),
        ("a: 1\n---\nb: 1", ("x.yaml:2:1", "a second document begins here")),
        ("%YAML 1.2\n---\na: 1", ("x.yaml:1:1", "directives of YAML are not read")),
        ("1: a", ("x.yaml:1:1", "key 1 is not text")),
        ("yes: a", ("x.yaml:1:1", "key yes is not text")),
        ("? [a]\n: b", ("x.yaml:1:3", "a key must be text, not a list, mapping or alias")),
        ("a:\n\tb: 1", ("x.yaml:2:1", "a tab is not read")),
        (
            'a: "\\u202e"',
            ("x.yaml:1:4", "the invisible character U+202E (RIGHT-TO-LEFT OVERRIDE) in a text is not read"),
        ),
        (
            'a: "\\U000E0041"',
            ("x.yaml:1:4", "the invisible character U+E0041 (TAG LATIN CAPITAL LETTER A) in a text is not read"),
        ),
        ("", ("x.yaml:1:1", "the file is empty")),
        ("# nothing", ("x.yaml:1:1", "the file is empty")),
    ],
)
def test_what_hides_what_a_file_says_is_refused_with_its_place(text, told):
    assert faults(text) == [told]


def test_all_faults_of_a_file_are_told_at_once_in_the_order_of_their_lines():
    assert [where for where, _ in faults("a: NO\nb: 0742\na: 1\nc: [21:00, *x]\n")] == [
        "x.yaml:1:4",
        "x.yaml:2:4",
        "x.yaml:3:1",
        "x.yaml:4:5",
        "x.yaml:4:12",
    ]


@pytest.mark.parametrize("text", ["[" * 30_000, "{a: " * 200 + "1" + "}" * 200, "- " * 400_000, "- 1\n" * 2_000_000])
def test_a_hostile_file_is_refused_at_once(text):
    begun = time.process_time()
    assert len(faults(text)) == 1
    assert time.process_time() - begun < 3


def test_an_error_of_syntax_says_where():
    assert faults("a: 1\n b: 2") == [
        ("x.yaml:2:3", "is not YAML: mapping values are not allowed in this context"),
    ]


def test_a_file_is_named_from_the_root_of_the_workspace(tmp_path):
    path = tmp_path / "rules" / "offer.yaml"
    path.parent.mkdir()
    path.write_bytes(b"\xef\xbb\xbfname: Caf\xc3\xa9\n")
    document = read(path, root=tmp_path)
    assert (document.file, document.data) == ("rules/offer.yaml", {"name": "Café"})


def test_a_file_that_is_not_utf8_is_refused_at_the_first_wrong_byte(tmp_path):
    path = tmp_path / "offer.yaml"
    path.write_bytes(b"a: 1\nname: Caf\xe9\n")
    with pytest.raises(PolicyErrors) as caught:
        read(path, root=tmp_path)
    assert [(e.where, e.what) for e in caught.value.errors] == [("offer.yaml:2:10", "is not UTF-8")]


def test_a_link_out_of_the_workspace_is_refused(tmp_path):
    outside = tmp_path / "outside.yaml"
    outside.write_text("a: 1")
    root = tmp_path / "bank"
    root.mkdir()
    (root / "offer.yaml").symlink_to(outside)
    with pytest.raises(PolicyErrors) as caught:
        read(root / "offer.yaml", root=root)
    assert [e.what for e in caught.value.errors] == ["lies outside the workspace"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("when: age >= 18 AND foo", "x.yaml:1:21"),
        ("when: 'age >= 18 AND foo'", "x.yaml:1:22"),
        ("when: >-\n  age >= 18\n  AND foo", "x.yaml:3:7"),
        ("when: |\n  age >= 18\n\n    AND foo\n", "x.yaml:4:9"),
        ("when: age >= 18\n  AND foo", "x.yaml:2:7"),
        ("when: 'a = ''x'' AND foo'", "x.yaml:1:22"),
    ],
)
def test_a_word_inside_a_text_is_found_in_the_file_however_yaml_folds_it(text, expected):
    document = parse(text, file="x.yaml")
    said = document.data["when"]
    assert str(document.place_of("when").inside(said, said.index("foo"))) == expected
