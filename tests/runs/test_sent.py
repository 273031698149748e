"""Any message that was sent can be read again, to the byte, until its person is erased."""

import csv

import pytest
from fakes import nights

TEXTS = ("subject", "preheader", "html", "text", "title", "body", "phone_e164", "email")
CALLED = {"phone_e164": "phone"}
"""What a delivery file calls otherwise than we do."""


def delivered(root):
    """The texts of every message that lies in the newest set of files, by its id, and the customer of each."""
    found = {}
    for path in sorted((root / "out/latest/").rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                found[row["message_id"]] = {CALLED.get(k, k): row[k] for k in TEXTS if row.get(k)}
    return found


def customers(root):
    """The customer of every message of the newest night."""
    with nights.opened(root) as store:
        told = store.evidence(store.runs()["run_id"][-1], "decisions").collect().drop_nulls("message_id")
        return dict(told.select("message_id", "customer_id").iter_rows())


def shown(root, *argv):
    """The messages that are shown of a customer, by their id."""
    told = nights.persona(root, "explain", *argv, "--message", "--json").json["messages"]
    return {one["message_id"]: one["said"] for one in told}


def edited(root):
    """Let another say in approved words what the offer of a weekend says."""
    path = root / "templates/email/weekend.yaml"
    path.write_text(path.read_text().replace("A weekend away", "Two days away"))


def test_every_message_of_a_night_is_shown_as_it_lies_in_the_files_although_its_words_have_changed_since(after):
    written, whose = delivered(after), customers(after)
    edited(after)
    assert len(written) >= 15
    for message_id, texts in written.items():
        said = shown(after, whose[message_id])[message_id]
        assert {name: said[name] for name in texts} == texts


def test_a_message_is_shown_to_people_too_with_whom_it_went_to(after):
    written, whose = delivered(after), customers(after)
    message_id, texts = next((one, texts) for one, texts in written.items() if "phone" in texts)
    told = nights.persona(after, "explain", whose[message_id], "--message")
    assert told.code == 0
    assert f"body: {texts['body']}" in told.out
    assert f"phone: {texts['phone']}" in told.out


def test_nothing_of_a_message_lies_in_clear_in_the_state(after):
    names = [texts["phone"] for texts in delivered(after).values() if "phone" in texts]
    assert names
    stored = b"".join(nights.tree(after, "state/evidence").values())
    assert [name for name in names if name.encode() in stored] == []


def test_who_was_erased_has_no_message_any_more_and_it_says_since_when(after):
    message_id, customer = min(customers(after).items())
    other = next(one for one in sorted(customers(after).values()) if one != customer)
    before = shown(after, other)
    assert message_id in shown(after, customer)
    assert nights.persona(after, "customer", "erase", customer, "--yes", now="2026-07-05T12:00:00+00:00").code == 0
    refused = nights.persona(after, "explain", customer, "--message")
    assert (refused.code, refused.out) == (2, "")
    assert "was erased on 2026-07-05" in refused.err
    assert shown(after, other) == before


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (("K999",), "no such customer"),
        (("{}", "--run", "2020-01-01-00000000"), "unknown run with a message to this customer"),
        (("{}", "--as-of", "2020-01-01"), "Runs with messages to this customer: 2026-07-01-"),
        (("{}", "--offer", "weekends"), "there is no such message"),
    ],
)
def test_what_was_not_said_is_told_with_what_was(after, argv, told):
    customer = min(customers(after).values())
    refused = nights.persona(after, "explain", *(word.format(customer) for word in argv), "--message")
    assert (refused.code, refused.out) == (2, "")
    assert told in refused.err
