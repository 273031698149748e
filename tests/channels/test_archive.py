import json
from datetime import date

import pytest

from persona.channels import Marks, archived, archives, forgotten
from persona.channels.sealed import Seal
from persona.errors import WriteError

SEAL, VENDOR = Seal(bytes(32)), "age1mrmfnwhtlprn4jquex0ukmwcm7y2nxlphuzgsgv8ew2k9mewy3rs8u7su5"
HOW = {"run_id": "2026-07-01-abc", "as_of": date(2026, 7, 1), "to": [VENDOR], "seal": SEAL}


def _lines(path):
    return [json.loads(line) for line in SEAL.clear(path).splitlines()]


def test_an_archive_holds_what_was_said_and_nobody_reads_it_without_a_key(tmp_path, messages):
    path = archived(tmp_path, messages("Hello Ann", None, "Hello Bob"), **HOW)
    assert [(one["message_id"], one["body"], one["phone"]) for one in _lines(path)] == [
        ("m1", "Hello Ann", "+4917139200420"),
        ("m3", "Hello Bob", "+4917139200420"),
    ]
    assert b"Ann" not in path.read_bytes()
    assert archives(tmp_path) == [(path, date(2026, 7, 1))]


def test_the_same_night_again_leaves_the_archive_and_another_is_refused(tmp_path, messages):
    path = archived(tmp_path, messages("a"), **HOW)
    before = path.read_bytes()
    archived(tmp_path, messages("a"), **HOW)
    assert path.read_bytes() == before
    with pytest.raises(WriteError, match="another archive has this name already"):
        archived(tmp_path, messages("b"), **HOW)


def test_an_erasure_takes_one_persons_lines_out_of_every_archive(tmp_path, messages):
    path = archived(tmp_path, messages("a", "b"), **HOW)
    marks = Marks(frozenset({"m1"}), frozenset())
    assert forgotten(tmp_path, marks, to=[VENDOR], seal=SEAL) == {f"archive/{path.name}": 1}
    assert [one["message_id"] for one in _lines(path)] == ["m2"]
    assert forgotten(tmp_path, marks, to=[VENDOR], seal=SEAL) == {}
