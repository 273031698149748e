"""A night whose files are encrypted to the vendor: nobody in clear anywhere, resumed to one file, erased from it."""

import json

import pyrage
import pytest
from fakes import nights
from fakes.searched import found

from persona.policy.workspace import CHANNELS

VENDOR = pyrage.x25519.Identity.generate()
CANARIES = ("nnchen0", "Quickenborn", "canary.example.org", "491713920", "apptoken-", "4929000011112")
ROOMS = ("state", "out", "delivery")


@pytest.fixture
def sealed(fresh, monkeypatch):
    """The bank before its first night, each of whose vendors has the same key."""
    for name, value in nights.KEY.items():
        monkeypatch.setenv(name, value)
    for channel in CHANNELS:
        (fresh / f"rules/delivery/{channel}.yaml").write_text(
            f"profile: to_{channel}\nchannel: {channel}\ndrop: delivery/{channel}\nformat: jsonl\n"
            f"encrypt:\n  recipients:\n    - {VENDOR.to_public()}\n"
        )
    return fresh


def read_by_vendor(root, folder="delivery"):
    """The rows of all files of a folder, as the vendor reads them."""
    paths = [path for path in (root / folder).rglob("*") if path.is_file() and not path.is_symlink()]
    texts = [pyrage.decrypt(path.read_bytes(), [VENDOR]).decode() for path in paths if path.suffix == ".age"]
    assert [path.name for path in paths if path.suffix != ".age" and path.parent.name != folder] == []
    return sorted(line for text in texts for line in text.splitlines())


def test_the_vendor_reads_what_a_night_in_clear_would_have_written_and_nobody_else_anything(sealed, after):
    assert nights.persona(sealed, "run", "--quiet").code == 0
    assert found(sealed, CANARIES, *ROOMS) == []
    rows = [json.loads(line) for line in read_by_vendor(sealed)]
    (mails,) = (after / "delivery/mailer").iterdir()
    assert {row["email"] for row in rows if "email" in row} == {
        json.loads(line)["email"] for line in mails.read_text().splitlines()
    }


def test_a_draft_is_no_way_around_it(sealed):
    assert nights.persona(sealed, "render", "--draft", "--quiet").code == 0
    assert found(sealed, CANARIES, *ROOMS) == []


@pytest.mark.parametrize("share", [0.8, 0.9, 0.95, 0.98])
def test_a_killed_night_leaves_nobody_in_clear_and_ends_with_one_file_a_name(sealed, tmp_path, share):
    whole = nights.copied(sealed, tmp_path / "whole")
    acts = nights.persona(whole, "run", "--quiet").acts
    assert nights.persona(sealed, "run", "--quiet", dies_at=round(acts * share)).code == nights.KILLED
    assert found(sealed, CANARIES, *ROOMS) == []
    before = nights.tree(sealed, "delivery")
    assert nights.persona(sealed, "run", "--quiet").code == 0
    after = nights.tree(sealed, "delivery")
    whole_before = {name: content for name, content in before.items() if "/." not in name}
    assert {name: after[name] for name in whole_before} == whole_before
    assert read_by_vendor(sealed) == read_by_vendor(whole)
    again = nights.persona(sealed, "run", "--quiet")
    assert (again.code, nights.tree(sealed, "delivery")) == (0, after)
    assert found(sealed, CANARIES, *ROOMS) == []


def test_who_is_erased_is_taken_out_of_encrypted_files_too(sealed):
    assert nights.persona(sealed, "run", "--quiet").code == 0
    with nights.opened(sealed) as store:
        mails = store.contacts().filter(channel="email", status="handed_off")
        who = store.crosswalk().join(mails, on="customer_no", how="semi")["customer_id"].sort()[0]
    before = read_by_vendor(sealed)
    address = f"person{who[1:]}@canary.example.org"
    assert [row for row in before if address in row] != []
    assert nights.persona(sealed, "customer", "erase", who, "--yes").code == 0
    assert read_by_vendor(sealed) == [row for row in before if f"{who[1:]}@" not in row and f'"{who}"' not in row]
    for path in (sealed / "delivery").rglob("*.age"):
        (published,) = (sealed / "out").glob(f"20*/*/{path.name}")
        assert path.read_bytes() == published.read_bytes()
    assert nights.persona(sealed, "deliver", "--quiet").code == 0


def test_a_recipient_that_is_no_key_stops_everything_before_a_file_is_opened(sealed):
    path = sealed / "rules/delivery/sms.yaml"
    path.write_text(path.read_text().replace(str(VENDOR.to_public()), "age1typo"))
    told = nights.persona(sealed, "validate")
    assert (told.code, "rules/delivery/sms.yaml:7:7: a recipient is no age public key" in told.err) == (2, True)
    assert not (sealed / "out").exists()


@pytest.fixture
def archiving(sealed):
    """The same bank, which keeps for 30 days what each night said."""
    path = sealed / "persona.yaml"
    path.write_text(f"{path.read_text()}archive: {{recipients: [{VENDOR.to_public()}], days: 30}}\n")
    assert nights.persona(sealed, "run", "--quiet").code == 0
    return sealed


def test_an_archive_holds_what_was_sent_until_its_person_is_erased(archiving):
    before = read_by_vendor(archiving, "archive")
    with nights.opened(archiving) as store:
        sent = store.contacts().filter(status="handed_off")
        who = store.crosswalk().join(sent, on="customer_no", how="semi")["customer_id"].sort()[0]
    assert {json.loads(line)["message_id"] for line in before} >= set(sent["message_id"])
    assert found(archiving, CANARIES, "archive") == []
    his = [line for line in before if json.loads(line)["customer_id"] == who]
    ended = nights.persona(archiving, "customer", "erase", who, "--yes", "--json")
    assert ended.code == 0, ended.err
    assert sum(one["rows"] for one in ended.json["files"] if one["set"] == "archive") == len(his) > 0
    assert read_by_vendor(archiving, "archive") == [line for line in before if line not in his]


def test_an_archive_goes_when_its_days_are_over_unless_a_hold_names_one_of_it(archiving):
    with nights.opened(archiving) as store:
        sent = store.contacts().filter(status="handed_off")
        who = store.crosswalk().join(sent, on="customer_no", how="semi")["customer_id"].sort()[0]
    path = archiving / "persona.yaml"
    before = path.read_text()
    path.write_text(f"{before}retention: {{holds: holds.csv}}\n")
    (archiving / "holds.csv").write_text(f"customer_id,reason\n{who},case 7\n")

    def purged(as_of):
        things = nights.persona(archiving, "purge", "--json", "--as-of", as_of).json["things"]
        return next((one["gone"], one["kept"]) for one in things if one["what"] == "archives")

    assert purged("2026-07-20") == (0, 0)
    assert purged("2026-08-20") == (0, 1)
    path.write_text(before)
    assert purged("2026-08-20") == (1, 0)
    assert list((archiving / "archive").iterdir()) == []
