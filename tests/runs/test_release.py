"""Release by people: the sample, the file that reviewers save, its signatures, and what leaves then."""

import json
import re
import subprocess

import pytest
from fakes import nights

from persona.runs.releasing import Review

SIGNED = ("--who", "boss@tiny.example.com", "--role", "legal", "--on", "2026-07-01")


@pytest.fixture
def bank(fresh):
    """A bank after a night whose messages wait for people."""
    path = fresh / "rules/qa.yaml"
    path.write_text(path.read_text().replace("low: automatic", "low: sampled"))
    assert nights.persona(fresh, "run", "--quiet").code == 0
    return fresh


def reviewed(root, *, rejected=(), **changes):
    """The file that the page would save: all good, but for the messages at some places; and what it says."""
    told = nights.persona(root, "review", "--json").json
    text = (root / told["page"]).read_text()
    cards = re.findall(r'data-message="([^"]+)" data-hash="([^"]+)" data-stratum="([^"]+)"', text)
    decisions = [
        {"message_id": name, "hash": digest, "verdict": "reject" if number in rejected else "approve"}
        for number, (name, digest, _) in enumerate(cards)
    ]
    said = {"persona_review": 1, "run_id": told["run_id"], "sample": told["sample"], "decisions": decisions, **changes}
    (root / "review.json").write_text(json.dumps(said))
    return said, [stratum for *_, stratum in cards]


def released(root, *argv):
    return nights.persona(root, "release", "review.json", *(argv or SIGNED))


def delivered(root):
    """The messages in the drop folders, by file."""
    return {path.name: path.read_text() for path in (root / "delivery").rglob("*") if path.is_file()}


def test_what_waits_for_people_does_not_leave_and_it_is_said_who_must_act(bank):
    assert [text for text in delivered(bank).values() if text.count("\n") > 1] == []
    ended = nights.persona(bank, "deliver")
    assert ended.code == 5
    assert "wait for a release by people" in ended.err
    assert "boss@tiny.example.com" in ended.err
    assert "persona review --run" in ended.err
    (waits,) = nights.persona(bank, "status", "--json").json["waiting"]
    assert (waits["messages"] > 0, waits["needed"].startswith("1 of legal or marketing (boss@")) == (True, True)


def test_a_night_that_leaves_by_itself_needs_no_release_and_can_be_looked_at(after):
    told = nights.persona(after, "review", "--json").json
    assert not told["is_waiting"]
    said, _ = reviewed(after)
    ended = released(after)
    assert (ended.code, "no sample of run" in ended.err) == (5, True)
    assert said["decisions"]


def test_what_is_released_leaves_whole_and_once(bank):
    reviewed(bank)
    ended = released(bank)
    assert (ended.code, "Released by boss@tiny.example.com." in ended.out) == (0, True), ended.err
    assert nights.persona(bank, "deliver").code == 0
    (run,) = {
        path.parent.parent.name for path in (bank / "out").rglob("*_email_001.jsonl") if "latest" not in str(path)
    }
    for path in (bank / "out" / run).rglob(f"{run}_*"):
        assert delivered(bank)[path.name] == path.read_text()
    with nights.opened(bank) as store:
        assert "written" not in set(store.contacts()["status"])
    assert nights.persona(bank, "status", "--json").json["waiting"] == []
    again = released(bank)
    assert (again.code, "before" in again.out) == (0, True)
    assert nights.persona(bank, "deliver").code == 0


def test_a_stratum_with_too_many_bad_messages_is_stopped_and_the_rest_goes(bank):
    _, strata = reviewed(bank)
    first = strata[0]
    said, _ = reviewed(bank, rejected=range(strata.count(first)))
    ended = released(bank, *SIGNED, "--json")
    assert ended.code == 0, ended.err
    planned = json.loads((bank / "out/latest/MANIFEST.json").read_text())["strata"]
    assert [(one["stratum"], one["lot"], one["accept"]) for one in planned] == [
        (row["stratum"], row["messages"], row["at most"]) for row in ended.json["strata"]
    ]
    verdicts = {row["stratum"]: row["verdict"] for row in ended.json["strata"]}
    assert verdicts == {name: "stopped" if name == first else "released" for name in strata}
    assert nights.persona(bank, "deliver").code == 0
    gone = [one["message_id"] for one in said["decisions"] if one["verdict"] == "reject"]
    files = "".join(delivered(bank).values())
    assert [name for name in gone if name in files] == []
    assert all(one["message_id"] in files for one in said["decisions"] if one["verdict"] == "approve")
    counts = json.loads((bank / "out/latest/MANIFEST.json").read_text())["counts"]
    assert counts["withheld_by_check"]["review"] == ended.json["withheld"]
    assert counts["planned"] == counts["written"] + counts["withheld"]
    with nights.opened(bank) as store:
        expired = store.contacts().filter(store.contacts()["status"] == "expired")["message_id"].to_list()
        assert set(gone) <= set(expired)
    mails = next((bank / "delivery/mailer").iterdir()).read_text().splitlines()
    acks = "".join(f"{json.loads(line)['message_id']},accepted\n" for line in mails)
    (bank / "ack.csv").write_text(f"message_id,status\n{acks}")
    ended = nights.persona(bank, "reconcile", "ack.csv", "--profile", "mailer", "--run", said["run_id"])
    assert ended.code == 0, ended.err


def faults(root, said):
    """Each way in which a file may be wrong, and what is said of it."""
    one, *rest = said["decisions"]
    return {
        "is of another sample": {"sample": "0" * 64},
        "have more than one verdict": {"decisions": [one, *rest, {**one, "verdict": "reject"}]},
        "have no verdict": {"decisions": rest},
        "are not of the sample": {"decisions": [one, *rest, {**one, "message_id": "stranger"}]},
        "were shown with another text": {"decisions": [{**one, "hash": "0" * 32}, *rest]},
        "unknown run": {"run_id": "2026-01-01-00000000"},
        "is no review": {"decisions": [{**one, "verdict": "perhaps"}, *rest]},
    }


def test_a_file_that_does_not_fit_is_refused_and_says_why(bank):
    said, _ = reviewed(bank)
    for what, change in faults(bank, said).items():
        (bank / "review.json").write_text(json.dumps({**said, **change}))
        ended = released(bank)
        assert (what in ended.err, ended.code in (2, 5)) == (True, True), (what, ended.err)
    (bank / "review.json").write_text("{")
    assert "is no review" in released(bank).err
    assert nights.persona(bank, "release", "nowhere.json", *SIGNED).code == 2
    assert nights.persona(bank, "deliver").code == 5


def test_whoever_wrote_it_does_not_release_it_nor_who_is_no_approver(bank):
    reviewed(bank)
    ended = released(bank, "--who", "Writer@tiny.example.com", "--role", "marketing")
    assert (ended.code, "is the author of offer:" in ended.err) == (5, True)
    ended = released(bank, "--who", "nobody@tiny.example.com", "--role", "legal")
    assert (ended.code, "unknown approver" in ended.err) == (2, True)
    assert released(bank, "--json").code == 5
    assert "signatures are missing" in released(bank, "--quiet").err


def test_a_signature_of_who_wrote_it_that_lies_in_the_file_already_is_refused_whoever_signs(bank):
    said, _ = reviewed(bank)
    by_writer = {
        "kind": "release",
        "id": said["run_id"],
        "hash": Review.model_validate(said).hash,
        "who": " WRITER@tiny.example.com",
        "role": "marketing",
        "given_on": "2026-07-01",
        "expires": "2027-07-01",
    }
    (bank / "review.json").write_text(json.dumps({**said, "signatures": [by_writer]}))
    for signing in (("--quiet",), SIGNED):
        ended = released(bank, *signing)
        assert (ended.code, "WRITER@tiny.example.com is the author of offer:" in ended.err) == (5, True), ended.err
    assert nights.persona(bank, "deliver").code == 5


@pytest.fixture
def keys(bank):
    """A quorum of two who sign with keys of their own."""
    for name in ("boss", "second", "thief"):
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", bank / f"{name}.pem"], check=True)
    path = bank / "rules/approvers.yaml"
    for name in ("boss", "second"):
        ended = nights.persona(bank, "approve", "--who", f"{name}@tiny.example.com", "--role",
                               "legal" if name == "boss" else "marketing", "--key", f"{name}.pem")  # fmt: skip
        public = re.search(r"ed25519:\S{44}", ended.err).group()
        path.write_text(
            path.read_text().replace(f"{name}@tiny.example.com,", f'{name}@tiny.example.com, key: "{public}",')
        )
    roles = "".join(f"  - {{kinds: [release], roles: [{role}]}}\n" for role in ("legal", "marketing"))
    path.write_text(path.read_text() + f"quorums:\n{roles}")
    return ("--key", "boss.pem"), ("--who", "second@tiny.example.com", "--role", "marketing", "--key", "second.pem")


def test_it_takes_the_signatures_of_all_who_must_and_each_of_the_same_verdicts(bank, keys):
    by_boss, by_second = keys
    reviewed(bank)
    ended = released(bank, *SIGNED, *by_boss)
    assert (ended.code, "1 of marketing (second@tiny.example.com" in ended.err) == (5, True), ended.err
    assert nights.persona(bank, "deliver").code == 5
    signed = (bank / "review.json").read_text()
    (bank / "review.json").write_text(signed.replace('"approve"', '"reject"', 1))
    ended = released(bank, *by_second)
    assert (ended.code, "for other verdicts" in ended.err) == (5, True), ended.err
    (bank / "review.json").write_text(re.sub(r'("signature": ")(..)', r"\1AA", signed))
    ended = released(bank, *by_second)
    assert (ended.code, "does not verify" in ended.err) == (5, True), ended.err
    (bank / "review.json").write_text(signed)
    ended = released(bank, *by_second[:-1], "thief.pem")
    assert (ended.code, "is not the one registered" in ended.err) == (5, True), ended.err
    assert released(bank, *by_second).code == 0
    assert nights.persona(bank, "deliver").code == 0


def test_who_is_taken_out_of_the_list_has_released_nothing(bank, keys):
    by_boss, by_second = keys
    reviewed(bank)
    assert (released(bank, *SIGNED, *by_boss).code, released(bank, *by_second).code) == (5, 0)
    path = bank / "rules/approvers.yaml"
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if "second@" not in line))
    assert nights.persona(bank, "deliver").code == 5
