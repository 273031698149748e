"""What a vendor says of his files, held against the ledger and the manifest."""

import json

from fakes import nights

PROFILE = "acknowledges: {delimiter: ';', message_id: Id, status: Result, accepted: [taken], rejected: [refused]}\n"


def mails(root):
    (path,) = (root / "delivery/mailer").glob("*_001.jsonl")
    return [json.loads(line)["message_id"] for line in path.read_text().splitlines()]


def says(root, *, taken=(), refused=(), name="ack.csv"):
    path = root / "rules/delivery/email.yaml"
    if "acknowledges" not in path.read_text():
        path.write_text(path.read_text() + PROFILE)
    rows = [f"{one};taken\n" for one in taken] + [f"{one};refused\n" for one in refused]
    (root / name).write_text("Id;Result\n" + "".join(rows))


def reconciled(root, *argv):
    return nights.persona(root, "reconcile", "ack.csv", "--profile", "mailer", *argv)


def statuses(root):
    with nights.opened(root) as store:
        return dict(store.contacts().select("message_id", "status").rows())


def test_what_was_handed_over_is_what_was_accepted_and_rejected(after):
    first, *rest = mails(after)
    says(after, taken=rest, refused=[first])
    made = reconciled(after, "--json")
    assert (made.code, made.json["agrees"]) == (0, True)
    assert made.json["counts"] == [["accepted", len(rest)], ["rejected", 1]]
    assert made.json["files"]["rows"] == made.json["files"]["ledger"] == len(rest) + 1
    assert {one: statuses(after)[one] for one in mails(after)} == {**dict.fromkeys(rest, "sent"), first: "rejected"}
    night = nights.persona(after, "status", "--json").json["runs"][0]
    assert (night["sent"], night["rejected"]) == (len(rest), 1)
    again = reconciled(after, "--json")
    assert (again.code, again.json["is_new"], again.json["counts"]) == (0, 0, made.json["counts"])


def test_each_difference_is_named_and_ends_with_6(after):
    first, second, *rest = mails(after)
    says(after, taken=["f" * 32, second, *rest], refused=[second])
    made = reconciled(after)
    assert made.code == 6
    assert "3 messages are not explained" in made.err
    shown = {line for line in made.out.splitlines() if line.startswith("! ")}
    assert shown == {f"! {first}: missing", f"! {'f' * 32}: unknown", f"! {second}: contradictory"}
    assert {statuses(after)[one] for one in rest} == {"sent"}


def test_several_files_count_together_and_what_was_said_before_stays_said(after):
    first, *rest = mails(after)
    says(after, taken=rest)
    assert reconciled(after).code == 6
    says(after, taken=[first])
    assert reconciled(after).code == 0
    says(after, taken=rest)
    says(after, taken=[first], name="two.csv")
    assert reconciled(after, "two.csv").code == 0


def test_who_was_erased_after_the_hand_over_leaves_the_books_in_agreement(after):
    with nights.opened(after) as store:
        here = store.contacts().filter(channel="email", status="handed_off").join(store.crosswalk(), on="customer_no")
        who = here.sort("message_id")["customer_id"][0]
    ids = mails(after)
    says(after, taken=ids)
    assert nights.persona(after, "customer", "erase", who, "--yes").code == 0
    made = reconciled(after, "--json")
    assert (made.code, made.json["files"]["gone"]) == (0, 1)


def test_slips_are_told_with_what_is_known(after):
    says(after, taken=mails(after))
    wrong = nights.persona(after, "reconcile", "ack.csv", "--profile", "mailr")
    assert (wrong.code, "Did you mean 'mailer'? Profiles: advisor, atm," in wrong.err) == (2, True)
    wrong = reconciled(after, "--run", "2026-06-30-0")
    assert (wrong.code, "unknown run with messages for this vendor" in wrong.err) == (2, True)
    says(after, taken=["f" * 32])
    wrong = reconciled(after)
    assert (wrong.code, "it names no message that was ever planned" in wrong.err) == (2, True)
    (after / "ack.csv").write_text("Id,Result\n")
    assert reconciled(after).code == 3
