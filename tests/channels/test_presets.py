"""Each vendor's shape against a file that stands beside, byte for byte, and read by what people read files with.

After a change that is meant: take what the failing test shows as ``made`` into ``golden/``.
"""

import csv
import json
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from persona.channels import Marks, publish
from persona.channels.manifest import read
from persona.channels.profile import lint
from persona.channels.sealed import Seal
from persona.channels.withdrawn import without
from persona.errors import PolicyErrors
from persona.policy.presets import FOLDER, known
from persona.policy.reading import model_of
from persona.policy.rules import Delivery
from persona.policy.text import read as read_yaml

GOLDEN = Path(__file__).parent / "golden"
PRESETS = sorted(path.stem.rsplit("_", 1) for path in FOLDER.iterdir())
UNTIL = datetime.fromisoformat("2026-07-01T18:00")
ODD = ('say "hi"; a,b', "=1+1", "zwei\nZeilen, 😀 Grüße", "NULL", "\u202eabc")


def _profile(vendor, channel, **changes):
    return Delivery.model_validate({"profile": vendor, "channel": channel, "preset": vendor, "drop": "d", **changes})


@pytest.fixture
def written(tmp_path, messages, workspace, as_of):
    def made(vendor, channel):
        set_ = publish(
            tmp_path / "out",
            run_id="2026-07-01-abc",
            as_of=as_of,
            messages=messages(*ODD, channel=channel).with_columns(not_after_utc=UNTIL),
            workspace=workspace,
            profiles=[_profile(vendor, channel)],
            modes={("stay", channel): "automatic"},
            facts={},
            seal=Seal(bytes(32)),
        )
        (row,) = [row for row in read(set_.folder)[1] if row.profile == vendor]
        return set_.folder / row.name, row

    return made


def _read(path):
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("vendor", "channel"), PRESETS)
def test_a_vendors_file_is_the_one_that_was_agreed_to_the_byte(written, vendor, channel):
    made, _ = written(vendor, channel)
    assert made.read_bytes() == (GOLDEN / f"{vendor}_{channel}{made.suffix}").read_bytes()


@pytest.mark.parametrize(("vendor", "channel"), PRESETS)
def test_no_text_breaks_a_vendors_file_in_python_or_duckdb(written, vendor, channel):
    made, row = written(vendor, channel)
    by_python = _read(made)
    text = {"sfmc": "Subject", "braze": "persona_body", "onesignal": "contents"}[vendor]
    said = [one[text]["en"] if vendor == "onesignal" else one[text] for one in by_python]
    assert (said, row.rows) == (list(ODD), len(ODD))
    source = (
        "read_json(?)" if made.suffix == ".jsonl" else "read_csv(?, all_varchar = true, header = true, quote = '\"')"
    )
    by_duckdb = duckdb.connect().execute(f"SELECT {text} FROM {source}", [str(made)]).fetchall()
    assert [one["en"] if vendor == "onesignal" else one for (one,) in by_duckdb] == list(ODD)


@pytest.mark.parametrize(("vendor", "channel"), PRESETS)
def test_one_message_goes_out_of_a_vendors_file_and_the_others_stay(written, vendor, channel):
    made, row = written(vendor, channel)
    payload, rows, has_changed = without(made.read_bytes(), row, Marks(frozenset(), frozenset({"m2"})))
    assert (rows, has_changed) == (len(ODD) - 1, True)
    assert b"=1+1" not in payload
    assert payload.count(b"m3") == made.read_bytes().count(b"m3")


@pytest.mark.parametrize(("vendor", "channel"), PRESETS)
def test_a_preset_is_a_profile_that_lints(vendor, channel):
    assert list(lint([_profile(vendor, channel)])) == []
    assert vendor in known(channel)


def test_what_the_bank_writes_wins_over_the_preset():
    own = _profile("sfmc", "email", delimiter="\t", columns={"Id": "message_id"})
    assert (own.delimiter, own.columns, own.quoting) == ("\t", {"Id": "message_id"}, "always")


def test_a_preset_that_is_not_there_is_told_with_those_that_are(tmp_path):
    path = tmp_path / "push.yaml"
    path.write_text("profile: app\nchannel: push\npreset: brase\ndrop: d\n")
    with pytest.raises(PolicyErrors, match="unknown preset 'brase' for push; presets: braze, onesignal"):
        model_of(read_yaml(path, root=tmp_path), Delivery)
