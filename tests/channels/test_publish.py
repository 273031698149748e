import json
import shutil
import subprocess
import sys

import polars as pl
import pytest

from persona.channels import disk
from persona.channels.manifest import MANIFEST, SUCCESS, read
from persona.channels.publish import publish
from persona.channels.sealed import Seal
from persona.errors import WriteError
from persona.policy.rules import Delivery

RUN = "2026-07-01-abc"
SEAL = Seal(bytes(32))
MODES = {("stay", "sms"): "automatic", ("stay", "email"): "manual"}


@pytest.fixture
def published(tmp_path, workspace, as_of):
    def made(messages, **changes):
        given = {
            "run_id": RUN,
            "as_of": as_of,
            "workspace": workspace,
            "profiles": (),
            "modes": MODES,
            "facts": {},
            "seal": SEAL,
        }
        return publish(tmp_path / "out", messages=messages, **{**given, **changes})

    return made


def _tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_file_is_what_the_rows_say(published, messages):
    set_ = published(messages("Hi; STOP", None))
    assert (set_.folder / "sms" / f"{RUN}_sms_001.csv").read_text() == (
        "message_id,run_id,customer_token,campaign_id,cell_id,arm,offer_id,offer_version,treatment_id,template_hash,"
        "locale,zone,send_at_utc,not_before_utc,not_after_utc,expires_at_utc,priority,wave,consent_ref,class,"
        "tracking_code,phone_e164,sender_id,body,segments,encoding,opt_out_text,country\n"
        f"m1,{RUN},t1,stay,,,stay,v,sms,h,en,Europe/Berlin,,2026-07-01T06:00:00Z,,2026-09-30T22:00:00Z,1,1,,"
        "marketing,c1,+4917139200420,TinyBank,Hi; STOP,1,GSM-7,Hi; STOP,DE\n"
    )


def test_the_manifest_counts_what_is_there(published, messages):
    set_ = published(messages("Hi", None, "Ho"), facts={"policy": "p" * 32})
    said = json.loads((set_.folder / MANIFEST).read_text())
    assert said["counts"]["planned"] == 3
    assert (said["counts"]["written"], said["counts"]["withheld_by_check"]) == (2, {"blank": 1})
    assert (said["as_of"], said["policy"], said["is_draft"]) == ("2026-07-01T00:00:00+02:00", "p" * 32, False)
    assert [(row["name"], row["rows"], row["release"]) for row in said["files"]] == [
        (f"email/{RUN}_email_001.csv", 0, "automatic"),
        (f"sms/{RUN}_sms_001.csv", 2, "automatic"),
    ]
    for row in said["files"]:
        assert disk.digest(set_.folder / row["name"]) == disk.Written(row["sha256"], row["bytes"])
    assert (set_.folder / SUCCESS).is_file()


def test_each_way_of_release_has_its_own_files(published, messages):
    both = pl.concat([messages("a"), messages("b").with_columns(treatment_id=pl.lit("x"), message_id=pl.lit("m9"))])
    set_ = published(both)
    assert [(row.release, row.rows) for row in set_.files if row.channel == "sms"] == [("automatic", 1), ("manual", 1)]


def test_ranks_of_a_customer_go_on_over_all_that_he_comes_to_however_it_is_released(published, messages):
    """K1 has an in-app message released by people before one that leaves by itself; K2 has one of each as well."""
    told = messages("a", "b", "c", "d", channel="inapp").with_columns(
        customer_id=pl.Series(["K1", "K1", "K2", "K2"]),
        treatment_id=pl.Series(["people", "inapp", "inapp", "inapp"]),
        priority=pl.Series([1, 2, 1, 2]),
    )
    dashboard = Delivery.model_validate({"profile": "app", "channel": "inapp", "preset": "dashboard", "drop": "d"})
    set_ = published(told, profiles=[dashboard], modes={("stay", "inapp"): "automatic", ("stay", "people"): "sampled"})
    lines = [
        (row.release, one["member_id"], [(put["message_id"], put["rank"]) for put in one["placements"]])
        for row in set_.files
        if row.channel == "inapp"
        for one in map(json.loads, (set_.folder / row.name).read_text().splitlines())
    ]
    assert lines == [
        ("automatic", "K1", [("m2", 2)]),
        ("automatic", "K2", [("m3", 1), ("m4", 2)]),
        ("sampled", "K1", [("m1", 1)]),
    ]


def test_a_profile_cuts_its_files_to_size(published, messages):
    said = {"profile": "v", "channel": "sms", "drop": "d", "max_rows": 2, "columns": {"Id": "message_id"}}
    set_ = published(messages("a", "b", "c"), profiles=[Delivery.model_validate(said)])
    texts = [(set_.folder / row.name).read_text() for row in set_.files if row.channel == "sms"]
    assert texts == ["Id\nm1\nm2\n", "Id\nm3\n"]


def test_a_row_that_the_encoding_cannot_hold_is_told_and_not_altered(published, messages):
    profile = Delivery.model_validate({"profile": "v", "channel": "sms", "drop": "d", "encoding": "ascii"})
    set_ = published(messages("a", "ä"), profiles=[profile])
    assert set_.unfit.rows() == [("m2", "sms", "v", "encoding")]
    assert [row.rows for row in set_.files if row.channel == "sms"] == [1]


def test_the_order_of_rows_means_nothing(published, messages, tmp_path):
    rows = messages("a", "b", "c")
    first = _tree(published(rows).folder)
    shutil.rmtree(tmp_path / "out")
    assert _tree(published(rows.reverse()).folder) == first


def test_the_same_set_again_changes_nothing(published, messages):
    first = published(messages("a"))
    before = _tree(first.folder)
    again = published(messages("a"))
    assert (first.is_new, again.is_new, again.manifest_sha256) == (True, False, first.manifest_sha256)
    assert _tree(again.folder) == before


def test_another_set_never_takes_the_name_of_a_run(published, messages, tmp_path):
    before = _tree(published(messages("a")).folder)
    with pytest.raises(WriteError, match="another set of files has this name already"):
        published(messages("b"))
    assert _tree(tmp_path / "out" / RUN) == before


def test_a_set_that_was_tampered_with_is_not_the_same(published, messages):
    set_ = published(messages("a"))
    (set_.folder / set_.files[0].name).write_text("x")
    with pytest.raises(WriteError, match="another set of files has this name already"):
        published(messages("a"))


def test_latest_points_to_the_last_set_and_never_to_a_draft(published, messages, tmp_path):
    published(messages("a"))
    draft = published(messages("b"), is_draft=True)
    published(messages("c"), is_draft=True)
    assert str((tmp_path / "out" / "latest").readlink()) == RUN
    assert draft.folder.name == f"{RUN}-draft"
    published(messages("d"), run_id="2026-07-02-abc")
    assert str((tmp_path / "out" / "latest").readlink()) == "2026-07-02-abc"


def _visible(out):
    return sorted(path.name for path in out.glob("*") if not path.name.startswith("."))


KILLER = """
import os, sys
from datetime import date
from pathlib import Path
import polars as pl
from persona.channels import disk
from persona.channels.publish import publish
from persona.channels.sealed import Seal
from persona.clock import AsOf
from persona.errors import WriteError
from persona.policy.workspace import Workspace

root, kind = Path(sys.argv[1]), sys.argv[2]
count, step = 0, 0


def counting(act):
    def acted(*given, **named):
        global count
        count += 1
        if count == step:
            if kind == "kill":
                os._exit(9)
            raise OSError(28, "No space left on device")
        return act(*given, **named)
    return acted


def published():
    os.fsync, os.open = counting(os.fsync), counting(os.open)
    for name in ("open", "mkdir", "rename", "replace", "symlink_to", "unlink", "rmdir"):
        setattr(disk.Path, name, counting(getattr(disk.Path, name)))
    publish(
        root / f"out{step}",
        run_id="2026-07-01-abc",
        as_of=AsOf.at_start_of(date(2026, 7, 1), "Europe/Berlin"),
        messages=messages,
        workspace=workspace,
        profiles=(),
        modes={("stay", "sms"): "automatic"},
        facts={},
        seal=Seal(bytes(32)),
    )


workspace = Workspace.model_validate_json((root / "workspace.json").read_text())
ended = None
while ended != 0:
    step += 1
    child = os.fork()
    if child == 0:
        messages = pl.read_parquet(root / "messages.parquet")
        try:
            published()
        except WriteError:
            os._exit(6)
        except BaseException:
            os._exit(1)
        os._exit(0)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if ended == 1 or step > 200:
        sys.exit(1)
"""
"""Publishes again and again, each time in a new process in which a later act on the disk fails, until none does."""


@pytest.mark.parametrize("kind", ["kill", "full"])
def test_whatever_act_on_the_disk_fails_only_whole_sets_are_visible(
    kind, tmp_path, messages, workspace, as_of, published
):
    rows = messages("a", "b")
    whole = _tree(published(rows).folder)
    rows.write_parquet(tmp_path / "messages.parquet")
    (tmp_path / "workspace.json").write_text(workspace.model_dump_json())
    subprocess.run([sys.executable, "-c", KILLER, str(tmp_path), kind], check=True, timeout=120)
    outs = sorted(tmp_path.glob("out[0-9]*"))
    assert len(outs) > 15
    for out in outs:
        for name in _visible(out):
            read(out / name)
            assert _tree(out / name) == whole
        again = publish(
            out,
            run_id=RUN,
            as_of=as_of,
            messages=rows,
            workspace=workspace,
            profiles=(),
            modes=MODES,
            facts={},
            seal=SEAL,
        )
        assert _tree(again.folder) == whole
        assert str((out / "latest").readlink()) == RUN
        assert _visible(out) == [RUN, "latest"]
