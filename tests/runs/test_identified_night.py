"""A night after records of two systems became persons: one customer, one message, to the address that is believed."""

import csv
import json

import pytest
from fakes import bank, nights

CRM = """
source: crm
files: "extracts/crm_{date:%Y-%m-%d}.csv"
into: customers
delivery: snapshot
key: [id]
columns:
  customer_id: {from: id}
  first_name: {from: first, pii: direct}
  last_name: {from: last, pii: direct}
  born_on: {from: born, format: "%d.%m.%Y"}
  email: {from: mail, pii: direct}
"""
RULES = """
identity: 1
fields: {first_name: {kind: text}, last_name: {kind: text}, born_on: {kind: date}}
keys: [{id: name_and_birth, fields: [first_name, last_name, born_on]}]
households: null
survivorship: {email: {by: systems, systems: [crm]}}
"""


@pytest.fixture
def linked(fresh):
    rows = [
        {**one, "id": f"X{one['id']}", "mail": f"new.{one['id']}@canary.example.org"}
        for one in bank.people(bank.NEWEST)
    ]
    names = ("id", "first", "last", "born", "mail")
    text = bank.csv([{name: row[name] for name in names} for row in rows])
    bank.write(fresh / f"extracts/crm_{bank.NEWEST}.csv", text.encode())
    bank.write(fresh / "rules/sources/crm.yaml", CRM.encode())
    bank.write(fresh / "rules/identity.yaml", RULES.encode())
    assert nights.persona(fresh, "load", "--quiet").code == 0
    told = nights.persona(fresh, "identify", "--json").json
    assert (told["records"], told["persons"]) == (2 * bank.CUSTOMERS, bank.CUSTOMERS)
    return fresh


def addresses(root):
    """The address of each e-mail that was published."""
    found = []
    for path in sorted((root / "out/latest/email").iterdir()):
        if path.suffix == ".jsonl":
            found += [json.loads(line)["email"] for line in path.read_text(encoding="utf-8").splitlines()]
        elif path.suffix == ".csv":
            found += [row["email"] for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())]
    return found


def test_a_night_knows_each_person_once_and_writes_to_the_address_that_is_believed(linked):
    ended = nights.persona(linked, "run", "--json")
    assert ended.code == 0, ended.err
    assert ended.json["customers"] == bank.CUSTOMERS
    mails = addresses(linked)
    assert mails
    assert [one for one in mails if not one.startswith("new.")] == []
    assert len(set(mails)) == len(mails)


def test_told_apart_again_between_two_nights_the_same_night_is_the_same(linked):
    assert nights.persona(linked, "run", "--quiet").code == 0
    before = nights.published(linked)
    assert nights.persona(linked, "identify", "--quiet").code == 0
    assert nights.persona(linked, "run", "--quiet").code == 0
    assert nights.published(linked) == before
