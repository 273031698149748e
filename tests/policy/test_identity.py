from types import SimpleNamespace

import pytest

from persona.errors import PolicyErrors
from persona.policy.identity import Identity
from persona.policy.lints.identity import unmatched
from persona.policy.reading import model_of
from persona.policy.text import parse


def read(text):
    return model_of(parse(text, file="rules/identity.yaml"), Identity)


def test_a_file_of_one_line_means_the_defaults():
    rules = read("identity: 1\n")
    assert [key.id for key in rules.keys] == ["email_and_name", "phone_and_name", "name_birth_and_postcode"]
    assert rules.linkage is None


def test_an_empty_linkage_is_a_linkage_by_defaults():
    assert read("identity: 1\nlinkage: {}\n").linkage.accept == 0.95


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("linkage: {accept: 0.5, review: 0.9}", "review must not lie above accept"),
        ("keys: [{id: phone, fields: []}]", "keys[0].fields"),
        ("fields: {phone: {kind: telephone}}", "telephone"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_line(text, says):
    with pytest.raises(PolicyErrors, match=r"rules/identity.yaml:2") as told:
        read(f"identity: 1\n{text}\n")
    assert says in str(told.value)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("keys: [{id: passport, fields: [phon]}]", "2:32"),
        ("linkage: {blocking: [[born_on, phon]]}", "2:32"),
        ("households: {fields: [phon]}", "2:23"),
    ],
)
def test_a_field_that_nothing_is_compared_by_is_told_with_its_place_and_the_nearest(text, place):
    (error,) = unmatched(SimpleNamespace(identity=read(f"identity: 1\n{text}\n")))
    assert (error.where, error.what) == (f"rules/identity.yaml:{place}", "unknown field 'phon'")
    assert "Did you mean 'phone'?" in error.hint


def test_the_house_number_of_an_address_is_a_field_of_its_own():
    rules = read("identity: 1\nkeys: [{id: home, fields: [address, number, postcode]}]\n")
    assert list(unmatched(SimpleNamespace(identity=rules))) == []
