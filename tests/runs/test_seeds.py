"""Seeds: people of the bank get one message of each stratum, in files apart from the customers'."""

import json

import pytest
from fakes import nights

PEOPLE = """
personas:
  - persona: anna
    about: Everything is known.
    language: en
    people: {first_name: Anna, last_name: Berg, email: a@example.com, phone: "+4915112345678", push_token: t}
"""
SEEDS = "seeds:\n  - {persona: anna, email: qa@tiny.example.com, phone: '+4915100000000'}\n"


@pytest.fixture
def bank(fresh):
    (fresh / "rules/personas.yaml").write_text(PEOPLE)
    path = fresh / "rules/qa.yaml"
    path.write_text(path.read_text().replace("low: automatic", "low: sampled") + SEEDS)
    return fresh


def rows(root):
    (mails,) = [path for path in (root / "delivery/mailer").iterdir() if "-seeds" in path.name]
    return [json.loads(line) for line in mails.read_text().splitlines()]


def test_each_stratum_goes_to_each_seed_at_once_and_shows_no_customer(bank):
    told = nights.persona(bank, "run", "--json").json
    assert (bank / "out/latest").resolve().name == told["run_id"]
    mails = rows(bank)
    strata = {(one["offer_id"], one["treatment_id"]) for one in mails}
    sent = {(row["offer_id"], row["treatment_id"]) for row in told["releases"] if row["treatment_id"] == "email"}
    assert strata == sent
    assert len(mails) == len(strata)
    assert {one["email"] for one in mails} == {"qa@tiny.example.com"}
    assert all(("Anna" in one["html"] or "Berg" in one["html"]) for one in mails)
    files = [path for path in (bank / "delivery").rglob("*-seeds*") if path.is_file()]
    assert "Quickenborn" not in "".join(path.read_text() for path in files)
    assert (nights.persona(bank, "deliver").code, rows(bank)) == (5, mails)


def test_seeds_are_in_no_count_and_a_vendor_may_name_them(bank):
    path = bank / "rules/qa.yaml"
    path.write_text(path.read_text().replace("low: sampled", "low: automatic"))
    told = nights.persona(bank, "run", "--json").json
    counts = json.loads((bank / "out/latest/MANIFEST.json").read_text())["counts"]
    with nights.opened(bank) as store:
        assert counts["planned"] == store.contacts().filter(store.contacts()["status"] != "ghost").height
    names = [json.loads(line)["message_id"] for mails in (bank / "delivery/mailer").iterdir()
             for line in mails.read_text().splitlines()]  # fmt: skip
    (bank / "ack.csv").write_text("message_id,status\n" + "".join(f"{name},accepted\n" for name in names))
    ended = nights.persona(bank, "reconcile", "ack.csv", "--profile", "mailer", "--run", told["run_id"])
    assert ended.code == 0, ended.err


def test_a_seed_of_nobody_stops_the_night_before_it_begins(bank):
    path = bank / "rules/qa.yaml"
    path.write_text(path.read_text().replace("persona: anna", "persona: ana"))
    ended = nights.persona(bank, "run")
    assert (ended.code, "unknown persona 'ana'" in ended.err, (bank / "out").exists()) == (2, True, False)
