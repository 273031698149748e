from datetime import date

import polars as pl
import pyrage
import pytest

from persona.channels import kill_lists, publish, taken_out
from persona.channels.deliver import reconciled
from persona.channels.manifest import read
from persona.channels.sealed import Seal
from persona.policy.rules import Delivery

RUN = "2026-07-01-abc"
SEAL = Seal(bytes(32))
GONE = pl.DataFrame({"message_id": ["m2", "m1"], "channel": ["sms", "sms"]})


@pytest.fixture
def set_(tmp_path, messages, workspace, as_of):
    def made(*profiles):
        return publish(
            tmp_path / "out",
            run_id=RUN,
            as_of=as_of,
            messages=messages("a", "b", "c", None),
            workspace=workspace,
            profiles=profiles,
            modes={("stay", "sms"): "automatic"},
            facts={},
            seal=SEAL,
        ).folder

    return made


def _lists(root, *profiles, handed=(("sms", "vendor"),), rows=GONE):
    return kill_lists(rows, root=root, run_id=RUN, profiles=profiles, handed=handed, seal=SEAL)


def _profile(**changes):
    return Delivery.model_validate({"profile": "vendor", "channel": "sms", "drop": "delivery/sms", **changes})


def test_a_vendor_reads_his_list_in_his_own_dialect(tmp_path):
    names = {"Text": "body", "Job": "run_id", "Id": "message_id"}
    (made,) = _lists(tmp_path, _profile(columns=names, delimiter=";", newline="crlf"))
    assert made.target == f"delivery/sms/{RUN}_sms_vendor_recall_0000002.csv"
    assert (tmp_path / made.target).read_bytes() == f"Job;Id\r\n{RUN};m1\r\n{RUN};m2\r\n".encode()


def test_only_the_vendor_reads_an_encrypted_list(tmp_path):
    vendor = pyrage.x25519.Identity.generate()
    (made,) = _lists(tmp_path, _profile(format="jsonl", encrypt={"recipients": (str(vendor.to_public()),)}))
    secret = (tmp_path / made.target).read_bytes()
    assert (made.target.endswith("_recall_0000002.jsonl.age"), RUN.encode() in secret) == (True, False)
    assert pyrage.decrypt(secret, [vendor]).decode().count("message_id") == 2
    assert [path.name for path in (tmp_path / "delivery/sms").iterdir()] == [made.target.rpartition("/")[2]]


def test_who_has_nothing_gets_no_list(tmp_path):
    assert _lists(tmp_path, _profile(), handed=()) == ()
    assert _lists(tmp_path, _profile(), handed=[("email", "mailer")]) == ()
    assert not (tmp_path / "delivery").exists()


def test_a_profile_that_is_gone_from_the_rules_gets_its_list_as_csv(tmp_path):
    (made,) = _lists(tmp_path)
    assert (tmp_path / made.target).read_text() == f"message_id,run_id\nm1,{RUN}\nm2,{RUN}\n"


@pytest.mark.parametrize("format_", ["csv", "jsonl", "parquet"])
def test_what_waits_loses_its_rows_and_the_counts_still_agree(set_, format_):
    folder = set_(_profile(format=format_))
    assert taken_out(folder, ["m2"], handed=(), on=date(2026, 7, 1), seal=SEAL) == 1
    said, files = read(folder)
    reconciled(said, files)
    assert (said["counts"]["written"], said["counts"]["withheld_by_check"]) == (2, {"blank": 1, "recalled": 1})
    assert said["recalled"][0]["on"] == "2026-07-01"
    assert taken_out(folder, ["m2"], handed=(), on=date(2026, 7, 2), seal=SEAL) == 0


def test_what_has_left_stays_as_it_left(set_):
    folder = set_()
    before = {path.name: path.read_bytes() for path in folder.rglob("*.csv")}
    names = [row.name for row in read(folder)[1]]
    assert taken_out(folder, ["m1"], handed=names, on=date(2026, 7, 1), seal=SEAL) == 0
    assert {path.name: path.read_bytes() for path in folder.rglob("*.csv")} == before
