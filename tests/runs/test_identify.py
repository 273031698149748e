"""Records of two systems into persons, on a disk: linked, moved, reviewed, cut, and kept from night to night."""

import json
from datetime import date

import polars as pl
import pytest
from fakes import nights
from fakes.bank import write

from persona.foundation import identity
from persona.policy.identity import Identity, Linkage
from persona.runs.identify import linked

PERSONA = """
persona: 1
name: Two
currency: EUR
country: DE
zone: Europe/Berlin
languages: [en]
as_of: latest_delivery
sender: {name: T, from_email: t@t.example.com, reply_to: t@t.example.com, postal_address: T,
  privacy_url: https://t.example.com/p, unsubscribe_url: https://t.example.com/u}
"""
PEOPLE = """
source: {system}
files: "extracts/{system}_{{date:%Y-%m-%d}}.csv"
into: customers
delivery: snapshot
key: [id]
columns:
  customer_id: {{from: id}}
  first_name: {{from: first, pii: direct}}
  last_name: {{from: last, pii: direct}}
  born_on: {{from: born, format: "%Y-%m-%d"}}
  email: {{from: mail, pii: direct}}
  phone: {{from: phone, pii: direct}}
  address: {{from: street, pii: direct}}
  postcode: {{from: zip, pii: direct}}
"""
BOOKED = """
source: booked
files: "extracts/booked_{date:%Y-%m-%d}.csv"
into: transactions
key: [ref]
columns:
  txn_id: {from: ref}
  customer_id: {from: id}
  booked_at: {from: at, format: "%Y-%m-%d", zone: Europe/Berlin}
  amount_minor: {from: amount, minor_units: 2}
  currency: {const: EUR}
"""
HEAD = "id,first,last,born,mail,phone,street,zip\n"
CORE = """K1,Jörg,Müller,1980-02-03,joerg@canary.example,0171 3920001,Am Markt 5,20999
K2,Anna,Müller,1982-05-06,,,Am Markt 5,20999
K3,Maria,Silva,1990-01-01,,,Rua Nova 3,10999
"""
CARDS = """C7,Otto,Klein,1970-03-04,,,Weg 1,30999
C8,Maria,Silva,1990-01-01,ms@canary.example,+491713920009,Rua Nova 3,10999
C9,Joerg,Mueller,1980-02-03,JOERG@canary.example,,Markt 5,20999
"""


@pytest.fixture
def bank(tmp_path):
    root = tmp_path / "two"
    said = {
        "persona.yaml": PERSONA,
        "rules/identity.yaml": "identity: 1\n",
        "rules/sources/booked.yaml": BOOKED,
        "extracts/booked_2026-06-30.csv": "ref,id,at,amount\nt1,C9,2026-06-29,-5\nt2,K1,2026-06-30,-6\n",
        "extracts/core_2026-06-30.csv": HEAD + CORE,
        "extracts/cards_2026-06-30.csv": HEAD + CARDS,
        **{f"rules/sources/{system}.yaml": PEOPLE.format(system=system) for system in ("core", "cards")},
    }
    for name, text in said.items():
        write(root / name, text.encode())
    assert nights.persona(root, "load", "--quiet").code == 0
    return root


def identified(root, *argv):
    ended = nights.persona(root, "identify", "--json", *argv)
    assert ended.code == 0, ended.err
    return ended.json


def crosswalk(root):
    """The person of each customer id, by the customer ids that are one."""
    with nights.opened(root) as store:
        rows = store.crosswalk().group_by("customer_no").agg("customer_id")["customer_id"].to_list()
    return sorted(sorted(one) for one in rows)


def bookings(root):
    with nights.opened(root) as store:
        rows = store.scan("transactions").select("txn_id", "customer_no", "bucket").collect()
        homes = dict(store.crosswalk().select("customer_no", "bucket").iter_rows())
    assert all(homes[no] == bucket for _, no, bucket in rows.iter_rows())
    return dict(rows.select("txn_id", "customer_no").iter_rows())


def decide(root, *rows):
    text = "customer_a,customer_b,decision\n" + "".join(",".join(row) + "\n" for row in rows)
    write(root / "decisions.csv", text.encode())
    return identified(root, "--decisions", str(root / "decisions.csv"))


def test_records_of_two_systems_become_persons_and_their_rows_move(bank):
    apart = bookings(bank)
    told = identified(bank)
    assert (told["records"], told["persons"], told["households_derived"]) == (6, 4, 1)
    assert crosswalk(bank) == [["C7"], ["C8", "K3"], ["C9", "K1"], ["K2"]]
    together = bookings(bank)
    assert apart["t1"] != apart["t2"]
    assert together["t1"] == together["t2"] == min(apart["t1"], apart["t2"])


def test_twice_is_once_and_the_night_reads_the_same(bank):
    identified(bank)
    with nights.opened(bank) as store:
        before = store.facts_fingerprint(), store.persons()
    again = identified(bank)
    with nights.opened(bank) as store:
        assert (store.facts_fingerprint(), again["parts_rewritten"]) == (before[0], 0)
        assert store.persons().equals(before[1])


def test_each_link_has_its_reason(bank):
    identified(bank)
    with nights.opened(bank) as store:
        rows = store.catalog.run(
            "SELECT customer_id, linked_to, reason FROM person_crosswalk WHERE linked_to IS NOT NULL"
        )
    assert sorted(rows) == [
        ("C8", "K3", "name_birth_and_postcode"),
        ("C9", "K1", "email_and_name + name_birth_and_postcode"),
        ("K1", "C9", "email_and_name + name_birth_and_postcode"),
        ("K3", "C8", "name_birth_and_postcode"),
    ]


def test_a_wrong_link_is_cut_for_good_and_each_row_is_back_with_its_owner(bank):
    apart = bookings(bank)
    identified(bank)
    told = decide(bank, ("C9", "K1", "different"))
    assert (told["persons_split"], told["decisions_taken"]) == (1, 1)
    assert bookings(bank) == apart
    assert identified(bank)["decisions_taken"] == 0
    assert crosswalk(bank) == [["C7"], ["C8", "K3"], ["C9"], ["K1"], ["K2"]]


def test_a_decision_links_what_no_key_does(bank):
    identified(bank)
    assert decide(bank, ("K2", "C7", "same"))["persons_merged"] == 1
    assert ["C7", "K2"] in crosswalk(bank)


def test_a_person_keeps_his_number_when_new_records_come(bank):
    identified(bank)
    before = bookings(bank)
    write(
        bank / "extracts/cards_2026-07-01.csv", (HEAD + CARDS + "C5,Jörg,Müller,1980-02-03,,,Markt 5,20999\n").encode()
    )
    assert nights.persona(bank, "load", "--quiet").code == 0
    identified(bank)
    assert ["C5", "C9", "K1"] in crosswalk(bank)
    assert bookings(bank) == before


def test_files_that_come_after_a_link_go_to_the_person(bank):
    identified(bank)
    write(bank / "extracts/booked_2026-07-01.csv", b"ref,id,at,amount\nt3,C9,2026-07-01,-5\n")
    assert nights.persona(bank, "load", "--quiet").code == 0
    booked = bookings(bank)
    assert booked["t3"] == booked["t1"]


def test_a_decision_on_nobody_is_refused_and_nothing_is_changed(bank):
    write(bank / "decisions.csv", b"customer_a,customer_b,decision\nK1,K77,same\n")
    ended = nights.persona(bank, "identify", "--decisions", str(bank / "decisions.csv"))
    assert (ended.code, "1 of 1 pairs name a customer who is not known" in ended.err) == (3, True)
    assert len(crosswalk(bank)) == 6


def test_without_rules_nobody_is_linked(bank):
    (bank / "rules/identity.yaml").unlink()
    ended = nights.persona(bank, "identify")
    assert (ended.code, "rules/identity.yaml: is not there" in ended.err) == (2, True)


def test_pairs_in_doubt_go_masked_into_a_file_of_the_owner_and_nothing_is_clear_elsewhere(bank):
    rules = "identity: 1\nmax_records: 2\nkeys: [{id: place, fields: [postcode], max_records: 9}]\n"
    write(bank / "rules/identity.yaml", rules.encode())
    told = identified(bank)
    file = bank / told["review"]
    assert (file.stat().st_mode & 0o777, told["pairs_to_review"]) == (0o600, 1)
    shown = file.read_text(encoding="utf-8")
    assert "too many" in shown
    planted = ("canary", "Müller", "muller", "Silva", "silva", "3920001", "3920009")
    found = {(path, word) for path in bank.rglob("*") if path.is_file() and "extracts" not in path.parts
             for word in planted if word.encode() in path.read_bytes()}  # fmt: skip
    assert found == set()
    assert json.dumps(told).count("canary") == 0


GIVEN = ("anna", "bernd", "clara", "dieter", "elif", "frieda", "gustav", "hilde", "ivo", "jutta")


def home(number):
    """The records of three people of one home, each twice: the second time with a phone or a birthday, not both."""
    for place, step in enumerate((0, 3, 7)):
        names = {"first_name": GIVEN[(number + step) % len(GIVEN)], "last_name": f"Korn{'abcdefgh'[number % 8]}"}
        lives = {"address": f"Lindenweg {number}", "postcode": f"{10_000 + number}"}
        born = {"born_on": date(1950 + (7 * number + 13 * place) % 50, 1 + number % 12, 1 + 9 * place)}
        phone = {"phone": f"0171 39{number:05d}"}
        yield names | lives | born | phone
        yield names | lives | (phone if (number + place) % 2 else born)


def test_people_of_one_home_are_not_taken_for_one_person():
    pytest.importorskip("splink", reason="the extra identity is not installed")
    rules = Identity(linkage=Linkage())
    rows = pl.DataFrame([row for number in range(120) for row in home(number)]).with_row_index("record_no")
    records = identity.comparable(rows.cast({"record_no": pl.Int64}), rules.fields, country="DE")
    made = linked(records, rules, memory_gb=1).persons.members
    named = made.join(records, on="record_no").group_by("first").agg(pl.col("first_name").n_unique(), pl.len())
    assert named.filter(pl.col("first_name") > 1).height == 0
    assert named.filter(pl.col("len") == 2).height == 360
