"""Erased means gone: no byte of a person is found where persona writes, and he does not come back."""

import json
import shutil
from datetime import date

import polars as pl
import pytest
from fakes import bank, nights
from fakes.searched import found

ROOMS = ("state", "out", "delivery", "exports")
DIRECT = {
    "first_name": "Ännchen{}",
    "last_name": "Quickenborn{}",
    "email": "person{}@canary.example.org",
    "phone": "+491713920{}",
    "push_token": "apptoken-{}-canary",
    "counterparty": "4929000011112{}",
}


@pytest.fixture(autouse=True)
def key(monkeypatch):
    """The vault's key also for what these tests open by themselves."""
    for name, value in nights.KEY.items():
        monkeypatch.setenv(name, value)


def told_by_email(root):
    """A customer to whom an e-mail was written, who lives alone."""
    with nights.opened(root) as store:
        alone = store.crosswalk().filter(pl.len().over("household_id") == 1)
        mails = store.contacts().filter((pl.col("channel") == "email") & (pl.col("status") == "handed_off"))
        return alone.join(mails, on="customer_no", how="semi")["customer_id"].sort()[0]


def words_of(root, customer_id):
    """His id and values, and the tokens that stand for them."""
    number = customer_id[1:]
    values = {column: text.format(number) for column, text in DIRECT.items()}
    with nights.opened(root) as store:
        tokens = [store.vault.tokens(column, pl.Series([value]))[0] for column, value in values.items()]
    return [customer_id, f"H{number}", *values.values(), *tokens]


def erased(root, customer_id, **asked):
    return nights.persona(root, "customer", "erase", customer_id, "--yes", "--json", **asked)


def test_no_byte_of_a_person_is_left_and_all_others_keep_their_rows(after):
    who = told_by_email(after)
    words = words_of(after, who)
    page = nights.persona(after, "review", "--json").json["page"]
    assert found(after, words, *ROOMS) != []
    with nights.opened(after) as store:
        before = {name: store.scan(name).collect() for name in ("transactions", "customers", "consents")}
    ended = erased(after, who)
    assert ended.code == 0, ended.err
    assert [word for word in words if word in ended.out] == []
    assert found(after, words, *ROOMS) == []
    assert [str((after / gone).resolve()) for gone in ended.json["pages"]] == [page]
    with nights.opened(after) as store:
        for name, rows in before.items():
            left = rows.filter(pl.col("customer_id") != who)
            assert left.height < rows.height
            assert store.scan(name).collect().sort(pl.all()).equals(left.sort(pl.all()))
        assert store.audit_faults() == []


def test_he_does_not_come_back_with_the_next_delivery_and_is_not_contacted(after):
    who = told_by_email(after)
    erased(after, who)
    bank.deliver(after, date(2026, 7, 1), days=1)
    assert nights.persona(after, "run", "--quiet").code == 0
    assert found(after, words_of(after, who)[:2], *ROOMS) == []
    with nights.opened(after) as store:
        newest = store.deliveries().filter(pl.col("source") == "customers").sort("delivered_on").row(-1, named=True)
        assert (newest["lines"], newest["loaded"], newest["filtered"]) == (60, 59, 1)
        assert store.crosswalk().height == 59


def test_the_files_are_those_of_the_others_and_the_manifest_names_the_one_before(after):
    who = told_by_email(after)
    folder = after / "out" / (after / "out/latest").readlink()
    before = json.loads((folder / "MANIFEST.json").read_bytes())
    ended = erased(after, who)
    now = json.loads((folder / "MANIFEST.json").read_bytes())
    assert [one["name"] for one in ended.json["files"]] == [one["name"] for one in now["erased"][0]["files"]]
    assert ended.json["told"] == [before["run_id"]]
    assert now["counts"]["written"] == before["counts"]["written"] - sum(one["rows"] for one in ended.json["files"])
    handed = nights.persona(after, "deliver", "--json")
    assert handed.code == 0, handed.err
    (path,) = (after / "delivery/mailer").glob("*_email_001.jsonl")
    mails = path.read_text()
    assert mails.count("\n") == sum(row["rows"] for row in now["files"] if row["profile"] == "mailer")


@pytest.fixture
def couple(fresh):
    """Two customers with one e-mail address between them, both written to, and that address."""
    with nights.opened(nights.reference()) as store:
        mails = store.contacts().filter((pl.col("channel") == "email") & (pl.col("status") == "handed_off"))
        one, other = store.crosswalk().join(mails, on="customer_no", how="semi")["customer_id"].sort()[:2]
    address = DIRECT["email"].format(one[1:])
    for path in (fresh / "extracts").glob("customers_*.csv"):
        text = path.read_bytes()
        assert DIRECT["email"].format(other[1:]).encode() in text
        path.write_bytes(text.replace(DIRECT["email"].format(other[1:]).encode(), address.encode()))
    assert nights.persona(fresh, "run", "--quiet").code == 0
    return fresh, one, other, address


def test_the_message_to_a_spouse_at_the_same_address_stays(couple):
    root, who, spouse, address = couple
    with nights.opened(root) as store:
        shared = {address, store.vault.tokens("email", pl.Series([address]))[0], f"H{who[1:]}"}
    words = [word for word in words_of(root, who) if word not in shared]
    ended = erased(root, who)
    assert ended.code == 0, ended.err
    assert found(root, words, *ROOMS) == []
    assert sum(one["rows"] for one in ended.json["files"]) == 1
    mails = [path.read_text() for path in (root / "delivery/mailer").glob("*.jsonl")]
    assert sum(text.count(f'"{address}"') for text in mails) == 1
    assert "the e-mail address that another customer has too, as theirs" in ended.json["stays"]
    assert spouse not in json.dumps(ended.json)
    assert erased(root, spouse).code == 0
    assert found(root, [address], *ROOMS) == []


def test_a_certificate_says_what_went_and_names_nobody(after):
    who = told_by_email(after)
    ended = erased(after, who)
    said = json.loads((after / ended.json["path"]).read_bytes())
    assert said["rows"]["crosswalk"] == said["rows"]["keys of the vault"] == 1
    assert said["rows"]["transactions"] > 0
    assert who not in json.dumps(said)


def test_who_is_gone_or_was_never_there_is_told_so(after):
    who = told_by_email(after)
    erased(after, who)
    again, never = erased(after, who), erased(after, "K999")
    assert (again.code, "was erased on" in again.err) == (2, True)
    assert (never.code, "no such customer" in never.err) == (2, True)


def test_a_legal_hold_stops_an_erasure_and_nothing_is_changed(after):
    who = told_by_email(after)
    (after / "persona.yaml").write_text((after / "persona.yaml").read_text() + "retention: {holds: holds.csv}\n")
    (after / "holds.csv").write_text(f"customer_id,reason\n{who},case 7\n")
    before = nights.tree(after, "state/facts", "out", "delivery")
    ended = erased(after, who)
    assert (ended.code, "legal hold" in ended.err) == (5, True)
    assert nights.tree(after, "state/facts", "out", "delivery") == before


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.95])
def test_an_erasure_that_was_killed_is_ended_by_the_same_command(after, tmp_path, share):
    who = told_by_email(after)
    words = words_of(after, who)
    whole = shutil.copytree(after, tmp_path / "whole", symlinks=True)
    acts = erased(whole, who).acts
    assert erased(after, who, dies_at=round(acts * share)).code == nights.KILLED
    ended = erased(after, who)
    assert ended.code == 0, ended.err
    assert found(after, words, *ROOMS) == []
    with nights.opened(after) as store:
        assert store.audit_faults() == []


def crm(root):
    """A second system that knows some people too, and rules that ask whether they are the same."""
    rows = [{"id": f"X{number:03d}", "first": "Anna", "last": "Quickenborn"} for number in range(4)]
    bank.write(root / f"extracts/crm_{bank.NEWEST}.csv", bank.csv(rows).encode())
    bank.write(root / "rules/sources/crm.yaml", CRM.lstrip("\n").encode())
    bank.write(root / "rules/identity.yaml", b"identity: 1\n")
    assert nights.persona(root, "load", "--quiet").code == 0


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
"""


def test_files_of_pairs_for_review_forget_him_and_keep_every_other_line(after):
    crm(after)
    decisions = after / "pairs.csv"
    decisions.write_bytes(b'customer_a,customer_b,decision\r\nX001,K010,same\r\n"K011",K012,different\r\n')
    told = nights.persona(after, "identify", "--decisions", "pairs.csv", "--json")
    assert told.code == 0, told.err
    bank.write(after / "out/identity/review.csv", b"customer_a,customer_b,decision\nX001,K020,\nK011,K021,\n")
    ended = erased(after, "K010")
    assert ended.code == 0, ended.err
    assert ended.json["reviews"] == {"out/identity/review.csv": 1, "pairs.csv": 1}
    assert decisions.read_bytes() == b'customer_a,customer_b,decision\r\n"K011",K012,different\r\n'
    assert (after / "out/identity/review.csv").read_bytes() == b"customer_a,customer_b,decision\nK011,K021,\n"
    assert found(after, ["K010", "X001"], *ROOMS) == []


def test_what_people_review_is_told_and_left_to_people(after):
    who = told_by_email(after)
    rule = after / "rules/segments/flyers.yaml"
    rule.write_text(rule.read_text() + f"# {who} asked for this\n")
    ended = erased(after, who)
    assert ended.json["by_hand"] == [f"rules/segments/flyers.yaml:{len(rule.read_text().splitlines())}"]
    assert who in rule.read_text()


def test_the_certificate_says_what_the_law_keeps(after):
    (after / "persona.yaml").write_text((after / "persona.yaml").read_text() + "retention: {prescreened: [savings]}\n")
    with nights.opened(after) as store:
        told = store.contacts().join(store.crosswalk(), on="customer_no").sort("customer_id")
        savers = told.filter(group_id="savings")["customer_id"]
        other = told.filter(~pl.col("customer_id").is_in(savers.implode()))["customer_id"][0]
    assert any("1002.12" in line for line in erased(after, savers[0]).json["stays"])
    assert not any("1002.12" in line for line in erased(after, other).json["stays"])
