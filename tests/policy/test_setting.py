"""A value of the rules set in memory: where a path leads, and what does not fit there."""

import pytest
from fakes.smallest import written

from persona.errors import PolicyError, PolicyErrors
from persona.policy.policy import Policy
from persona.policy.setting import found, with_value

CONSTRAINTS = """waves: 2
constraints:
  - {id: letters, sum: 1, where: channel = 'email', max: 100}
  - {id: costs, sum: cost_minor, max: 50, min: 2}
"""


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    return Policy.load(written(tmp_path_factory.mktemp("bank"), **{"rules/constraints.yaml": CONSTRAINTS}))


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("constraints.waves", 2),
        ("constraints.letters.max", 100),
        ("constraints.constraints.letters.max", 100),
        ("constraints.constraints.2.min", 2),
        ("constraints.letters.min", None),
        ("offers.cashback.worth", "2500"),
        ("offer.cashback.adult.when", "age_years >= 18"),
        ("offers.cashback.treatments.mail.cost_minor", 1),
        ("compliance.law.adults.when", "age_years >= 18"),
    ],
)
def test_a_path_leads_by_names_and_a_list_may_be_left_out(policy, words, value):
    assert found(policy.models, words, where="--set").value == value


@pytest.mark.parametrize(
    ("words", "what", "hint"),
    [
        ("constrants.letters.max", "rules: there is no 'constrants'", "Did you mean 'constraints'?"),
        ("constraints.leters.max", "rules/constraints.yaml: there is no 'leters'", "Did you mean 'letters'?"),
        ("constraints.letters.maxx", "letters: there is no 'maxx'", "Did you mean 'max'?"),
        ("offers.cashbak.worth", "offers: there is no 'cashbak'", "Did you mean 'cashback'?"),
        ("offers", "offers: which one?", "Known: cashback."),
        ("offers.cashback", "names a whole file", "Go on to one of its values"),
    ],
)
def test_a_word_that_is_not_known_is_told_with_the_nearest(policy, words, what, hint):
    with pytest.raises(PolicyError) as caught:
        found(policy.models, words, where="--set x")
    assert (caught.value.where, caught.value.what) == ("--set x", what)
    assert hint in caught.value.hint


def changed(policy, words, text):
    place = found(policy.models, words, where=f"--set {words}")
    return policy.with_file(place.kind, place.model, with_value(place, text, where=f"--set {words}"))


def test_a_value_is_set_in_memory_and_the_rules_on_the_disk_stay(policy):
    other = changed(policy, "constraints.letters.max", "7")
    assert [str(one.max) for one in other.constraints.constraints] == ["7", "50"]
    assert [str(one.max) for one in policy.constraints.constraints] == ["100", "50"]
    assert other.hash != policy.hash
    assert other.hash_of(["offer"]) == policy.hash_of(["offer"])


def test_a_condition_that_is_set_is_the_one_that_is_read(policy):
    offer = changed(policy, "offers.cashback.adult.when", "age_years >= 21")
    assert offer.checked(offer.offers[0], "eligibility", 0, "when").text == "age_years >= 21"


@pytest.mark.parametrize(
    ("words", "text", "what"),
    [
        ("constraints.letters.max", "many", "constraints[0].max must be a number, not 'many'"),
        ("constraints.waves", "0", "waves must be at least 1, not 0"),
        ("offers.cashback.adult.when", "age_yeers >= 21", "unknown column 'age_yeers' of profile"),
    ],
)
def test_what_does_not_fit_is_told_where_it_was_set(policy, words, text, what):
    with pytest.raises(PolicyErrors) as caught:
        changed(policy, words, text)
    assert [one.what for one in caught.value.errors] == [what]
    assert caught.value.errors[0].where.startswith(f"--set {words}")
