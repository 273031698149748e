"""Proofs: invented people through every treatment, with every check, and never handed over."""

import pytest
from fakes import nights

PEOPLE = """
personas:
  - persona: anna
    about: Everything is known.
    language: en
    people: {first_name: Anna, last_name: Berg, email: a@example.com, phone: "+4915112345678", push_token: t}
  - persona: layla
    about: A name from right to left.
    language: en
    people: {first_name: "ليلى", last_name: "الأنصاري", email: l@example.com, phone: "+4915112345678", push_token: t}
  - persona: unknown
    about: Nothing is known.
    language: fr
    is_unknown: true
"""


@pytest.fixture
def bank(fresh):
    (fresh / "rules/personas.yaml").write_text(PEOPLE)
    return fresh


def proof(root, *argv):
    return nights.persona(root, "proof", "--on", "2026-07-01", "--json", *argv)


def test_everybody_is_put_through_every_treatment_without_a_night_and_bears_a_mark(bank):
    ended = proof(bank)
    assert ended.code == 0, ended.err
    assert ended.json["messages"] == 3 * 6
    page = (bank / "out/proofs/index.html").read_text()
    assert page.count("<article") == 18
    assert "PROOF - TO NOBODY: A weekend away" in page
    assert "Dear ليلى" in page
    assert "tiny.example.com/unsubscribe" in page
    assert not (bank / "out/proofs/_SUCCESS").exists()
    assert nights.persona(bank, "deliver", "proofs").code != 0


def test_who_is_unknown_shows_what_a_message_does_without_it(bank):
    withheld = {(one["stratum"], one["withheld by"].split(",")[0]) for one in proof(bank).json["withheld"]}
    assert ("weekend.email.en", "slot.first_name") in withheld
    assert {one["person"] for one in proof(bank).json["withheld"]} == {"unknown"}


def test_a_proof_is_no_part_of_what_a_night_is_made_from(bank):
    before = nights.persona(bank, "run", "--dry-run", "--json").json["run_id"]
    (bank / "rules/personas.yaml").write_text(PEOPLE.replace("Anna", "Hanna"))
    proof(bank, "weekend")
    assert nights.persona(bank, "run", "--dry-run", "--json").json["run_id"] == before


def test_what_cannot_be_rendered_is_said_with_its_line(bank):
    ended = proof(bank, "weekent")
    assert (ended.code, "Did you mean 'weekend'?" in ended.err) == (2, True)
    path = bank / "rules/personas.yaml"
    path.write_text(PEOPLE + "    profile: {agee_years: 3}\n")
    assert "rules/personas.yaml:15:27: unknown column 'agee_years'" in proof(bank).err
    path.unlink()
    assert (proof(bank).code, "rules/personas.yaml: is not there" in proof(bank).err) == (2, True)
