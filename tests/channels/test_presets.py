"""Each vendor's shape against a file that stands beside, byte for byte, and read by what people read files with.

After a change that is meant: take what the failing test shows as ``made`` into ``golden/``.
"""

import csv
import json
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from persona.channels import Marks, publish
from persona.channels.columns import shaped
from persona.channels.manifest import FileRow, read
from persona.channels.profile import lint, renamed
from persona.channels.sealed import Seal
from persona.channels.withdrawn import without
from persona.channels.writers import pieces
from persona.errors import PolicyErrors
from persona.policy.presets import FOLDER, known
from persona.policy.reading import model_of
from persona.policy.rules import Delivery
from persona.policy.text import read as read_yaml
from persona.policy.workspace import CHANNELS

GOLDEN = Path(__file__).parent / "golden"
PRESETS = sorted([*(path.stem.rsplit("_", 1) for path in FOLDER.iterdir()), *(["generic", one] for one in CHANNELS)])
TEXT = {
    "sfmc": "Subject",
    "braze": "persona_body",
    "onesignal": "contents",
    "dashboard": "placements",
    "adobe-direct-mail": "text",
    "printer": "TEXT",
    "call-centre": "say",
}
"""The column in which each vendor has what is said; the generic one has body, or text where there is no body."""
DASHBOARD = Delivery.model_validate({"profile": "app", "channel": "inapp", "preset": "dashboard", "drop": "d"})
UNTIL = datetime.fromisoformat("2026-07-01T18:00")
ODD = ('say "hi"; a,b', "=1+1", "zwei\nZeilen, 😀 Grüße", "NULL", "\u202eabc")


def _profile(vendor, channel, **changes):
    return Delivery.model_validate(
        {"profile": vendor.replace("-", "_"), "channel": channel, "preset": vendor, "drop": "d", **changes}
    )


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
        (row,) = [
            row for row in read(set_.folder)[1] if (row.profile, row.channel) == (vendor.replace("-", "_"), channel)
        ]
        return set_.folder / row.name, row

    return made


def _read(path, row):
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    with path.open(newline="", encoding=row.encoding) as file:
        return list(csv.DictReader(file, delimiter=_delimiter(path)))


def _delimiter(path):
    return ";" if b";" in path.read_bytes().split(b"\n")[0] else ","


def _text(vendor, channel):
    return TEXT.get(vendor) or ("text" if channel in ("email", "letter") else "body")


def _said(value, vendor):
    """What is said in a value of JSON."""
    return {"onesignal": lambda: value["en"], "dashboard": lambda: value[0]["body"]}.get(vendor, lambda: value)()


def _safe(said, is_for_people):
    """As it stands where a spreadsheet would take it for a formula."""
    return [f"'{one}" if is_for_people and one.startswith("=") else one for one in said]


@pytest.mark.parametrize(("vendor", "channel"), PRESETS)
def test_a_vendors_file_is_the_one_that_was_agreed_to_the_byte(written, vendor, channel):
    made, _ = written(vendor, channel)
    assert made.read_bytes() == (GOLDEN / f"{vendor}_{channel}{made.suffix}").read_bytes()


@pytest.mark.parametrize(("vendor", "channel"), PRESETS)
def test_no_text_breaks_a_vendors_file_in_python_or_duckdb(written, vendor, channel):
    made, row = written(vendor, channel)
    text = _text(vendor, channel)
    expected = _safe(ODD, _profile(vendor, channel).read_by_people)
    said = [_said(one[text], vendor) for one in _read(made, row)]
    assert (said, row.rows) == (expected, len(ODD))
    how = f"all_varchar = true, header = true, quote = '\"', delim = '{_delimiter(made)}'"
    source = "read_json(?)" if made.suffix == ".jsonl" else f"read_csv(?, {how})"
    within = {"onesignal": "contents.en", "dashboard": "placements[1].body"}.get(vendor, f'"{text}"')
    assert duckdb.connect().execute(f"SELECT {within} FROM {source}", [str(made)]).fetchall() == [
        (s,) for s in expected
    ]


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


def test_all_that_is_shown_to_a_customer_is_one_line_in_the_order_of_its_rank(tmp_path, messages, workspace, as_of):
    told = messages("a", "b", "c", channel="inapp").with_columns(
        customer_id=pl.Series(["K1", "K2", "K1"]), priority=pl.Series([2, 1, 1])
    )
    rows = renamed(shaped(told, "inapp", sender=workspace.sender, country="DE", as_of=as_of), DASHBOARD)
    made = b"".join(pieces(rows, DASHBOARD))
    said = [json.loads(line) for line in made.splitlines()]
    assert [(one["member_id"], [p["body"] for p in one["placements"]]) for one in said] == [
        ("K1", ["c", "a"]),
        ("K2", ["b"]),
    ]
    row = FileRow("", "", "", "", "", 0, 3, tuple((n, str(d)) for n, d in rows.schema.items()), "jsonl", "utf-8")
    payload, left, _ = without(made, row, Marks(frozenset(), frozenset({"m3"})))
    assert (left, [len(json.loads(line)["placements"]) for line in payload.splitlines()]) == (2, [1, 1])


def test_what_the_bank_writes_wins_over_the_preset():
    own = _profile("sfmc", "email", delimiter="\t", columns={"Id": "message_id"})
    assert (own.delimiter, own.columns, own.quoting) == ("\t", {"Id": "message_id"}, "always")


def test_a_preset_that_is_not_there_is_told_with_those_that_are(tmp_path):
    path = tmp_path / "push.yaml"
    path.write_text("profile: app\nchannel: push\npreset: brase\ndrop: d\n")
    with pytest.raises(PolicyErrors, match="unknown preset 'brase' for push; presets: braze, generic, onesignal"):
        model_of(read_yaml(path, root=tmp_path), Delivery)
