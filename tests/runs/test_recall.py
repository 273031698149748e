"""Opt-outs and deaths that come after the night: noted, taken out of what waits, told to the vendors, each once."""

import json
from shutil import rmtree

import pytest
from fakes import nights

SIX = "2026-07-01T06:00+02:00"


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    """The bank before its first night, which sends e-mail from nine o'clock on."""
    root = nights.copied(nights.fresh(), tmp_path_factory.mktemp("recall") / "bank")
    path = root / "rules/contact.yaml"
    path.write_text(
        path.read_text().replace("channels: [sms, push], send_from", "channels: [email, sms, push], send_from")
    )
    return root


@pytest.fixture(scope="module")
def night(bank, tmp_path_factory):
    """The same bank after its first night."""
    root = nights.copied(bank, tmp_path_factory.mktemp("recall") / "night")
    assert nights.persona(root, "run", "--quiet").code == 0
    return root


@pytest.fixture
def fresh(bank, tmp_path):
    return nights.copied(bank, tmp_path / "fresh")


@pytest.fixture
def after(night, tmp_path):
    return nights.copied(night, tmp_path / "after")


def told(root, channel="email", status="handed_off"):
    """The customers of a channel with their message, by message."""
    with nights.opened(root) as store:
        here = store.contacts().filter(channel=channel, status=status)
        rows = here.join(store.crosswalk(), on="customer_no").sort("message_id")
        return rows.select("customer_id", "message_id", "run_id").rows()


def withdraws(root, *customers, channel="email", day="2026-07-01"):
    rows = "".join(f"{one},{channel},withdrawn,2026-06-30\n" for one in customers)
    (root / f"extracts/consents_{day}.csv").write_text(f"customer,channel,status,day\n{rows}")


def dies(root, *customers):
    """A new snapshot of who must not be written to: the last one, and these."""
    before = (root / "extracts/stops_2026-06-30.csv").read_text()
    rows = "".join(f"{one},deceased,2026-06-30\n" for one in customers)
    (root / "extracts/stops_2026-07-01.csv").write_text(before + rows)


def lists(root):
    return {path.name: path.read_text() for path in sorted((root / "delivery").rglob("*_recall_*"))}


def test_when_nothing_has_changed_nothing_is_recalled(after):
    before = nights.published(after)
    made = nights.persona(after, "recall", "--as-of", SIX, "--json")
    assert (made.code, made.json["recalled"], made.json["late"], made.json["lists"]) == (0, 0, 0, [])
    assert made.json["on_their_way"] > 0
    assert nights.published(after) == before


def test_a_late_opt_out_and_a_death_are_on_the_vendors_list_without_a_reason(after):
    (gone, one, run_id), (dead, two, _) = told(after)[:2]
    before = nights.published(after)
    withdraws(after, gone)
    dies(after, dead)
    made = nights.persona(after, "recall", "--as-of", SIX, "--json")
    assert (made.code, made.json["recalled"], made.json["late"]) == (0, 2, 0)
    assert [tuple(row) for row in made.json["why"]] == [("C", "consent", 1), ("X", "deceased", 1)]
    (name, text), *more = lists(after).items()
    assert (name, more) == (f"{run_id}_email_mailer_recall_0000002.jsonl", [])
    assert [json.loads(line) for line in text.splitlines()] == [
        {"message_id": message_id, "run_id": run_id} for message_id in sorted((one, two))
    ]
    assert {key: value for key, value in nights.published(after).items() if "_recall_" not in key} == before
    assert [row[:2] for row in told(after, status="recalled")] == sorted([(gone, one), (dead, two)], key=lambda r: r[1])


def test_recalled_again_nothing_is_new_and_a_longer_list_names_the_earlier_ones_too(after):
    (first, *_), (second, *_) = told(after)[:2]
    withdraws(after, first)
    assert nights.persona(after, "recall", "--as-of", SIX, "--quiet").code == 0
    here = nights.tree(after, "delivery")
    again = nights.persona(after, "recall", "--as-of", SIX, "--json").json
    assert (again["recalled"], again["lists"], nights.tree(after, "delivery")) == (0, [], here)
    withdraws(after, second, day="2026-07-02")
    nights.persona(after, "recall", "--as-of", SIX, "--quiet")
    assert [text.count("message_id") for text in lists(after).values()] == [1, 2]


def test_past_the_cut_off_the_list_is_written_and_the_command_says_that_somebody_must_call(after):
    path = after / "rules/delivery/email.yaml"
    path.write_text(path.read_text() + "recall_minutes: 180\n")
    (gone, message_id, _), *_ = told(after)
    withdraws(after, gone)
    made = nights.persona(after, "recall", "--as-of", SIX)
    assert (made.code, "1 messages were past their vendor's cut-off and may be sent" in made.err) == (5, True)
    assert message_id in "".join(lists(after).values())
    assert [row[1] for row in told(after, status="recalled")] == []
    assert nights.persona(after, "recall", "--as-of", SIX).code == 0


def test_what_has_not_left_is_taken_out_of_its_file_and_withheld_in_the_manifest(fresh):
    assert nights.persona(fresh, "render", "--quiet").code == 0
    (gone, message_id, run_id), *rest = told(fresh, status="written")
    withdraws(fresh, gone)
    made = nights.persona(fresh, "recall", "--as-of", SIX, "--json")
    assert (made.code, made.json["recalled"], made.json["taken_out"], made.json["lists"]) == (0, 1, 1, [])
    assert nights.persona(fresh, "deliver", "--quiet").code == 0
    (mails,) = (fresh / "delivery/mailer").iterdir()
    assert {json.loads(line)["message_id"] for line in mails.read_text().splitlines()} == {row[1] for row in rest}
    counts = json.loads((fresh / f"out/{run_id}/MANIFEST.json").read_text())["counts"]
    assert counts["withheld_by_check"]["recalled"] == 1
    assert counts["planned"] == counts["written"] + counts["withheld"]
    assert message_id not in mails.read_text()


def test_a_hand_over_that_comes_later_asks_again_by_itself(fresh):
    assert nights.persona(fresh, "render", "--quiet").code == 0
    (gone, message_id, _), *_ = told(fresh, status="written")
    dies(fresh, gone)
    assert nights.persona(fresh, "load", "--quiet").code == 0
    made = nights.persona(fresh, "deliver")
    assert (made.code, "Taken out of files that had not left: 1 rows." in made.out) == (0, True)
    (mails,) = (fresh / "delivery/mailer").iterdir()
    assert message_id not in mails.read_text()


@pytest.mark.parametrize("share", [0.3, 0.6, 0.8, 0.95])
def test_a_kill_in_between_is_made_good_by_the_next_time(after, tmp_path, share):
    withdraws(after, *(row[0] for row in told(after)[:2]))
    whole = nights.copied(after, tmp_path / "whole")
    acts = nights.persona(whole, "recall", "--as-of", SIX, "--quiet").acts
    assert nights.persona(after, "recall", "--as-of", SIX, "--quiet", dies_at=round(acts * share)).code == nights.KILLED
    assert nights.persona(after, "recall", "--as-of", SIX, "--quiet").code == 0
    assert nights.published(after) == nights.published(whole)
    assert nights.ledger(after)["contacts"] == nights.ledger(whole)["contacts"]


def test_an_extract_that_is_refused_stops_no_recall_of_what_the_others_say(after):
    (gone, message_id, _), *_ = told(after)
    withdraws(after, gone)
    (after / "extracts/stops_2026-07-01.csv").write_text("nonsense\n")
    made = nights.persona(after, "recall", "--as-of", SIX)
    assert (made.code, message_id in "".join(lists(after).values())) == (3, True)


def test_who_was_erased_is_on_the_list_by_the_message_alone(after):
    (gone, message_id, _), *_ = told(after)
    assert nights.persona(after, "customer", "erase", gone, "--yes").code == 0
    made = nights.persona(after, "recall", "--as-of", SIX, "--json").json
    assert message_id in "".join(lists(after).values())
    assert [row for row in made["why"] if row[:2] == ["C", "consent"]] != []


def test_a_set_that_was_taken_away_leaves_its_vendors_their_list(after):
    (gone, message_id, run_id), *_ = told(after)
    rmtree(after / "out" / run_id)
    withdraws(after, gone)
    assert nights.persona(after, "recall", "--as-of", SIX, "--quiet").code == 0
    assert [message_id in text for text in lists(after).values()] == [True]


def test_a_purge_of_the_drop_folders_takes_the_lists_too(after):
    (gone, *_), *_ = told(after)
    withdraws(after, gone)
    assert nights.persona(after, "recall", "--as-of", SIX, "--quiet").code == 0
    with (after / "persona.yaml").open("a") as file:
        file.write("retention: {delivery_days: 1}\n")
    assert len(lists(after)) == 1
    assert nights.persona(after, "purge", "--as-of", "2026-07-10", "--quiet").code == 0
    assert lists(after) == {}
